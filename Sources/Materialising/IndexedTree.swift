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

  public func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    try tree.status(of: path)
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
