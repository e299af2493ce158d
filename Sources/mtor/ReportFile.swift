import Glibc
import Platform

/// A report that is opened before the run and written after it.
final class ReportFile {
  private let file: Descriptor
  private let path: String

  /// Opens the file without touching what is in it.
  init(path: String) throws(SystemError) {
    self.path = path
    file = try Descriptor.open(path, O_WRONLY | O_CREAT, mode: 0o666)
  }

  /// The open descriptor, which stays this value's.
  var raw: Int32 { file.raw }

  /// Replaces what is in the file.
  func write(_ text: String) throws(SystemError) {
    // A pipe or a device has no length to cut.
    if ftruncate(file.raw, 0) != 0 && errno != EINVAL { throw SystemError("ftruncate", path) }
    try Output.write(text, to: file.raw, path: path)
  }
}
