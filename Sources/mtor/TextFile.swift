import Glibc
import Platform

/// A small text file of a person's, read and replaced whole.
enum TextFile {
  /// The text, or nil where there is no file; at most 1 MB.
  static func read(_ path: String) throws(SystemError) -> String? {
    do {
      let file = try Descriptor.open(path, O_RDONLY)
      return String(decoding: try file.readAll(limit: 1 << 20, path: path), as: UTF8.self)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }

  /// Writes a new file; false, and nothing written, where something stands there already.
  static func create(_ path: String, _ text: String) throws(SystemError) -> Bool {
    let raw = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard raw >= 0 else {
      if errno == EEXIST { return false }
      throw SystemError("open", path)
    }
    let file = Descriptor(owning: raw)
    try Output.write(text, to: file.raw, path: path)
    return true
  }

  /// Replaces a file, or makes it with the folders it needs; by a rename, so that nobody sees half.
  static func replace(_ path: String, with text: String) throws(SystemError) {
    try makeFolder(of: path)
    let new = path + ".mtor-new-\(getpid())"
    do throws(SystemError) {
      let file = try Descriptor.open(new, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
      try Output.write(text, to: file.raw, path: path)
      if rename(new, path) != 0 { throw SystemError("rename", path) }
    } catch {
      unlink(new)
      throw error
    }
  }

  private static func makeFolder(of path: String) throws(SystemError) {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/").dropLast() {
      folder += part + "/"
      if mkdir(folder, 0o777) != 0 && errno != EEXIST { throw SystemError("mkdir", folder) }
    }
  }
}
