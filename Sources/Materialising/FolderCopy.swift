import CMtor
import Glibc
import Platform

/// An empty folder like one of the tree: kept for the way back, since rmdir(2) leaves none, or come to
/// another place with what is in it.
enum FolderCopy {
  /// Gives a folder that was just made the owner, group, ACLs and mode of another one.
  ///
  /// Where owner or group are not this user's to give, it keeps the user's own, and the group may
  /// then do what others may: never more than before.
  static func makeAlike(
    _ copy: Int32, _ original: Int32, _ status: FileStatus, mode: UInt32, path: String
  ) throws(SystemError) {
    var code = mtor_copy_attributes(original, copy)
    var mode = mode
    if code == -EPERM {
      let own = try FileStatus.of(descriptor: copy, path: path)
      if own.group == status.group {
        code = mtor_copy_extended(original, copy)
      } else {
        mode = mode & ~0o2070 | (mode & 0o007) << 3
        code = 0
      }
    }
    if code < 0 { throw SystemError("copying the attributes of", path, code: -code) }
    // After the owner, since chown(2) takes bits away, and after the ACL, whose mask it is.
    if fchmod(copy, mode) < 0 { throw SystemError("fchmod", path) }
  }

  /// Makes it in the store with the mode, owner and attributes of the one that stands.
  static func make(
    of path: RelativePath, _ status: FileStatus, in tree: RootTree, named name: String,
    in store: Int32
  ) throws(SystemError) {
    try NewFile.makeFolder(name, in: store, mode: 0o700)
    let copy = try NewFile.openFolder(name, in: store)
    let old: Descriptor
    do throws(SystemError) {
      old = try tree.open(path, O_RDONLY | O_DIRECTORY)
    } catch {
      // A folder that may not be read gives no attributes; its mode is known.
      if error.code != EACCES { throw error }
      if fchmod(copy.raw, status.mode) < 0 { throw SystemError("fchmod", path.text) }
      return
    }
    try makeAlike(copy.raw, old.raw, status, mode: status.mode, path: path.text)
  }
}
