import Engine
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

extension ReportFile {
  /// Opens a file that a page goes to.
  static func opened(_ path: String) throws(RunFailure) -> ReportFile {
    do throws(SystemError) { return try ReportFile(path: path) } catch { throw failure(error) }
  }

  /// Why a report cannot be written; it is asked before anything is done.
  static func failure(_ error: SystemError) -> RunFailure {
    .system(
      message: "the report cannot be written: \(error)",
      hint: error.code == ENOENT
        ? "nothing was done; make its folder, or name another file"
        : "nothing was done; name a file that can be written")
  }

  /// Writes it all.
  func finish(_ text: String) throws(RunFailure) {
    do { try write(text) } catch {
      throw .system(message: "the report could not be finished: \(error)", hint: nil)
    }
  }
}
