import CMtor
import Glibc

/// The real folder that a run works on, held open by a descriptor.
///
/// Every access is resolved by openat2(2) beneath that descriptor and through no symbolic link,
/// each time anew: nothing is remembered as "already checked".
public final class RootTree: FileTree, Sendable {
  /// The path as the user named it, for messages.
  public let path: String
  /// What the folder was when it was opened: its device, inode and owner.
  public let status: FileStatus
  private let folder: Descriptor

  public var device: UInt64 { status.device }
  public var inode: UInt64 { status.inode }
  /// The root's descriptor, valid as long as this object lives; never to be closed by the caller.
  public var descriptor: Int32 { folder.raw }

  /// Opens the root; a symbolic link that the user named as the root is followed.
  public init(path: String) throws(SystemError) {
    folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
    status = try FileStatus.of(descriptor: folder.raw, path: path)
    self.path = path
  }

  /// Takes a folder that is open already; `path` is its name for messages.
  public init(owning folder: consuming Descriptor, path: String) throws(SystemError) {
    status = try FileStatus.of(descriptor: folder.raw, path: path)
    self.folder = folder
    self.path = path
  }

  /// True while the root's path still leads to the folder that was opened.
  public func isInPlace() throws(SystemError) -> Bool {
    var found = stat()
    while stat(path, &found) < 0 {
      if errno == ENOENT || errno == ENOTDIR { return false }
      if errno != EINTR { throw SystemError("stat", path) }
    }
    return UInt64(found.st_dev) == device && UInt64(found.st_ino) == inode
  }

  /// Opens something beneath the root by openat2(2); `flags` as for open(2).
  public func open(
    _ path: RelativePath, _ flags: Int32, mode: UInt32 = 0
  ) throws(SystemError) -> Descriptor {
    let raw = mtor_open_beneath(descriptor, path.text, flags, mode)
    if raw < 0 { throw SystemError("openat2", path.text, code: -raw) }
    return Descriptor(owning: raw)
  }

  /// Opens a folder beneath the root (nil: the root itself) for looking up and renaming in it.
  ///
  /// The descriptor cannot be read or synced (`O_PATH`).
  public func openFolder(_ path: RelativePath?) throws(SystemError) -> Descriptor {
    let raw = mtor_open_folder_beneath(descriptor, path?.text ?? ".")
    if raw < 0 { throw SystemError("openat2", path?.text ?? ".", code: -raw) }
    return Descriptor(owning: raw)
  }

  public func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    guard let parent = path.parent else {
      return try FileStatus.of(path.text, in: descriptor)
    }
    let raw = mtor_open_folder_beneath(descriptor, parent.text)
    if raw == -ENOENT { return nil }
    if raw < 0 { throw SystemError("openat2", path.text, code: -raw) }
    let folder = Descriptor(owning: raw)
    return try FileStatus.of(String(path.name), in: folder.raw, path: path.text)
  }

  public func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try openRegular(path)
    if file.size > limit { throw SystemError("read", path.text, code: EFBIG) }
    return try file.descriptor.readAll(limit: limit, sizeHint: Int(file.size), path: path.text)
  }

  public func digest(
    of path: RelativePath, status: FileStatus
  ) throws(SystemError) -> Digest {
    let file = try openRegular(path)
    return try Digest.ofFile(file.descriptor.raw, size: file.size, path: path.text)
  }

  public func linkTarget(of path: RelativePath) throws(SystemError) -> String {
    let folder = try openFolder(path.parent)
    return try Self.linkTarget(of: String(path.name), in: folder.raw, path: path.text)
  }

  /// The text of a link in an open folder, by readlinkat(2); EILSEQ where it is no UTF-8.
  public static func linkTarget(
    of name: String, in directory: Int32, path: String? = nil
  ) throws(SystemError) -> String {
    let target = try linkTarget(of: RawPath(name), in: directory, path: path.map { RawPath($0) })
    // Text that is made of it would be another target.
    guard let text = target.text else {
      throw SystemError("readlinkat", path ?? name, code: EILSEQ)
    }
    return text
  }

  /// The same of a name, and of a target, that need not be text.
  public static func linkTarget(
    of name: RawPath, in directory: Int32, path: RawPath? = nil
  ) throws(SystemError) -> RawPath {
    var size = 256
    while true {
      var target = [CChar](repeating: 0, count: size + 1)
      let count = readlinkat(directory, name.cString, &target, size)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError("readlinkat", (path ?? name).shown)
      }
      // A full buffer may be a cut text.
      if count < size { return RawPath(copying: target) }
      size *= 4
    }
  }

  public func names(in path: RelativePath?) throws(SystemError) -> [String] {
    try FolderListing.names(of: open(folder: path), path: path?.text ?? ".")
  }

  /// The names in a folder (nil: in the root), byte for byte.
  public func entries(in path: RelativePath?) throws(SystemError) -> [RawPath] {
    let folder = try open(folder: path)
    return try FolderListing.entries(of: folder, path: path?.text ?? ".")
  }

  public func namesThatAreNoText(in path: RelativePath?) throws(SystemError) -> [RawPath] {
    try entries(in: path).filter { $0.text == nil }
  }

  private func open(folder path: RelativePath?) throws(SystemError) -> Descriptor {
    let text = path?.text ?? "."
    let raw = mtor_open_beneath(descriptor, text, O_RDONLY | O_DIRECTORY, 0)
    if raw < 0 { throw SystemError("openat2", text, code: -raw) }
    return Descriptor(owning: raw)
  }

  private struct OpenFile: ~Copyable {
    let descriptor: Descriptor
    /// In bytes.
    let size: Int64
  }

  /// O_NONBLOCK: opening a FIFO must not wait for a writer.
  private func openRegular(_ path: RelativePath) throws(SystemError) -> OpenFile {
    let file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    let status = try FileStatus.of(descriptor: file.raw, path: path.text)
    switch status.kind {
    case .regular: return OpenFile(descriptor: file, size: status.size)
    case .directory: throw SystemError("read", path.text, code: EISDIR)
    case .symlink: throw SystemError("read", path.text, code: ELOOP)
    case .special: throw SystemError("read", path.text, code: EINVAL)
    }
  }
}
