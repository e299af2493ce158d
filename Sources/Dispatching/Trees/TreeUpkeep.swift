import Glibc
public import Subprocess

/// Removes what forgotten tasks left.
public struct TreeUpkeep {
  private let folder: String
  private let git: Git

  public init(folder: String, runner: CommandRunner) {
    self.folder = folder + "/trees"
    git = Git(runner: runner)
  }

  /// Removes a task's work trees, and its branches where another branch holds what is on them;
  /// nil, or why not.
  public func remove(_ task: RemovedTask) -> String? {
    do throws(GitError) {
      let trees = TaskTrees(folder: folder, git: git)
      for generation in 1...max(1, task.generations) {
        let path = trees.place(of: task.id, generation: generation)
        let branch = access(path, F_OK) == 0 ? try trees.branch(of: path) : nil
        try trees.clear(path, in: task.repository)
        if let branch { try remove(branch, in: task.repository) }
      }
      return nil
    } catch {
      return error.message
    }
  }

  private func remove(_ reference: String, in repository: String) throws(GitError) {
    guard reference.hasPrefix("refs/heads/mtor/"),
      let answer = try git.ask(
        ["rev-parse", "--quiet", "--verify", reference + "^{commit}"], in: repository)
    else { return }
    let commit = String(answer.prefix { $0 != "\n" })
    let holders = try git.run(
      ["for-each-ref", "--contains", commit, "--format=%(refname)", "refs/heads"], in: repository)
    if holders.split(separator: "\n").contains(where: { $0 != reference }) {
      _ = try git.run(["update-ref", "-d", reference, commit], in: repository)
    }
  }
}
