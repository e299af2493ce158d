import Glibc
import Materialising
import Planning
import Platform
import YAMLTree

/// What stood before the commits of runs that were undone: as long as HEAD stays there, those files
/// count as they counted before the runs, which is as committed.
struct UndoneCommit {
  private var entries: [String: (mode: String, object: String)] = [:]

  /// Nil where HEAD is no such commit.
  init?(_ repository: GitRepository, _ state: StateFolder) throws {
    guard let undone = try state.undoneCommits(), try repository.head() == undone.head,
      let parent = try Self.parent(of: undone.oldest, repository)
    else { return nil }
    // `MODE TYPE OBJECT<tab>PATH` each, relative to the root.
    for record in GitRepository.records(try repository.ask(["ls-tree", "-r", "-z", parent])) {
      let halves = record.split(separator: "\t", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let words = halves[0].split(separator: " ")
      guard words.count == 3 else { continue }
      entries[String(halves[1])] = (String(words[0]), String(words[2]))
    }
  }

  private static func parent(
    of commit: String, _ repository: GitRepository
  ) throws(GitFailure) -> String? {
    try repository.askWhether(["rev-parse", "--quiet", "--verify", commit + "^"])
      .map(GitRepository.line)
  }

  /// Remembers the commit of a run that was undone: HEAD, or what lies below such ones.
  static func note(
    _ commit: String, _ repository: GitRepository, _ state: StateFolder
  ) throws {
    guard let head = try repository.head() else { return }
    if head != commit {
      guard let known = try state.undoneCommits(), known.head == head,
        try parent(of: known.oldest, repository) == commit
      else { return }
    }
    try state.keep(UndoneCommits(head: head, oldest: commit))
  }

  /// True if a path is as it was before that commit.
  func holds(_ present: FileState, at path: RelativePath, of tree: RootTree) throws -> Bool {
    guard let entry = entries[path.text] else { return false }
    switch present {
    case .absent: return false
    case .symlink(let target):
      return entry.mode == "120000"
        && GitObject.id(of: Array(target.utf8), like: entry.object) == entry.object
    case .regular(let file):
      guard entry.mode.hasPrefix("100"), let status = try tree.status(of: path) else {
        return false
      }
      let bytes =
        try file.content?.decoded() ?? tree.bytes(of: path, limit: Int(status.size) + 1)
      return GitObject.id(of: bytes, like: entry.object) == entry.object
    }
  }
}
