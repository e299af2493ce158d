import Glibc
import Planning
import Platform
import YAMLTree

/// The commit that a manifest asks for: its paths and nothing else of the person's.
struct GitCommit {
  let repository: GitRepository
  let message: String
  /// Runs the repository's hooks as `git commit` does.
  let hooks: Bool

  /// A commit that was made.
  struct Made {
    var id: String
    /// Why the person's index could not be brought up to it; nil where it was.
    var indexFault: GitFailure?
    /// The paths whose files a hook changed after they were committed.
    var changedByHooks: [RelativePath]
  }

  /// Commits the present state of the paths; nil where nothing differs from HEAD.
  ///
  /// It works in an index of its own, made from HEAD; afterwards the person's own index gets what
  /// the commit changed, hooks included, so that what else is staged stays staged and out of it.
  ///
  /// - Parameters:
  ///   - declared: those of the paths whose bytes git has to keep.
  ///   - behind: paths of which the index lacks what HEAD has: they get it in any case.
  /// - Throws: `GitFailure` also where a hook put other bytes at one of the paths: what would be
  ///   committed is not what was tested, and the commit is taken back.
  func make(
    of paths: [RelativePath], declared: Set<RelativePath> = [], behind: [RelativePath] = []
  ) throws(GitFailure) -> Made? {
    let head = try repository.head()
    // The run holds the tree's lock, so one name serves; recovery clears what a kill left.
    let index = try ownIndex()
    defer {
      unlink(index)
      unlink(index + ".lock")
    }
    let own = ["GIT_INDEX_FILE": index]
    var gone: [RelativePath] = []
    var files: [RelativePath] = []
    var blocked: [RelativePath: Bool] = [:]
    for path in paths {
      let isGone = if try isBelowFile(path, &blocked) { true } else { try isFolder(path) }
      if isGone { gone.append(path) } else { files.append(path) }
    }
    _ = try repository.ask(
      head == nil ? ["read-tree", "--empty"] : ["read-tree", "HEAD"], environment: own)
    // A file that has become a folder: what is in it has paths of its own. A folder that has become
    // a link or a file: git refuses to look for anything beyond that.
    if !gone.isEmpty {
      _ = try repository.ask(
        ["update-index", "--force-remove", "-z", "--stdin"],
        input: GitRepository.nulEnded(gone), environment: own)
    }
    _ = try repository.ask(
      ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"],
      input: GitRepository.nulEnded(files), environment: own)
    let tree = GitRepository.line(try repository.ask(["write-tree"], environment: own))
    let old = if let head { head } else { try repository.emptyTree() }
    let changes = try repository.treeChanges(from: old, to: tree)
    if changes.isEmpty {
      if head != nil && !behind.isEmpty {
        let parent = try repository.askWhether(["rev-parse", "--quiet", "--verify", "HEAD^"])
        try bringUpIndex(from: parent.map(GitRepository.line), to: "HEAD", only: behind)
      }
      return nil
    }
    try refuseLoss(in: changes, declared: declared)
    _ = try repository.commit(
      ["commit", "--quiet", "--cleanup=verbatim", "-m", message], environment: own, hooks: hooks)
    guard let id = try repository.head() else {
      throw GitFailure("git commit ended well and HEAD names no commit")
    }
    if hooks { try refuseWhatHooksChanged(in: id, of: tree, paths, parent: head) }
    var made = Made(id: id, changedByHooks: [])
    do throws(GitFailure) {
      try bringUpIndex(from: head, to: id)
    } catch {
      made.indexFault = error
      return made
    }
    if hooks {
      // Where they are too many to name, git has told of all files.
      let differing = try repository.differing(from: id, among: paths)
      made.changedByHooks = differing.intersection(paths).sorted()
    }
    return made
  }

  /// Takes the commit back where hooks put something else at the paths than was committed.
  private func refuseWhatHooksChanged(
    in id: String, of tree: String, _ paths: [RelativePath], parent: String?
  ) throws(GitFailure) {
    let compare = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--relative"]
    let changed = GitRepository.paths(try repository.ask(compare + [tree, id]))
      .intersection(paths).sorted()
    guard let first = changed.first else { return }
    let more = changed.count == 1 ? "" : " and \(changed.count - 1) more"
    let what = "a git hook changed '\(Printable.escaped(first.text))'\(more)"
    do throws(GitFailure) { try refuseTakingBack([id]) } catch {
      throw GitFailure(
        "\(what), so that the commit \(id.prefix(12)) holds what was not tested: \(error.text)")
    }
    try moveHead(from: id, to: parent)
    throw GitFailure(
      "the commit was taken back: \(what), and what would be committed was not tested; --no-hooks "
        + "commits what is declared, or let the manifest declare what the hook makes of it")
  }

  /// Gives the person's index what one commit changed of another, nil being none, and nothing of
  /// what the files hold by now.
  private func bringUpIndex(
    from old: String?, to new: String, only paths: [RelativePath]? = nil
  ) throws(GitFailure) {
    let names = paths.map { Set($0.map { RelativePath(listed: repository.prefix + $0.text) }) }
    let changes = try repository.treeChanges(from: old, to: new)
      .filter { names?.contains($0.path) ?? true }
    // Removals first: a folder may stand where a file was.
    let records = changes.sorted { $0.isRemoval && !$1.isRemoval }
      .map { "\($0.mode) \($0.object)\t\($0.path.text)\0" }.joined()
    _ = try repository.ask(
      ["update-index", "-z", "--index-info"], input: Array(records.utf8))
    // Times and sizes, so that the next `git status` reads no file; its "no" is about others' files.
    _ = try repository.askWhether(["update-index", "-q", "--refresh"])
  }

  private func moveHead(from id: String, to parent: String?) throws(GitFailure) {
    let move = ["update-ref", "-m", "mtor: the commit was taken back"]
    _ = try repository.ask(move + (parent.map { ["HEAD", $0, id] } ?? ["-d", "HEAD", id]))
  }

  /// True if something above the path is there and is no folder; `known` keeps what was seen.
  private func isBelowFile(
    _ path: RelativePath, _ known: inout [RelativePath: Bool]
  ) throws(GitFailure) -> Bool {
    guard let folder = path.parent else { return false }
    if let known = known[folder] { return known }
    let isBlocked = if try isBelowFile(folder, &known) { true } else { try isInTheWay(folder) }
    known[folder] = isBlocked
    return isBlocked
  }

  private func isInTheWay(_ folder: RelativePath) throws(GitFailure) -> Bool {
    var status = stat()
    if lstat("\(repository.root)/\(folder.text)", &status) == 0 {
      return status.st_mode & S_IFMT != S_IFDIR
    }
    if errno == ENOENT { return false }
    throw GitFailure("the commit cannot be prepared: \(SystemError("lstat", folder.text))")
  }

  private func isFolder(_ path: RelativePath) throws(GitFailure) -> Bool {
    let file = "\(repository.root)/\(path.text)"
    var status = stat()
    if lstat(file, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
    if errno == ENOENT { return false }
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

  /// What takes commits back without moving HEAD.
  static func reverting(_ ids: [String]) -> String {
    "git revert " + ids.map { String($0.prefix(12)) }.joined(separator: " ")
  }

  /// Throws where commits, the newest first, may not be taken back: HEAD has moved on, something
  /// was committed between them, or a remote has one.
  func refuseTakingBack(_ ids: [String]) throws(GitFailure) {
    var expected = try repository.head()
    let hint = Self.reverting(ids)
    for id in ids {
      guard expected == id else {
        throw GitFailure("HEAD is no longer the run's commit \(id.prefix(12))", hint: hint)
      }
      if try !repository.ask(["for-each-ref", "--contains", id, "refs/remotes"]).isEmpty {
        throw GitFailure("the run's commit \(id.prefix(12)) has been pushed", hint: hint)
      }
      expected = try repository.askWhether(["rev-parse", "--quiet", "--verify", id + "^"])
        .map(GitRepository.line)
    }
  }

  /// Takes back a commit that mtor made: HEAD goes to its parent, the person's index to what it had
  /// before in all that the commit changed, and the files stay as they are.
  func takeBack(_ id: String) throws(GitFailure) {
    try refuseTakingBack([id])
    let parent = try repository.askWhether(["rev-parse", "--quiet", "--verify", id + "^"])
      .map(GitRepository.line)
    let move = ["update-ref", "-m", "mtor undo"]
    _ = try repository.ask(move + (parent.map { ["HEAD", $0, id] } ?? ["-d", "HEAD", id]))
    let before = if let parent { parent } else { try repository.emptyTree() }
    try bringUpIndex(from: id, to: before)
  }
}
