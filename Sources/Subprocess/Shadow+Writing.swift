import CMtor
import Glibc
public import Platform

/// What mtor itself puts into a shadow. Nobody else sees it, so nothing has to be atomic.
extension Shadow {
  /// Writes a file; nil bytes leave what it holds. Missing folders are made; a link that stands
  /// there is replaced, never followed.
  ///
  /// `mode` is exact; nil keeps the file's own, and is 0666 less the umask for a new one.
  /// `isExecutable` then sets or clears the execute bits where the read bits are set.
  public func write(
    _ bytes: [UInt8]?, to path: RelativePath, mode: UInt32? = nil, isExecutable: Bool? = nil
  ) throws(SystemError) {
    if try tree.status(of: path)?.kind == .symlink { try remove(path) }
    try makeFolders(path.parent)
    let flags = O_WRONLY | O_NONBLOCK | (bytes == nil ? 0 : O_CREAT | O_TRUNC)
    let file = try tree.open(path, flags, mode: isExecutable == true ? 0o777 : 0o666)
    if let bytes {
      let failure: SystemError? = bytes.withUnsafeBytes { buffer in
        do throws(SystemError) {
          try file.writeAll(buffer, path: path.text)
          return nil
        } catch {
          return error
        }
      }
      if let failure { throw failure }
    }
    guard mode != nil || isExecutable != nil else { return }
    let present = try FileStatus.of(descriptor: file.raw, path: path.text).mode
    var wanted = mode ?? present
    if let isExecutable {
      wanted = isExecutable ? wanted | (wanted & 0o444) >> 2 : wanted & ~0o111
    }
    if fchmod(file.raw, wanted & 0o1777) < 0 { throw SystemError("fchmod", path.text) }
  }

  /// Makes a symbolic link, in place of whatever file or link stands there.
  public func link(_ path: RelativePath, to target: String) throws(SystemError) {
    try remove(path)
    try makeFolders(path.parent)
    let folder = try tree.openFolder(path.parent)
    if symlinkat(target, folder.raw, String(path.name)) < 0 {
      throw SystemError("symlinkat", path.text)
    }
  }

  /// Removes a file or a link; nothing there is no error.
  public func remove(_ path: RelativePath) throws(SystemError) {
    try unlink(path, flags: 0)
  }

  /// Removes a folder if it is empty; nothing there is no error.
  public func removeFolder(_ path: RelativePath) throws(SystemError) {
    do throws(SystemError) {
      try unlink(path, flags: AT_REMOVEDIR)
    } catch {
      if error.code != ENOTEMPTY && error.code != EEXIST { throw error }
    }
  }

  private func unlink(_ path: RelativePath, flags: Int32) throws(SystemError) {
    let folder: Descriptor
    do throws(SystemError) { folder = try tree.openFolder(path.parent) } catch {
      if error.code == ENOENT { return }
      throw error
    }
    if unlinkat(folder.raw, String(path.name), flags) < 0 && errno != ENOENT {
      throw SystemError("unlinkat", path.text)
    }
  }

  private func makeFolders(_ path: RelativePath?) throws(SystemError) {
    guard let path, try tree.status(of: path) == nil else { return }
    try makeFolders(path.parent)
    let folder = try tree.openFolder(path.parent)
    if mkdirat(folder.raw, String(path.name), 0o777) < 0 && errno != EEXIST {
      throw SystemError("mkdirat", path.text)
    }
  }
}
