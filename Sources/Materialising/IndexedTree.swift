import Glibc
public import Platform

/// The real tree, where a file that the index knows need not be read.
public final class IndexedTree: FileTree {
  private let tree: RootTree
  private let index: FileIndex
  /// True: every file is read all the same (`--verify`).
  private let readsAll: Bool

  public init(_ tree: RootTree, index: FileIndex, readsAll: Bool = false) {
    self.tree = tree
    self.index = index
    self.readsAll = readsAll
  }

  /// Looks at many paths: the files of one folder cost one call each, and no three.
  ///
  /// For as long as the body runs, the folder of the last path stays open. A body that runs
  /// commands must not be given, since they may put another folder in its place.
  public func keepingFolders<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isOutermost = !keepsFolder
    keepsFolder = true
    defer {
      if isOutermost {
        keepsFolder = false
        folder = nil
      }
    }
    return try body()
  }

  private final class OpenFolder {
    let path: RelativePath
    let descriptor: Descriptor

    init(_ path: RelativePath, _ descriptor: consuming Descriptor) {
      self.path = path
      self.descriptor = descriptor
    }
  }

  private var keepsFolder = false
  private var folder: OpenFolder?

  public func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    guard keepsFolder, let parent = path.parent else { return try tree.status(of: path) }
    if folder?.path != parent {
      folder = nil
      do throws(SystemError) {
        folder = OpenFolder(parent, try tree.openFolder(parent))
      } catch {
        if error.code == ENOENT { return nil }
        throw error
      }
    }
    guard let folder else { return nil }
    return try FileStatus.of(String(path.name), in: folder.descriptor.raw, path: path.text)
  }

  public func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8] {
    try tree.bytes(of: path, limit: limit)
  }

  public func digest(
    of path: RelativePath, status: FileStatus
  ) throws(SystemError) -> Digest {
    if !readsAll, let known = index.digest(of: path, status: status) { return known }
    let before = FileIndex.now
    let digest = try tree.digest(of: path, status: status)
    // Kept if a run saves the index: a status from before the reading, seen again after it.
    if try tree.status(of: path) == status {
      index.remember(digest, of: path, status: status, before: before)
    }
    return digest
  }

  public func linkTarget(of path: RelativePath) throws(SystemError) -> String {
    try tree.linkTarget(of: path)
  }

  public func names(in folder: RelativePath?) throws(SystemError) -> [String] {
    try tree.names(in: folder)
  }
}
