import Glibc
import Platform

/// The processes of an attempt, known by the variable that all of them inherit.
///
/// A worker that was stopped (SIGSTOP) is alive and so is the command that it started; who takes
/// its task over ends that command first, so that two never work in one tree.
enum LeaseHolders {
  /// The variable of the environment that holds the lease's token.
  static let variable = "MTOR_LEASE"

  /// Ends what is left of an attempt: asked for three seconds, then at once. False where something
  /// of it is still there after ten, or where `look` says to stop.
  static func end(_ token: String, look: () -> Bool = { true }) -> Bool {
    let start = Clock.monotonic
    var hasAsked: Set<pid_t> = []
    while true {
      let left = processes(of: token)
      if left.isEmpty { return true }
      let seconds = Double(Clock.monotonic - start) / 1e9
      if seconds > 10 || !look() { return false }
      for process in left {
        if seconds > 3 {
          kill(process, SIGKILL)
        } else if hasAsked.insert(process).inserted {
          kill(process, SIGTERM)
          // One that is stopped would not hear it.
          kill(process, SIGCONT)
        }
      }
      poll(nil, 0, 50)
    }
  }

  /// The processes that have the token in their environment.
  static func processes(of token: String) -> [pid_t] {
    // Tokens are drawn by mtor; an empty one would be in every environment.
    guard token.utf8.count == 64 else { return [] }
    let wanted = Array("\(variable)=\(token)".utf8)
    do {
      let names = try FolderListing.names(of: Descriptor.open("/proc", O_RDONLY), path: "/proc")
      return names.compactMap { pid_t($0) }.filter { $0 != getpid() && holds($0, wanted) }
    } catch {
      return []
    }
  }

  private static func holds(_ process: pid_t, _ wanted: [UInt8]) -> Bool {
    do {
      let file = try Descriptor.open("/proc/\(process)/environ", O_RDONLY)
      let bytes = try file.readAll(limit: 4 << 20, path: "environ")
      return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
    } catch {
      // Somebody else's process, or one that is gone.
      return false
    }
  }
}
