import Glibc

/// Which file a name means: two names of one file, through links of either kind, are equal.
enum FilePlace: Hashable {
  case file(device: UInt64, inode: UInt64)
  /// Not there yet: a name in a folder.
  case missing(device: UInt64, inode: UInt64, name: String)

  /// Nil for what holds nothing that could be lost, such as a pipe or a device, and for what no
  /// file can be at.
  init?(_ path: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      self = .file(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      return
    }
    guard errno == ENOENT else { return nil }
    let path = Self.end(of: path)
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? "."
    guard stat(folder, &status) == 0 else { return nil }
    let name = slash.map { String(decoding: path.utf8[$0...].dropFirst(), as: UTF8.self) } ?? path
    self = .missing(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), name: name)
  }

  /// What a link to nothing leads to, where a file would be made by writing to it.
  private static func end(of path: String) -> String {
    var path = path
    for _ in 0..<40 {
      guard let target = target(of: path) else { return path }
      if target.hasPrefix("/") {
        path = target
      } else {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        path =
          (slash.map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? "") + target
      }
    }
    return path
  }

  /// The text of a symbolic link; nil for all else.
  static func target(of path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    if count < 0 { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
