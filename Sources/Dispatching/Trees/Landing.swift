import Platform

/// `--land`: moves the branch on that a task was started from, where that needs no merge.
struct Landing {
  let git: Git

  /// Nil where it was done; else why not. Nothing is forced.
  func land(_ branch: String, to commit: String, in repository: String) -> String? {
    do throws(GitError) {
      let reference = "refs/heads/\(branch)"
      let now = try git.line(["rev-parse", "--verify", reference + "^{commit}"], in: repository)
      if now == commit { return nil }
      guard try git.ask(["merge-base", "--is-ancestor", now, commit], in: repository) != nil else {
        return "'\(Printable.escaped(branch))' has moved on"
      }
      if let checkout = try checkout(of: reference, in: repository) {
        if try git.settings(withoutFiltersOf: repository).count > Git.settings.count {
          return
            "'\(Printable.escaped(branch))' is checked out, and filters are configured: merge it"
        }
        // Somebody works there: git itself refuses where one of their files would be lost.
        _ = try git.run(["merge", "--quiet", "--ff-only", commit], in: checkout)
      } else {
        _ = try git.run(
          ["update-ref", "-m", "mtor dispatch", reference, commit, now], in: repository)
      }
      return nil
    } catch {
      return error.message
    }
  }

  private func checkout(of reference: String, in repository: String) throws(GitError) -> String? {
    var path: Substring?
    for line in try git.run(["worktree", "list", "--porcelain"], in: repository).split(
      separator: "\n")
    {
      if line.hasPrefix("worktree ") { path = line.dropFirst("worktree ".count) }
      if line == "branch \(reference)" { return path.map(String.init) }
    }
    return nil
  }
}
