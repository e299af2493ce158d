import CMtor
import Glibc
import Platform

/// Removal of a folder with all that is in it.
enum FolderRemoval {
  /// Never follows a link and never leaves the folder; folders that their owner may not read are
  /// opened up first. What is gone already is no error.
  static func remove(_ path: String) throws(SystemError) {
    let folder: Descriptor
    do { folder = try open(RawPath(path), in: AT_FDCWD, path) } catch {
      if error.code == ENOENT { return }
      throw error
    }
    try empty(folder, path)
    if rmdir(path) < 0 && errno != ENOENT { throw SystemError("rmdir", path) }
  }

  private static func open(
    _ name: RawPath, in parent: Int32, _ path: String
  ) throws(SystemError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var raw = mtor_open_at(parent, name.cString, flags, 0)
    // An overlay's own work folder has mode 0.
    if raw == -EACCES, fchmodat(parent, name.cString, 0o700, 0) == 0 {
      raw = mtor_open_at(parent, name.cString, flags, 0)
    }
    if raw < 0 { throw SystemError("openat", path, code: -raw) }
    return Descriptor(owning: raw)
  }

  private static func empty(
    _ folder: borrowing Descriptor, _ path: String
  ) throws(SystemError) {
    let copy = fcntl(folder.raw, F_DUPFD_CLOEXEC, 0)
    if copy < 0 { throw SystemError("fcntl", path) }
    for name in try FolderListing.entries(of: Descriptor(owning: copy), path: path) {
      let inner = "\(path)/\(name.shown)"
      if unlinkat(folder.raw, name.cString, 0) == 0 || errno == ENOENT { continue }
      if errno == EACCES || errno == EPERM {
        _ = fchmod(folder.raw, 0o700)
        if unlinkat(folder.raw, name.cString, 0) == 0 { continue }
      }
      if errno != EISDIR { throw SystemError("unlinkat", inner) }
      try empty(open(name, in: folder.raw, inner), inner)
      if unlinkat(folder.raw, name.cString, AT_REMOVEDIR) < 0 {
        throw SystemError("unlinkat", inner)
      }
    }
  }
}
