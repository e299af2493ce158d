import Materialising
import Planning
import Platform

/// What stood before the commits of runs that were undone: as long as HEAD stays there, those files
/// count as they counted before the runs, which is as committed.
struct UndoneCommit {
  private let files: CommittedFiles

  /// Nil where HEAD is no such commit.
  init?(_ repository: GitRepository, _ state: StateFolder) throws {
    guard let undone = try state.undoneCommits(), try repository.head() == undone.head,
      let files = try CommittedFiles(of: undone.oldest + "^", repository)
    else { return nil }
    self.files = files
  }

  /// Remembers the commit of a run that was undone: HEAD, or what lies below such ones.
  static func note(
    _ commit: String, _ repository: GitRepository, _ state: StateFolder
  ) throws {
    guard let head = try repository.head() else { return }
    if head != commit {
      guard let known = try state.undoneCommits(), known.head == head,
        let below = try repository.askWhether(
          ["rev-parse", "--quiet", "--verify", known.oldest + "^"]),
        GitRepository.line(below) == commit
      else { return }
    }
    try state.keep(UndoneCommits(head: head, oldest: commit))
  }

  /// True if a path is as it was before that commit.
  func holds(_ present: FileState, at path: RelativePath, of tree: RootTree) throws -> Bool {
    if case .absent = present { return false }
    return try files.holds(present, at: path, of: tree)
  }
}
