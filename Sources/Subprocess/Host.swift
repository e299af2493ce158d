import CMtor
import Glibc
import Platform

/// The host of the supervising processes: one small process, this executable again.
final class Host: Sendable {
  let socket: Int32
  let process: pid_t

  init(_ executable: String) throws(SystemError) {
    var process: pid_t = 0
    socket = mtor_host_start(executable, &process)
    guard socket >= 0 else { throw SystemError("posix_spawn", executable, code: -socket) }
    self.process = process
  }

  /// Lets it end, which it does when the last of its commands has, and waits for that.
  deinit {
    close(socket)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
  }
}
