import Glibc
import Platform
import Subprocess

/// The names of work trees that repositories are looked at in: each says whose process it is, so
/// that what a killed one left is known and removed by the next.
enum WorkSlots {
  /// A name that no other process and repository has.
  static func name(for member: FleetMember) -> String {
    "\(getpid())-\(FleetMember.digits(of: member.address))"
  }

  /// Removes the trees of processes that are gone. What cannot be removed is left to the next.
  static func clear(in folder: String, runner: CommandRunner) {
    let names: [String]
    do throws(SystemError) {
      names = try FolderListing.names(of: Descriptor.open(folder, O_RDONLY), path: folder)
    } catch {
      // There is none yet.
      return
    }
    let left = names.filter { name in
      guard let process = pid_t(name.prefix { $0 != "-" }), process > 0 else { return false }
      return kill(process, 0) != 0 && errno == ESRCH || process == getpid()
    }
    if left.isEmpty { return }
    let removal = Command(
      .executable("rm", ["-rf", "--"] + left.map { folder + "/" + $0 }), directory: "/",
      environment: ["PATH": "/usr/bin:/bin"])
    do throws(SystemError) { _ = try runner.run(removal) } catch { return }
  }
}
