import Glibc

/// What is read once, from wherever it comes: standard input by any of its names, a pipe, a socket
/// or a terminal.
enum Stream {
  /// True for a name of a stream, also behind links.
  static func isNamed(_ name: String) -> Bool {
    var path = name
    for _ in 0..<40 {
      if isDescriptor(path) { return true }
      guard let target = FilePlace.target(of: path) else { break }
      let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
      let folder = slash.map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? ""
      path = target.hasPrefix("/") ? target : folder + target
    }
    var status = stat()
    guard stat(name, &status) == 0 else { return false }
    let kind = status.st_mode & S_IFMT
    return kind != S_IFREG && kind != S_IFDIR
  }

  /// `/dev/stdin`, `/dev/fd/3`, `/proc/self/fd/0` and the like: what a descriptor leads to was
  /// chosen by whoever started mtor, even where it is a file.
  private static func isDescriptor(_ path: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map {
      String(decoding: $0, as: UTF8.self)
    }.filter { $0 != "." }
    guard path.hasPrefix("/"), let first = parts.first, parts.count > 1 else { return false }
    if first == "dev" { return parts == ["dev", "stdin"] || parts.count == 3 && parts[1] == "fd" }
    return first == "proc" && parts.dropLast().last == "fd"
  }
}
