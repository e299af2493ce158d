import Glibc

/// A file of the machine, outside any tree, that is whole or not there.
public enum ReplacedFile {
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
