import Materialising
import Planning
import Platform
import Subprocess

/// Whose the files of a tree are: by mtor's own memory first, by git then.
///
/// Git is found and asked only at the first question that memory cannot answer.
final class TreeOwnership: Ownership {
  private let state: StateFolder
  private let tree: RootTree
  private let repository: () throws(GitFailure) -> GitRepository?
  private var expected: [RelativePath] = []
  private var claims: GitClaims??
  private var undone: UndoneCommit??

  init(
    state: StateFolder, tree: RootTree,
    repository: @escaping () throws(GitFailure) -> GitRepository?
  ) {
    self.state = state
    self.tree = tree
    self.repository = repository
  }

  func expect(_ paths: [RelativePath]) {
    expected = paths
    claims = nil
    undone = nil
  }

  private func git() throws -> GitClaims? {
    if let claims { return claims }
    let found = try repository().map {
      GitClaims(repository: $0, tree: tree, paths: expected)
    }
    claims = .some(found)
    return found
  }

  func claim(on path: RelativePath, holding present: FileState) throws -> Claim {
    if try state.memory().isOurs(path, holding: present) { return .ours }
    guard let git = try git() else { return .persons("was not written by mtor") }
    let claim = try git.claim(on: path, holding: present)
    guard case .persons = claim,
      let undone = try undoneCommit(), try undone.holds(present, at: path, of: tree)
    else { return claim }
    return .committed
  }

  private func undoneCommit() throws -> UndoneCommit? {
    if let undone { return undone }
    let found = try repository().flatMap { try UndoneCommit($0, state) }
    undone = .some(found)
    return found
  }

  func obstacle(toWriting wanted: FileState, at path: RelativePath) throws -> String? {
    try git()?.obstacle(toWriting: wanted, at: path)
  }

  func differences(since base: String, among paths: [RelativePath]) throws -> [RelativePath] {
    guard let repository = try repository() else {
      throw GitFailure("'base' names a commit, but the tree is in no git repository")
    }
    let commit = base + "^{commit}"
    guard !base.hasPrefix("-"),
      try repository.askWhether(["rev-parse", "--quiet", "--verify", commit]) != nil
    else {
      throw GitFailure(
        "'base' names \(Printable.escaped(base)), which this repository does not have",
        hint: try repository.isShallow()
          ? "git fetch --unshallow: this clone is shallow" : "git fetch, or correct 'base'")
    }
    let differing = try repository.differing(from: commit, among: paths)
    return paths.filter { differing.contains($0) }
  }

  func original(
    of path: RelativePath, holding present: Digest, manifest: String
  ) throws -> Original {
    try state.memory().original(of: path, holding: present, manifest: manifest)
  }

  func original(
    of path: RelativePath, movedFrom source: RelativePath, holding present: Digest,
    manifest: String
  ) throws -> Original {
    try state.memory().original(
      of: path, movedFrom: source, holding: present, manifest: manifest)
  }

  func repair(of path: RelativePath, declared: Digest, present: Digest) throws -> String? {
    try state.memory().repair(of: path, declared: declared, present: present)
  }

  func repair(
    of path: RelativePath, below declared: [Digest], present: Digest
  ) throws -> String? {
    try state.memory().repair(of: path, below: declared, present: present)
  }

  func isRewrittenAndRepaired(
    _ path: RelativePath, declared: Digest, present: Digest
  ) throws -> Bool {
    try state.memory().isRewrittenAndRepaired(path, declared: declared, present: present)
  }

  func isResult(of path: RelativePath, declared: Digest, present: Digest) throws -> Bool {
    try state.memory().isResult(of: path, declared: declared, present: present)
  }

  func starts(
    of manifests: Set<String>, attempt: Int, besides run: String?
  ) throws -> [ReplayStart]? {
    try state.memory().starts(of: manifests, attempt: attempt, besides: run)
  }
}
