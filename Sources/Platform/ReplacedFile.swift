import Glibc

/// A file of the machine, outside any tree, that is whole or not there.
public enum ReplacedFile {
  /// The same where a person has named the file: a device or a pipe is written to and stays one, and
  /// so does a link, whose target is replaced.
  public static func writeNamed(
    _ bytes: [UInt8], to path: String, mode: UInt32
  ) throws(SystemError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      return try Descriptor.open(path, O_WRONLY).writeAll(bytes, path: path)
    }
    var target = path
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
      let real = realpath(path, nil)
    {
      target = String(cString: real)
      free(real)
    }
    try write(bytes, to: target, mode: mode)
  }

  /// Writes bytes beside a file and renames them over it, so that no reader sees a half.
  ///
  /// - Parameter mode: the permission bits, exact.
  public static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32
  ) throws(SystemError) {
    let draft = path + ".\(getpid()).new"
    do throws(SystemError) {
      let file = try Descriptor.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
      if fchmod(file.raw, mode) < 0 { throw SystemError("fchmod", path) }
      try file.writeAll(bytes, path: path)
      if rename(draft, path) < 0 { throw SystemError("rename", path) }
    } catch {
      unlink(draft)
      throw SystemError(error.call, path, code: error.code)
    }
  }
}
