import Glibc
import Platform

/// The processes of an attempt, known by the variable that all of them inherit.
///
/// A worker that was stopped (SIGSTOP) is alive and so is the command that it started; who takes
/// its task over ends that command first, so that two never work in one tree.
enum LeaseHolders {
  /// The variable of the environment that holds the lease's token.
  static let variable = "MTOR_LEASE"

  /// Ends what is left of attempts, of all of them at once: asked for three seconds, then killed.
  /// False where something is still there after ten, or where `look`, which is asked twenty times a
  /// second, says to stop.
  static func end(_ tokens: [String], look: () -> Bool = { true }) -> Bool {
    let start = Clock.monotonic
    var hasAsked: Set<pid_t> = []
    while true {
      let left = processes(of: tokens)
      if let left, left.isEmpty { return true }
      let seconds = Double(Clock.monotonic - start) / 1e9
      if seconds > 10 || !look() { return false }
      for process in left ?? [] {
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

  /// The processes that have one of the tokens in their environment; nil where that cannot be
  /// looked at now, which is not the same as none.
  static func processes(of tokens: [String]) -> [pid_t]? {
    // Tokens are drawn by mtor; an empty one would be in every environment.
    let wanted = Set(
      tokens.filter { $0.utf8.count == 64 }.map { Array("\(variable)=\($0)".utf8)[...] })
    if wanted.isEmpty { return [] }
    do throws(SystemError) {
      let names = try FolderListing.names(of: Descriptor.open("/proc", O_RDONLY), path: "/proc")
      var found: [pid_t] = []
      for process in names.compactMap({ pid_t($0) }) where process != getpid() {
        if try holds(process, wanted) { found.append(process) }
      }
      return found
    } catch {
      return nil
    }
  }

  private static func holds(
    _ process: pid_t, _ wanted: Set<ArraySlice<UInt8>>
  ) throws(SystemError) -> Bool {
    do throws(SystemError) {
      let file = try Descriptor.open("/proc/\(process)/environ", O_RDONLY)
      // More than Linux lets a process begin with.
      let bytes = try file.readAll(limit: 16 << 20, path: "environ")
      return bytes.split(separator: 0).contains { wanted.contains($0) }
    } catch {
      if [EMFILE, ENFILE, ENOMEM].contains(error.code) { throw error }
      // Somebody else's process, or one that is gone.
      return false
    }
  }
}
