import Glibc
import Platform
import Subprocess

/// The git work trees that tasks work in: one for each, on a branch of its own, below the state
/// folder. The checkout that a person works in is never touched.
struct TaskTrees {
  /// Absolute.
  let folder: String
  let git: Git

  /// Makes the tree of a task, or gives back the one of an earlier attempt.
  func prepare(_ lease: Lease) throws(GitError) -> TaskTree {
    let repository = lease.order.work.repository
    if let tree = lease.tree, try isThere(tree) {
      try removeLocks(of: tree, in: repository)
      return tree
    }
    let base = try start(of: lease)
    let path = place(of: lease.order.id.text, generation: lease.generation)
    try clear(path, in: repository)
    let branch = try freeBranch(for: lease.order.id, at: base, in: repository)
    do throws(SystemError) { try Self.makeFolder(folder) } catch {
      throw GitError(message: "the work tree cannot be made: \(error)")
    }
    try remove("\(repository)/refs/heads/\(branch.name).lock")
    let settings = try git.settings(withoutFiltersOf: repository)
    // Twice: what git had locked when it was killed in the middle of the same is nobody's tree.
    let add = ["worktree", "add", "--quiet", "--force", "--force"]
    if branch.isThere {
      _ = try git.run(add + [path, branch.name], in: repository, settings)
    } else {
      _ = try git.run(add + ["-b", branch.name, path, base], in: repository, settings)
    }
    return TaskTree(path: path, branch: branch.name, base: base)
  }

  /// The folder of a task's tree: another for each time that it was dispatched.
  func place(of id: String, generation: Int) -> String {
    "\(folder)/\(id)" + (generation > 1 ? "~\(generation)" : "")
  }

  /// Where a task begins: the commit of its order, or what it waited for in the same repository,
  /// of which one has to hold all others.
  private func start(of lease: Lease) throws(GitError) -> String {
    let repository = lease.order.work.repository
    let commit = lease.order.work.commit
    guard Self.isCommit(commit) else { throw GitError(message: "the commit is none") }
    var best = commit
    for other in lease.foundations {
      if try holds(other, best, repository) {
        best = other
      } else if try !holds(best, other, repository) {
        throw GitError(
          message: "what it waits for stands on branches of which none holds the other: merge "
            + "them, then dispatch it on the result")
      }
    }
    guard try git.ask(["cat-file", "-e", best + "^{commit}"], in: repository) != nil else {
      throw GitError(message: "the repository has no commit \(best.prefix(12))")
    }
    return best
  }

  /// Whether a commit has another among its ancestors, or is it.
  private func holds(
    _ commit: String, _ ancestor: String, _ repository: String
  ) throws(GitError) -> Bool {
    try git.ask(["merge-base", "--is-ancestor", ancestor, commit], in: repository) != nil
  }

  /// 40 or 64 hexadecimal digits: nothing that git could take for an option or an expression.
  static func isCommit(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A name that no other branch has. What a preparation left that was cut off is used again: it
  /// stands where it was made, so nothing is lost.
  private func freeBranch(
    for id: TaskId, at base: String, in repository: String
  ) throws(GitError) -> (name: String, isThere: Bool) {
    for number in 1...10_000 {
      let name = "mtor/\(id.batch)/\(id.task)" + (number > 1 ? ".\(number)" : "")
      let reference = "refs/heads/\(name)"
      guard
        let present = try git.ask(
          ["rev-parse", "--quiet", "--verify", reference + "^{commit}"], in: repository)
      else { return (name, false) }
      let users = try git.run(["worktree", "list", "--porcelain"], in: repository)
      let isUsed = users.split(separator: "\n").contains { $0 == "branch \(reference)" }
      if !isUsed && present.prefix(while: { $0 != "\n" }) == base { return (name, true) }
    }
    throw GitError(message: "there is no free name of a branch for '\(id.text)'")
  }

  private func isThere(_ tree: TaskTree) throws(GitError) -> Bool {
    var status = stat()
    if lstat(tree.path, &status) != 0 {
      if errno == ENOENT { return false }
      throw GitError(
        message: "the work tree cannot be looked at: \(SystemError("lstat", tree.path))")
    }
    return try branch(of: tree.path) == "refs/heads/\(tree.branch)"
  }

  /// The whole name of the branch that a tree is on; nil where it is on none.
  func branch(of path: String) throws(GitError) -> String? {
    let head = try git.ask(["symbolic-ref", "--quiet", "HEAD"], in: path)
    return head.map { String($0.prefix { $0 != "\n" }) }
  }

  /// Removes what git locked when it was killed; the processes of that attempt are gone.
  private func removeLocks(of tree: TaskTree, in repository: String) throws(GitError) {
    let own = try git.line(["rev-parse", "--absolute-git-dir"], in: tree.path)
    let locks = ["\(repository)/refs/heads/\(tree.branch).lock"]
    for lock in locks + ["HEAD.lock", "index.lock"].map({ "\(own)/\($0)" }) { try remove(lock) }
  }

  private func remove(_ lock: String) throws(GitError) {
    if unlink(lock) != 0 && errno != ENOENT && errno != ENOTDIR {
      throw GitError(message: "a lock of git cannot be removed: \(SystemError("unlink", lock))")
    }
  }

  /// Removes a tree that a preparation left, or one of a task that is forgotten.
  func clear(_ path: String, in repository: String) throws(GitError) {
    var status = stat()
    if lstat(path, &status) == 0 {
      do throws(GitError) {
        _ = try git.run(["worktree", "remove", "--force", "--force", path], in: repository)
      } catch {
        // What git does not know as a tree of its own is removed below.
        if error.isStopped { throw error }
      }
      try discard(path)
    }
    _ = try git.run(["worktree", "prune"], in: repository)
  }

  /// Removes the folder of a tree, whatever git knows of it.
  func discard(_ path: String) throws(GitError) {
    let removal = Command(
      .executable("rm", ["-rf", "--", path]), directory: "/",
      environment: ["PATH": "/usr/bin:/bin"])
    do { _ = try git.runner.run(removal) } catch {
      throw GitError(message: "\(Printable.escaped(path)) cannot be removed: \(error)")
    }
    var status = stat()
    if lstat(path, &status) == 0 {
      throw GitError(message: "\(Printable.escaped(path)) cannot be removed")
    }
  }

  /// Puts a tree back to what it was made from: nothing that a cancelled run did is left. A tree
  /// that was taken to another branch stays as it is: that branch is somebody's.
  func reset(_ tree: TaskTree, in repository: String) throws(GitError) {
    try checkBranch(of: tree, in: repository)
    let settings = try git.settings(withoutFiltersOf: tree.path)
    _ = try git.run(["reset", "--quiet", "--hard", tree.base], in: tree.path, settings)
    _ = try git.run(["clean", "-ffdxq"], in: tree.path, settings)
  }

  /// The commit that the tree's branch is at.
  func head(of tree: TaskTree, in repository: String) throws(GitError) -> String {
    try checkBranch(of: tree, in: repository)
    return try git.line(["rev-parse", "--verify", "HEAD^{commit}"], in: tree.path)
  }

  /// A command of the manifest may have switched the branch, or put another repository's name
  /// into the tree: what git does there would then happen to somebody else's work.
  private func checkBranch(of tree: TaskTree, in repository: String) throws(GitError) {
    let common = try git.line(
      ["rev-parse", "--path-format=absolute", "--git-common-dir"], in: tree.path)
    guard let real = Admission.real(common), real == Admission.real(repository) else {
      throw GitError(
        message: "a command made the work tree one of another repository: "
          + Printable.escaped(common))
    }
    let branch = try branch(of: tree.path)
    if branch == "refs/heads/\(tree.branch)" { return }
    let now = branch.map { "'\(Printable.escaped($0))'" } ?? "no branch"
    throw GitError(
      message: "a command took the work tree from its branch '\(tree.branch)' to \(now): a task "
        + "works on its own branch alone")
  }

  static func makeFolder(_ path: String) throws(SystemError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o700) != 0 && errno != EEXIST { throw SystemError("mkdir", made) }
    }
  }
}
