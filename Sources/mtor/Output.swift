import Engine
import Events
import Glibc
import Platform

/// Standard output and standard error, by descriptor.
enum Output {
  /// Writes to standard output. Throws where it cannot: a full disk must not look like success.
  ///
  /// A reader that has seen enough, such as head, is no fault and decides no exit code: what it
  /// does not want is dropped.
  static func print(_ text: String) throws(SystemError) {
    do throws(SystemError) { try write(text, to: STDOUT_FILENO, path: "<stdout>") } catch {
      if error.code != EPIPE { throw error }
    }
  }

  /// Prints the result of a verb that did what it was asked.
  static func result(_ text: String) throws(RunFailure) -> ExitCode {
    do { try print(text) } catch { throw .system(message: "\(error)", hint: nil) }
    return .success
  }

  /// Writes to standard error; where even that fails there is nobody left to tell.
  static func complain(_ text: String) {
    do { try write(text, to: STDERR_FILENO, path: "<stderr>") } catch { return }
  }

  /// Writes all of a text to an open descriptor, through short writes and EINTR.
  static func write(_ text: String, to raw: Int32, path: String) throws(SystemError) {
    var text = text
    let failure: Int32 = text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(raw, bytes.baseAddress! + done, bytes.count - done)
        if count > 0 {
          done += count
        } else if count < 0 && errno != EINTR {
          return errno
        }
      }
      return 0
    }
    if failure != 0 { throw SystemError("write", path, code: failure) }
  }
}
