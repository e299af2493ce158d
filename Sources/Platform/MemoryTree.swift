import Glibc

/// A tree of files in memory, for whoever plans or tests without a disk.
///
/// It answers as `RootTree` does: ENOTDIR below a file, ELOOP below a link, EISDIR for a folder's
/// bytes.
public struct MemoryTree: FileTree, Sendable {
  private enum Content: Sendable {
    case regular([UInt8])
    case symlink(String)
    case folder, special
  }

  private struct Entry: Sendable {
    var content: Content
    var mode: UInt32
    var inode: UInt64
    var links: UInt64
  }

  private var entries: [RelativePath: Entry] = [:]
  private var nextInode: UInt64 = 2

  public init() {}

  /// Puts a file there, with the folders above it; what stood there is replaced.
  public mutating func write(
    _ bytes: some Sequence<UInt8>, to path: RelativePath, mode: UInt32 = 0o644, links: UInt64 = 1
  ) {
    add(.regular(Array(bytes)), at: path, mode: mode, links: links)
  }

  /// Puts a text file there.
  public mutating func write(_ text: String, to path: RelativePath, mode: UInt32 = 0o644) {
    write(text.utf8, to: path, mode: mode)
  }

  public mutating func link(_ path: RelativePath, to target: String) {
    add(.symlink(target), at: path, mode: 0o777)
  }

  public mutating func makeFolder(_ path: RelativePath) {
    add(.folder, at: path, mode: 0o755)
  }

  /// Puts a FIFO, or whatever else is neither file, folder nor link, there.
  public mutating func makeSpecial(_ path: RelativePath) {
    add(.special, at: path, mode: 0o644)
  }

  /// Removes a path and all below it.
  public mutating func remove(_ path: RelativePath) {
    entries = entries.filter { !$0.key.isWithin(path) }
  }

  private mutating func add(
    _ content: Content, at path: RelativePath, mode: UInt32, links: UInt64 = 1
  ) {
    for folder in path.ancestors where entries[folder] == nil {
      entries[folder] = Entry(content: .folder, mode: 0o755, inode: nextInode, links: 1)
      nextInode += 1
    }
    entries[path] = Entry(content: content, mode: mode, inode: nextInode, links: links)
    nextInode += 1
  }

  public func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    guard let entry = try entry(at: path, call: "fstatat") else { return nil }
    let kind: FileStatus.Kind
    let size: Int
    switch entry.content {
    case .regular(let bytes): (kind, size) = (.regular, bytes.count)
    case .symlink(let target): (kind, size) = (.symlink, target.utf8.count)
    case .folder: (kind, size) = (.directory, 0)
    case .special: (kind, size) = (.special, 0)
    }
    return FileStatus(
      kind: kind, mode: entry.mode, size: Int64(size), modified: 0, changed: 0, device: 1,
      inode: entry.inode, links: entry.links, user: 0, group: 0)
  }

  public func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8] {
    switch try entry(at: path, call: "openat2")?.content {
    case .regular(let bytes):
      if bytes.count > limit { throw SystemError("read", path.text, code: EFBIG) }
      return bytes
    case .symlink: throw SystemError("openat2", path.text, code: ELOOP)
    case .folder: throw SystemError("read", path.text, code: EISDIR)
    case .special: throw SystemError("read", path.text, code: EINVAL)
    case nil: throw SystemError("openat2", path.text, code: ENOENT)
    }
  }

  public func digest(
    of path: RelativePath, status: FileStatus
  ) throws(SystemError) -> Digest {
    Digest(of: try bytes(of: path, limit: .max))
  }

  public func linkTarget(of path: RelativePath) throws(SystemError) -> String {
    switch try entry(at: path, call: "readlinkat")?.content {
    case .symlink(let target): return target
    case nil: throw SystemError("readlinkat", path.text, code: ENOENT)
    default: throw SystemError("readlinkat", path.text, code: EINVAL)
    }
  }

  public func names(in folder: RelativePath?) throws(SystemError) -> [String] {
    if let folder {
      switch try entry(at: folder, call: "openat2")?.content {
      case .folder: break
      case .symlink: throw SystemError("openat2", folder.text, code: ELOOP)
      case nil: throw SystemError("openat2", folder.text, code: ENOENT)
      default: throw SystemError("openat2", folder.text, code: ENOTDIR)
      }
    }
    return entries.keys.filter { $0.parent == folder }.map { String($0.name) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func entry(at path: RelativePath, call: String) throws(SystemError) -> Entry? {
    // From the top: the first thing that is no folder decides.
    for folder in path.ancestors.reversed() {
      switch entries[folder]?.content {
      case .folder: continue
      case nil: return nil
      case .symlink: throw SystemError("openat2", path.text, code: ELOOP)
      default: throw SystemError("openat2", path.text, code: ENOTDIR)
      }
    }
    return entries[path]
  }
}
