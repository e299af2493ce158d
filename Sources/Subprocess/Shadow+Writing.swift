import CMtor
import Glibc
public import Platform

/// What mtor itself puts into a shadow. Nobody else sees it, so nothing has to be atomic.
extension Shadow {
  /// Writes a file; nil bytes leave what it holds. Missing folders are made; a link or a folder that
  /// commands left in its place goes, and so does what is no folder above it.
  ///
  /// `mode` is exact; nil keeps the file's own, and is 0666 less the umask for a new one.
  /// `isExecutable` then sets or clears the execute bits where the read bits are set.
  public func write(
    _ bytes: [UInt8]?, to path: RelativePath, mode: UInt32? = nil, isExecutable: Bool? = nil
  ) throws(SystemError) {
    try clear(path)
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

  /// Makes a symbolic link, in place of whatever stands there.
  public func link(_ path: RelativePath, to target: String) throws(SystemError) {
    try clear(path)
    try remove(path)
    let folder = try tree.openFolder(path.parent)
    if symlinkat(target, folder.raw, String(path.name)) < 0 {
      throw SystemError("symlinkat", path.text)
    }
  }

  /// Removes a file or a link; nothing there is no error.
  public func remove(_ path: RelativePath) throws(SystemError) {
    try unlink(path, flags: 0)
  }

  /// Removes a folder if it is empty; nothing there, or no folder, is no error.
  public func removeFolder(_ path: RelativePath) throws(SystemError) {
    do throws(SystemError) {
      try unlink(path, flags: AT_REMOVEDIR)
    } catch {
      if ![ENOTEMPTY, EEXIST, ENOTDIR].contains(error.code) { throw error }
    }
  }

  private func unlink(_ path: RelativePath, flags: Int32) throws(SystemError) {
    let folder: Descriptor
    do throws(SystemError) { folder = try tree.openFolder(path.parent) } catch {
      if error.isAboutPath { return }
      throw error
    }
    if unlinkat(folder.raw, String(path.name), flags) < 0 && errno != ENOENT {
      throw SystemError("unlinkat", path.text)
    }
  }

  /// Makes room for a file: the folders above it, and nothing but a file in its place.
  private func clear(_ path: RelativePath) throws(SystemError) {
    try makeFolders(path.parent)
    if let status = try tree.status(of: path), status.kind != .regular {
      try removeAll(path)
    }
  }

  private func makeFolders(_ path: RelativePath?) throws(SystemError) {
    guard let path else { return }
    let status = try tree.reachableStatus(of: path)
    if status?.kind == .directory { return }
    try makeFolders(path.parent)
    if status != nil { try removeAll(path) }
    let folder = try tree.openFolder(path.parent)
    if mkdirat(folder.raw, String(path.name), 0o777) < 0 && errno != EEXIST {
      throw SystemError("mkdirat", path.text)
    }
  }

  private func removeAll(_ path: RelativePath) throws(SystemError) {
    let folder = try tree.openFolder(path.parent)
    try ShadowTransfer.remove(
      RawPath(String(path.name)), in: folder.raw, RawPath(path.text))
  }
}
