import CMtor
import Glibc
import Platform

/// Files and folders made in the state folder, where nobody else writes.
enum NewFile {
  /// Creates a file with its bytes (O_EXCL; the mode less the umask).
  static func create(
    _ name: String, in folder: Int32, mode: UInt32, bytes: [UInt8], for path: String? = nil
  ) throws(SystemError) -> FileStatus {
    var status = stat()
    let code = bytes.withUnsafeBytes {
      mtor_create_file(folder, name, mode, $0.baseAddress, $0.count, &status)
    }
    if code < 0 { throw SystemError("write", path ?? name, code: -code) }
    return FileStatus(status)
  }

  /// Makes a file's bytes durable by fsync(2).
  static func sync(_ name: String, in folder: Int32) throws(SystemError) {
    let file = try Inspector.open(name, in: folder, path: name)
    while fsync(file.raw) < 0 {
      if errno != EINTR { throw SystemError("fsync", name) }
    }
  }

  static func makeFolder(
    _ name: String, in folder: Int32, mode: UInt32
  ) throws(SystemError) {
    while mkdirat(folder, name, mode) < 0 {
      if errno != EINTR { throw SystemError("mkdirat", name) }
    }
  }

  /// Opens a folder by name, no link followed.
  static func openFolder(_ name: String, in folder: Int32) throws(SystemError) -> Descriptor {
    while true {
      let raw = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if raw >= 0 { return Descriptor(owning: raw) }
      if errno != EINTR { throw SystemError("openat", name) }
    }
  }

  /// Removes a folder with all below it, no link followed; none there is no failure.
  static func removeAll(_ name: String, in folder: Int32) throws(SystemError) {
    if try unlink(name, 0, in: folder) { return }
    do throws(SystemError) {
      let raw = try openFolder(name, in: folder)
      let inner = try Descriptor(duplicating: raw.raw)
      for child in try FolderListing.names(of: raw, path: name) {
        try removeAll(child, in: inner.raw)
      }
    } catch {
      if error.code != ENOENT { throw error }
    }
    _ = try unlink(name, AT_REMOVEDIR, in: folder)
  }

  /// False for a folder that `flags` does not allow to be removed.
  private static func unlink(
    _ name: String, _ flags: Int32, in folder: Int32
  ) throws(SystemError) -> Bool {
    while unlinkat(folder, name, flags) < 0 {
      switch errno {
      case EINTR: continue
      case ENOENT: return true
      case EISDIR, EPERM:
        if flags == 0, try FileStatus.of(name, in: folder)?.kind == .directory { return false }
        throw SystemError("unlinkat", name)
      default: throw SystemError("unlinkat", name)
      }
    }
    return true
  }
}
