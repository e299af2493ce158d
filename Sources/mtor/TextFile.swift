import Glibc
import Platform

/// A small text file of a person's, read and replaced whole.
enum TextFile {
  /// The text, or nil where there is no file; at most 1 MB.
  static func read(_ path: String) throws(SystemError) -> String? {
    try bytes(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes as they are, or nil where there is no file; at most 1 MB.
  static func bytes(_ path: String) throws(SystemError) -> [UInt8]? {
    do {
      let file = try Descriptor.open(path, O_RDONLY)
      return try file.readAll(limit: 1 << 20, path: path)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }

  /// The text of a file that is to be written anew with a part of it changed: a regular file, and
  /// UTF-8, since every other byte has to stay; nil where there is none.
  static func readToRewrite(_ path: String) throws(SystemError) -> String? {
    do throws(SystemError) {
      // A pipe would be waited for.
      let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      guard try FileStatus.of(descriptor: file.raw, path: path).kind == .regular else {
        throw SystemError("read", path, code: ENOTSUP)
      }
      let bytes = try file.readAll(limit: 1 << 20, path: path)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw SystemError("read", path, code: EILSEQ)
      }
      return text
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
  ///
  /// A link stays one, and what it leads to is replaced; the permission bits stay.
  static func replace(_ path: String, with text: String) throws(SystemError) {
    var path = path
    var status = stat()
    let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    if isLink {
      guard let target = realpath(path, nil) else { throw SystemError("open", path) }
      path = String(cString: target)
      free(target)
    }
    try makeFolder(of: path)
    let mode = stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    let new = path + ".mtor-new-\(getpid())"
    do throws(SystemError) {
      let file = try Descriptor.open(new, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
      if let mode, fchmod(file.raw, mode) != 0 { throw SystemError("chmod", new) }
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
