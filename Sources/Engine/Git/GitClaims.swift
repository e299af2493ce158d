import Glibc
import Planning
import Platform
import YAMLTree

/// What git says of a manifest's paths: asked in one batch, and only when the first question comes.
///
/// A tree on which there is nothing to do thus never starts git.
final class GitClaims {
  private let repository: GitRepository
  private let tree: any FileTree
  private let paths: [RelativePath]

  private var facts: Facts?

  private struct Facts {
    var index: GitIndex
    /// Paths whose index entry differs from HEAD; everything, on an unborn branch.
    var staged: Set<RelativePath>
    var hasHead: Bool
    var attributes: GitAttributes
    var lineEnds: GitAttributes.LineEnds
    /// Nil where the work tree is whole.
    var sparse: SparseCheckout?
  }

  init(repository: GitRepository, tree: any FileTree, paths: [RelativePath]) {
    self.repository = repository
    self.tree = tree
    self.paths = paths
  }

  private func load() throws(GitFailure) -> Facts {
    if let facts { return facts }
    let settings = try repository.conversionSettings()
    let head = try repository.head()
    let facts = Facts(
      index: try repository.index(of: paths),
      staged: head == nil ? [] : try repository.staged(among: paths),
      hasHead: head != nil,
      attributes: try repository.attributes(of: paths),
      lineEnds: GitAttributes.LineEnds(settings: settings),
      sparse: settings["core.sparsecheckout"] == "true" ? try sparseCheckout() : nil)
    self.facts = facts
    return facts
  }

  private func sparseCheckout() throws(GitFailure) -> SparseCheckout? {
    let file = repository.folder + "/info/sparse-checkout"
    do {
      let bytes = try Descriptor.open(file, O_RDONLY).readAll(limit: 16 << 20, path: file)
      return SparseCheckout(text: String(decoding: bytes, as: UTF8.self))
    } catch  where error.code == ENOENT {
      return nil
    } catch {
      throw GitFailure("git's sparse checkout cannot be read: \(error)")
    }
  }

  /// Why nothing should be written at a path.
  func obstacle(toWriting wanted: FileState, at path: RelativePath) throws -> String? {
    let facts = try load()
    if let submodule = facts.index.submodule(holding: path) {
      return "is in the submodule '\(submodule)'"
    }
    if let nested = try nestedRepository(holding: path) {
      return "is in another repository, '\(nested)'"
    }
    let isOutside =
      facts.index[path].map(\.isSkipped)
      ?? facts.sparse.map { !$0.contains(repository.prefix + path.text) } ?? false
    if isOutside { return "is outside the sparse checkout" }
    guard case .regular(let file) = wanted, let content = file.content else { return nil }
    return try facts.attributes.obstacle(
      for: path, bytes: content.decoded(), lineEnds: facts.lineEnds
    ) { () throws(GitFailure) in try repository.storesCRLF(at: path) }
  }

  /// Whether a path's present state is what was committed.
  func claim(on path: RelativePath, holding present: FileState) throws -> Claim {
    let facts = try load()
    guard let entry = facts.index[path] else { return .persons("is not tracked by git") }
    if entry.stage != 0 { return .persons("is in an unresolved merge") }
    if !facts.hasHead || facts.staged.contains(path) {
      return .persons("has staged changes")
    }
    if entry.isAssumedUnchanged { return .persons("is marked assume-unchanged in git") }
    switch present {
    case .absent:
      // Nothing of a person's stands there; git alone has it.
      return .committed
    case .symlink(let target):
      guard entry.mode == "120000",
        GitObject.id(of: Array(target.utf8), like: entry.object)
          == entry.object
      else { return .persons("differs from HEAD") }
      return .committed
    case .regular(let file):
      guard entry.mode.hasPrefix("100"), let status = try tree.status(of: path) else {
        return .persons("differs from HEAD")
      }
      let bytes =
        try file.content?.decoded() ?? tree.bytes(of: path, limit: Int(status.size) + 1)
      if GitObject.id(of: bytes, like: entry.object) == entry.object { return .committed }
      if facts.attributes.convertsLineEnds(of: path, facts.lineEnds),
        try repository.storedObject(of: bytes, at: path) == entry.object
      {
        return .committed
      }
      return .persons("differs from HEAD")
    }
  }

  /// A repository that is not a submodule: a folder above the path that has a `.git` of its own.
  private func nestedRepository(holding path: RelativePath) throws -> String? {
    for folder in path.ancestors {
      if try GitFolder.exists(in: folder, of: repository.root) { return folder.text }
    }
    return nil
  }
}

/// A look for `.git`, which no `RelativePath` can name.
enum GitFolder {
  static func exists(in folder: RelativePath, of root: String) throws(SystemError) -> Bool {
    let path = root + "/" + folder.text + "/.git"
    var status = stat()
    // What a link leads to is no part of the tree.
    if lstat(root + "/" + folder.text, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
      return false
    }
    if lstat(path, &status) == 0 { return true }
    // A folder that is not there yet holds no repository; whatever else is in the way, the
    // planner has said already.
    if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return false }
    throw SystemError("lstat", folder.text + "/.git")
  }
}
