import Glibc
import Planning
import Platform
import YAMLTree

/// What keeps a commit from being made, looked for before the first byte is written.
extension GitCommit {
  /// Why a commit could not be made.
  struct Obstacle {
    /// The path that is in the way; nil where it is the repository as a whole.
    var path: RelativePath?
    var message: String
    var hint: String
  }

  /// What of the repository would stop any commit; nil where nothing does.
  func obstacleOfAny() throws -> Obstacle? {
    let states = [
      ("MERGE_HEAD", "a merge"), ("rebase-merge", "a rebase"), ("rebase-apply", "a rebase"),
      ("CHERRY_PICK_HEAD", "a cherry-pick"), ("REVERT_HEAD", "a revert"),
    ]
    for (file, what) in states {
      var status = stat()
      if lstat(repository.folder + "/" + file, &status) == 0 {
        return Obstacle(
          message: "\(what) is in progress", hint: "finish or abort it, then apply again")
      }
    }
    if !isIndexFree() {
      return Obstacle(
        message: "another git has locked the index ('index.lock' in \(repository.folder))",
        hint: "wait for it; where no git runs any more, remove that file")
    }
    for identity in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
      do { _ = try repository.ask(["var", identity]) } catch {
        return Obstacle(
          message: "git does not know who commits",
          hint: "git config user.name NAME; git config user.email ADDRESS")
      }
    }
    return nil
  }

  /// What would stop the commit, found before the first byte is written; nil where nothing does.
  ///
  /// - Parameters:
  ///   - wanted: every path that the manifest declares, with what will stand there.
  ///   - behind: gets the paths that HEAD has as they are wanted and the index as HEAD's parent: a
  ///     commit of this kind was killed before its last call. Anything else that is staged is a
  ///     person's.
  func obstacle(
    among wanted: [(path: RelativePath, state: FileState)], of tree: RootTree,
    behind: inout [RelativePath]
  ) throws -> Obstacle? {
    if let obstacle = try obstacleOfAny() { return obstacle }
    let paths = wanted.map(\.path)
    let index = try repository.index(of: paths)
    if let obstacle = try obstacle(inOtherRepositories: paths, index) { return obstacle }
    let hasHead = try repository.head() != nil
    let staged =
      try hasHead
      ? repository.staged(among: paths) : Set(paths.filter { index[$0] != nil })
    let others = wanted.sorted { $0.path < $1.path }.filter { path, state in
      staged.contains(path) && !index.holds(state, at: path)
    }
    guard !others.isEmpty else { return nil }
    let committed = try CommittedFiles(of: "HEAD", repository)
    let before = try CommittedFiles(of: "HEAD^", repository)
    for (path, state) in others {
      if case .regular(let file) = state, let content = file.content, let staged = index[path],
        try repository.storedObject(of: content.decoded(), at: path) == staged.object
      {
        continue
      }
      if let committed, index[path]?.object == before?.object(at: path),
        try committed.holds(state, at: path, of: tree)
      {
        behind.append(path)
        continue
      }
      let name = Printable.escaped(path.text)
      return Obstacle(
        path: path, message: "'\(name)' is staged with other content",
        hint: "git \(hasHead ? "restore --staged" : "rm --cached") \(name), or commit it first")
    }
    return nil
  }

  /// True once nobody holds the index: an editor that looks at the tree holds it for a moment.
  private func isIndexFree() -> Bool {
    for _ in 0..<20 {
      var status = stat()
      if lstat(repository.folder + "/index.lock", &status) != 0 { return true }
      usleep(100_000)
    }
    return false
  }

  /// A path of another repository is no part of a commit of this one, whoever forces its bytes.
  private func obstacle(
    inOtherRepositories paths: [RelativePath], _ index: GitIndex
  ) throws -> Obstacle? {
    var known: [RelativePath: Bool] = [:]
    for path in paths {
      let name = Printable.escaped(path.text)
      if let submodule = index.submodule(holding: path) {
        return Obstacle(
          path: path, message: "'\(name)' is in the submodule '\(Printable.escaped(submodule))'",
          hint: "apply it in the submodule")
      }
      for folder in path.ancestors {
        let isRepository =
          try known[folder] ?? GitFolder.exists(in: folder, of: repository.root)
        known[folder] = isRepository
        if isRepository {
          return Obstacle(
            path: path,
            message: "'\(name)' is in another repository, '\(Printable.escaped(folder.text))'",
            hint: "apply it in that repository")
        }
      }
    }
    return nil
  }

  /// What of these paths a commit could not remove: one that is outside the sparse checkout has no
  /// file, and nobody was shown that it would go; nil where there is none.
  func obstacle(toRemoving paths: [RelativePath]) throws(GitFailure) -> Obstacle? {
    guard !paths.isEmpty else { return nil }
    let index = try repository.index(of: paths)
    guard let hidden = paths.first(where: { index[$0]?.isSkipped == true }) else { return nil }
    let folder = hidden.parent.map { Printable.escaped($0.text) } ?? "."
    return Obstacle(
      path: hidden,
      message: "'\(Printable.escaped(hidden.text))' would go and is outside the sparse checkout",
      hint: "git sparse-checkout add \(folder), then apply again")
  }
}
