import Glibc
import Platform

/// A policy as rules for Landlock, which can only allow: what must not be seen is left out.
enum LandlockRules {
  static func rules(
    _ policy: SandboxPolicy, writable: [String]
  ) throws(SystemError) -> [Confinement.Rule] {
    // Devices too: whose disk it is does not matter to root's id.
    let hidden = Set(
      policy.hiddenFolders + policy.hiddenFiles + policy.secretFolders + ["/dev"])
    var rules: [Confinement.Rule] = []
    try open("/", hidden, &rules)
    for folder in policy.readableFolders { try open(folder, hidden, &rules) }
    let devices = ["null", "zero", "full", "random", "urandom", "tty", "shm"]
    rules += devices.map { Confinement.Rule("/dev/" + $0, isWritable: true) }
    // What is read-only in the tree is so by the shadow's own mounts (`Shadow.Description.pinned`).
    rules.append(Confinement.Rule(policy.root, isWritable: true))
    rules += writable.map { Confinement.Rule($0, isWritable: true) }
    return rules
  }

  /// Allows to read a folder: whole, or, where something hidden lies in it, its other entries.
  private static func open(
    _ folder: String, _ hidden: Set<String>, _ rules: inout [Confinement.Rule]
  ) throws(SystemError) {
    if hidden.contains(folder) { return }
    let prefix = folder == "/" ? "/" : folder + "/"
    guard hidden.contains(where: { $0.hasPrefix(prefix) }) else {
      return rules.append(Confinement.Rule(folder))
    }
    let listed: Descriptor
    do throws(SystemError) { listed = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY) } catch {
      // A folder that cannot be read is of no use to the command either; one may be gone by now.
      if [EACCES, EPERM, ENOENT, ENOTDIR].contains(error.code) { return }
      throw error
    }
    for name in try FolderListing.names(of: listed, path: folder) {
      let path = prefix + name
      // Rules go by the file itself: a link's target has its own.
      guard let kind = SandboxPolicy.kind(path), kind != S_IFLNK else { continue }
      try open(path, hidden, &rules)
    }
  }
}
