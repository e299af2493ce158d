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

  /// Looks at many paths: a file costs one call, and no three, where its folder is open.
  ///
  /// For as long as the body runs, the folders of the last paths stay open. A body that runs
  /// commands must not be given, since they may put other folders in their places.
  public func keepingFolders<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isOutermost = !keepsFolders
    keepsFolders = true
    defer {
      if isOutermost {
        keepsFolders = false
        closeFolders()
        missing = []
        last = nil
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

  private var keepsFolders = false
  private var folders: [RelativePath: OpenFolder] = [:]
  /// Folders that were looked for and are not there.
  private var missing: Set<RelativePath> = []
  private var last: OpenFolder?

  public func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    guard keepsFolders, let parent = path.parent else { return try tree.status(of: path) }
    guard let folder = try open(parent) else { return nil }
    return try FileStatus.of(String(path.name), in: folder.descriptor.raw, path: path.text)
  }

  /// The open folder; nil where there is none.
  private func open(_ path: RelativePath) throws(SystemError) -> OpenFolder? {
    if let last, last.path == path { return last }
    if let known = folders[path] {
      last = known
      return known
    }
    if missing.contains(path) { return nil }
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = try openFolder(path)
    } catch {
      if error.code != ENOENT { throw error }
      missing.insert(path)
      return nil
    }
    let folder = OpenFolder(path, descriptor)
    last = folder
    // Where too many are open already, only the last one is kept.
    if OpenFolderBudget.take() { folders[path] = folder }
    return folder
  }

  /// Opens a folder, with room made where the process may open no more files.
  private func openFolder(_ path: RelativePath) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
      return try tree.openFolder(path)
    } catch {
      guard error.code == EMFILE || error.code == ENFILE, !folders.isEmpty else { throw error }
      closeFolders()
      last = nil
      return try tree.openFolder(path)
    }
  }

  private func closeFolders() {
    OpenFolderBudget.giveBack(folders.count)
    folders = [:]
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

  public func namesThatAreNoText(in folder: RelativePath?) throws(SystemError) -> [RawPath] {
    try tree.namesThatAreNoText(in: folder)
  }
}
