import Glibc
import Platform
public import Subprocess

/// Removes what forgotten tasks left.
public struct TreeUpkeep {
  private let folder: String
  private let runs: String
  private let git: Git

  public init(folder: String, runner: CommandRunner) {
    self.folder = folder + "/trees"
    runs = folder + "/runs"
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
      removeRuns(of: task.id)
      return nil
    } catch {
      return error.message
    }
  }

  /// Removes the work trees of a batch that its own queue knows nothing of, with what was left of
  /// their runs; why where that cannot be done.
  public func remove(batch: String) -> [String] {
    var faults: [String] = []
    let trees = TaskTrees(folder: folder, git: git)
    for name in names(folder) where name.hasPrefix("\(batch).") {
      // What its repository knows of it is gone with the next tree that is made there.
      do throws(GitError) { try trees.discard("\(folder)/\(name)") } catch {
        faults.append(error.message)
      }
    }
    for name in names(runs) where name.hasPrefix("\(batch).") { TaskRun.remove("\(runs)/\(name)") }
    return faults
  }

  /// Removes what a killed worker left of a task's runs.
  public func removeRuns(of task: String) {
    for name in names(runs) where name.hasPrefix("\(task)~") { TaskRun.remove("\(runs)/\(name)") }
  }

  /// None where there is no such folder, or none that can be read: then nothing is removed.
  private func names(_ folder: String) -> [String] {
    do throws(SystemError) {
      return try FolderListing.names(of: Descriptor.open(folder, O_RDONLY), path: folder)
    } catch { return [] }
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
