import Glibc
import Platform

/// Where a repository is, however its address is spelled: what is the same place is one repository.
enum RepositoryPlace {
  /// A text that two spellings of a place share, and that no other place has.
  static func of(_ address: String) -> String {
    if address.hasPrefix("/") { return repository(of: folder(address)) }
    if address.hasPrefix("file://") {
      return repository(of: folder(decoded(String(address.dropFirst(7)))))
    }
    guard let range = address.firstRange(of: "://") else {
      // `git@host:path` counts from a home and is not the same as `ssh://git@host/path`.
      guard let colon = address.firstIndex(of: ":") else { return address }
      return address[..<colon].lowercased() + trimmed(String(address[colon...]))
    }
    let scheme = String(address[..<range.lowerBound])
    let rest = address[range.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var host = rest[..<slash].lowercased()
    let port = scheme == "https" ? ":443" : ":22"
    if host.hasSuffix(port) { host.removeLast(port.utf8.count) }
    return scheme + "://" + host + trimmed(String(rest[slash...]))
  }

  /// The folder without links, and for git's folder in a work tree that work tree.
  static func folder(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    let real = String(cString: resolved)
    return real.hasSuffix("/.git") && real.utf8.count > 5 ? String(real.dropLast(5)) : real
  }

  /// For a further work tree of a repository (`git worktree add`) the repository's own place, as
  /// git finds it: its `.git` is a file that names a folder whose `commondir` leads there.
  private static func repository(of folder: String) -> String {
    guard let told = line(of: folder + "/.git"), told.hasPrefix("gitdir: ") else { return folder }
    let own = absolute(String(told.dropFirst("gitdir: ".count)), from: folder)
    // A submodule has none: it is a repository of its own.
    guard let common = line(of: own + "/commondir") else { return folder }
    return Self.folder(absolute(common, from: own))
  }

  private static func absolute(_ path: String, from folder: String) -> String {
    path.hasPrefix("/") ? path : folder + "/" + path
  }

  /// The one line of a small file; nil where there is none.
  private static func line(of path: String) -> String? {
    do throws(SystemError) {
      let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      let bytes = try file.readAll(limit: 65_536, path: path)
      return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    } catch {
      // A folder, or nothing: an ordinary repository.
      return nil
    }
  }

  /// Without what the usual servers take as nothing: slashes at the end, and `.git`.
  private static func trimmed(_ path: String) -> String {
    var text = path
    while text.hasSuffix("/") { text.removeLast() }
    if text.hasSuffix(".git") { text.removeLast(4) }
    return text
  }

  /// `%41` as `A`, as git reads it in addresses.
  private static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      if bytes[at] == 0x25, at + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[at + 1...at + 2], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        at += 3
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
