import Glibc
import Platform

/// What only this machine's user knows, kept outside every tree: by it mtor tells its own state
/// from state that came with a tree.
struct MachineSecret: Sendable {
  /// 32 random bytes.
  let bytes: [UInt8]

  /// Reads `HOME/mtor/secret`; nil where there is none yet and it is not to be made.
  static func load(
    stateHome: String, creating: Bool
  ) throws(SystemError) -> MachineSecret? {
    let folder = stateHome + "/mtor"
    let path = folder + "/secret"
    if let secret = try read(path) { return secret }
    if !creating { return nil }
    try makeFolders(folder)
    var bytes = [UInt8](repeating: 0, count: 32)
    // At most 256 bytes are given whole or not at all.
    if getentropy(&bytes, bytes.count) < 0 { throw SystemError("getentropy") }
    // Written aside and linked, so that of two first runs both end with the same secret.
    let draft = path + ".\(getpid())"
    unlink(draft)
    do throws(SystemError) {
      _ = try NewFile.create(draft, in: AT_FDCWD, mode: 0o600, bytes: bytes)
      // A secret that a power cut empties would make this machine's own state foreign to it.
      let file = try Descriptor.open(draft, O_RDONLY)
      while fsync(file.raw) < 0 {
        if errno != EINTR { throw SystemError("fsync", draft) }
      }
    } catch {
      unlink(draft)
      throw error
    }
    let linked = link(draft, path) == 0
    let failure = linked ? nil : SystemError("link", path)
    unlink(draft)
    if let failure, failure.code != EEXIST { throw failure }
    return linked ? MachineSecret(bytes: bytes) : try read(path)
  }

  private static func read(_ path: String) throws(SystemError) -> MachineSecret? {
    do throws(SystemError) {
      let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
      let bytes = try file.readAll(limit: 4096, path: path)
      // Empty or cut: the file is not what `load` writes, and guessing would lose trust in state.
      if bytes.count != 32 { throw SystemError("read", path, code: EBADMSG) }
      return MachineSecret(bytes: bytes)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }

  private static func makeFolders(_ path: String) throws(SystemError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw SystemError("mkdir", path)
    }
    try makeFolders(String(path[..<slash]))
    if mkdir(path, 0o700) < 0 && errno != EEXIST { throw SystemError("mkdir", path) }
  }
}
