import Engine
import Glibc
import Platform

/// A report that is opened before the run and written after it.
final class ReportFile {
  private let file: Descriptor
  private let path: String
  /// True where nothing stood there before.
  private let isNew: Bool

  /// Opens the file without touching what is in it.
  init(path: String) throws(SystemError) {
    self.path = path
    var status = stat()
    isNew = stat(path, &status) != 0 && errno == ENOENT
    file = try Descriptor.open(path, O_WRONLY | O_CREAT, mode: 0o666)
  }

  /// The path, safe to print.
  var shown: String { Printable.escaped(path) }

  /// True where nothing but a report could be lost: it is empty, no file, or begins as JSON or XML.
  var holdsReport: Bool {
    do {
      let status = try FileStatus.of(descriptor: file.raw, path: path)
      if status.kind != .regular || status.size == 0 { return true }
      var first: UInt8 = 0
      let other = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      while read(other.raw, &first, 1) == 1 {
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "<") { return true }
        if first != UInt8(ascii: " ") && first != UInt8(ascii: "\n") { return false }
      }
      return false
    } catch {
      // One that cannot be read may be anybody's.
      return false
    }
  }

  /// Leaves everything as if the file had never been opened.
  func discard() {
    var own = stat()
    var named = stat()
    guard isNew, fstat(file.raw, &own) == 0, own.st_size == 0, let place = realpath(path, nil)
    else { return }
    defer { free(place) }
    if lstat(place, &named) == 0, own.st_dev == named.st_dev, own.st_ino == named.st_ino {
      unlink(place)
    }
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
