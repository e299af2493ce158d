import CMtor
import Glibc
import Platform

/// The arguments that make bubblewrap keep a policy.
enum Bubblewrap {
  /// More paths than this are not mounted one by one: each mount makes the next one slower. What
  /// is left out is proved unchanged by its hash anyway.
  static let mountLimit = 256

  static func arguments(
    _ policy: SandboxPolicy, directory: String
  ) throws(SystemError) -> [String] {
    var arguments = [
      "--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts",
      "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
      "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
    ]
    arguments += kernelFiles
    if !policy.hasNetwork { arguments.append("--unshare-net") }
    for folder in policy.hiddenFolders + policy.secretFolders {
      arguments += try cover(folder, policy)
    }
    // Names are looked up by a service whose file is in /run.
    if policy.hasNetwork {
      arguments += ["--ro-bind-try", "/run/systemd/resolve", "/run/systemd/resolve"]
    }
    for folder in policy.readableFolders { arguments += ["--ro-bind-try", folder, folder] }
    arguments += ["--bind", policy.root, policy.root]
    let readOnly = policy.readOnly.prefix(mountLimit).filter(isProtectable)
    // A folder that holds a protected file is a mount too: it cannot be renamed out of the way.
    for folder in folders(above: readOnly, in: policy.root) {
      arguments += ["--bind-try", folder, folder]
    }
    // A path may have come to the tree after its shadow was made: there it is not to be seen.
    for path in readOnly { arguments += ["--ro-bind-try", path, path] }
    for file in policy.hiddenFiles + (try policy.hiddenSockets()) {
      arguments += ["--ro-bind", "/dev/null", file]
    }
    return arguments + ["--chdir", directory]
  }

  /// What stands between bubblewrap's own arguments and the command's: mtor's executable, which
  /// passes through as a descriptor and says how the command ended.
  static let inner = ["--", MTOR_INNER_PATH, MTOR_INNER_NAME]

  /// What root's id alone could write in /proc, capabilities or not. bubblewrap covers only what
  /// its user could write as a folder.
  private static var kernelFiles: [String] {
    guard geteuid() == 0 else { return [] }
    let names = ["sys", "irq", "bus", "fs", "acpi", "scsi", "driver", "tty", "mtrr"]
    return names.flatMap { ["--ro-bind-try", "/proc/" + $0, "/proc/" + $0] }
  }

  /// An empty folder in place of one: HOME and TMP can be written, the others need not be.
  private static func cover(
    _ folder: String, _ policy: SandboxPolicy
  ) throws(SystemError) -> [String] {
    let name: String? =
      switch folder {
      case policy.home: "home"
      case "/tmp": "tmp"
      case "/var/tmp": "var-tmp"
      default: nil
      }
    guard let name, policy.scratch != nil else { return ["--tmpfs", folder] }
    return ["--bind", try Sandbox.makeFolder(name, in: policy.scratch), folder]
  }

  /// The folders between the root and some paths in it, the outer ones first.
  static func folders(above paths: [String], in root: String) -> [String] {
    var result: Set<String> = []
    for path in paths where Shadow.isWithin(path, root) {
      var folder = path
      while let slash = folder.lastIndex(of: "/") {
        folder = String(folder[..<slash])
        guard folder.utf8.count > root.utf8.count, result.insert(folder).inserted else { break }
      }
    }
    return result.sorted { $0.utf8.count < $1.utf8.count }
  }

  /// What does not exist is not mounted: the place to mount on would have to be made in the tree.
  private static func isProtectable(_ path: String) -> Bool {
    guard let kind = SandboxPolicy.kind(path) else { return false }
    return kind == S_IFREG || kind == S_IFDIR
  }
}
