import CMtor
import Glibc
import Platform

/// An empty folder like one of the tree, kept for the way back: rmdir(2) leaves none.
enum FolderCopy {
  /// Makes it in the store with the mode, owner and attributes of the one that stands.
  static func make(
    of path: RelativePath, _ status: FileStatus, in tree: RootTree, named name: String,
    in store: Int32
  ) throws(SystemError) {
    try NewFile.makeFolder(name, in: store, mode: 0o700)
    let copy = try NewFile.openFolder(name, in: store)
    let code: Int32
    do throws(SystemError) {
      let old = try tree.open(path, O_RDONLY | O_DIRECTORY)
      code = mtor_copy_attributes(old.raw, copy.raw)
    } catch {
      // A folder that may not be read gives no attributes; its owner and mode are known.
      if error.code != EACCES { throw error }
      code = 0
    }
    if code < 0 { throw SystemError("fsetxattr", path.text, code: -code) }
    if fchmod(copy.raw, status.mode) < 0 { throw SystemError("fchmod", path.text) }
  }
}
