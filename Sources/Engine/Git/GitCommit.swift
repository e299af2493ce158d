import Glibc
import Planning
import Platform

/// The commit that a manifest asks for: its paths and nothing else of the person's.
struct GitCommit {
  let repository: GitRepository
  let message: String
  /// Runs the repository's hooks as `git commit` does.
  let hooks: Bool

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
    let hasHead = try repository.head() != nil
    let staged =
      try hasHead
      ? repository.staged(among: paths) : Set(paths.filter { index[$0] != nil }.map(\.text))
    let others = wanted.sorted { $0.path < $1.path }.filter { path, state in
      staged.contains(path.text) && !index.holds(state, at: path)
    }
    guard !others.isEmpty else { return nil }
    let committed = try CommittedFiles(of: "HEAD", repository)
    let before = try CommittedFiles(of: "HEAD^", repository)
    for (path, state) in others {
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

  /// Commits the present state of the paths, and gives the new commit's id; nil where nothing
  /// differs from HEAD.
  ///
  /// It works in an index of its own, made from HEAD; afterwards the person's own index gets the
  /// same entries for the same paths, so that what else is staged stays staged and out of it.
  ///
  /// - Parameter behind: paths of which the index lacks what HEAD has: they get it in any case.
  func make(
    of paths: [RelativePath], behind: [RelativePath] = []
  ) throws(GitFailure) -> String? {
    let head = try repository.head()
    // The run holds the tree's lock, so one name serves; recovery clears what a kill left.
    let index = try ownIndex()
    defer {
      unlink(index)
      unlink(index + ".lock")
    }
    let own = ["GIT_INDEX_FILE": index]
    var folders: [RelativePath] = []
    var files: [RelativePath] = []
    for path in paths {
      if try isFolder(path) { folders.append(path) } else { files.append(path) }
    }
    func update(_ environment: [String: String]) throws(GitFailure) {
      // A file that has become a folder: what is in it has paths of its own.
      if !folders.isEmpty {
        _ = try repository.ask(
          ["update-index", "--force-remove", "-z", "--stdin"],
          input: GitRepository.nulEnded(folders), environment: environment)
      }
      _ = try repository.ask(
        ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"],
        input: GitRepository.nulEnded(files), environment: environment)
    }

    _ = try repository.ask(
      head == nil ? ["read-tree", "--empty"] : ["read-tree", "HEAD"], environment: own)
    try update(own)
    let tree = GitRepository.line(try repository.ask(["write-tree"], environment: own))
    if head != nil {
      let old = GitRepository.line(try repository.ask(["rev-parse", "HEAD^{tree}"]))
      if tree == old {
        if !behind.isEmpty { try update([:]) }
        return nil
      }
    } else if try repository.ask(["ls-tree", tree]).isEmpty {
      return nil
    }
    _ = try repository.commit(
      ["commit", "--quiet", "--cleanup=verbatim", "-m", message], environment: own, hooks: hooks)
    try update([:])
    return try repository.head()
  }

  private func isFolder(_ path: RelativePath) throws(GitFailure) -> Bool {
    let file = "\(repository.root)/\(path.text)"
    var status = stat()
    if lstat(file, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
    if [ENOENT, ENOTDIR].contains(errno) { return false }
    throw GitFailure("the commit cannot be prepared: \(SystemError("lstat", path.text))")
  }

  /// Where the index of its own lies: beside mtor's state in the repository's folder.
  private func ownIndex() throws(GitFailure) -> String {
    let folder = repository.folder + "/mtor"
    if mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw GitFailure("the commit cannot be prepared: \(SystemError("mkdir", folder))")
    }
    let index = folder + "/commit-index"
    unlink(index)
    unlink(index + ".lock")
    return index
  }

  /// Throws where a commit may not be taken back: HEAD has moved on, or a remote has it.
  func refuseTakingBack(_ id: String) throws(GitFailure) {
    let revert = "git revert \(id.prefix(12))"
    guard try repository.head() == id else {
      throw GitFailure("HEAD is no longer the run's commit \(id.prefix(12))", hint: revert)
    }
    if try !repository.ask(["for-each-ref", "--contains", id, "refs/remotes"]).isEmpty {
      throw GitFailure("the run's commit \(id.prefix(12)) has been pushed", hint: revert)
    }
  }

  /// Takes back a commit that mtor made: HEAD goes to its parent, the person's index forgets the
  /// commit's entries for these paths, and the files stay as they are.
  func takeBack(_ id: String, paths: [RelativePath]) throws(GitFailure) {
    try refuseTakingBack(id)
    let list = GitRepository.nulEnded(paths)
    let parent = try repository.askWhether(["rev-parse", "--quiet", "--verify", id + "^"])
    if let parent {
      let target = GitRepository.line(parent)
      _ = try repository.ask(["update-ref", "-m", "mtor undo", "HEAD", target, id])
      _ = try repository.ask(
        ["reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul"], input: list)
    } else {
      _ = try repository.ask(["update-ref", "-m", "mtor undo", "-d", "HEAD", id])
      _ = try repository.ask(["update-index", "--force-remove", "-z", "--stdin"], input: list)
    }
  }
}
