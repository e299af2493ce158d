import Glibc
import Materialising
import Planning
import Platform
import YAMLTree

/// What stood before a commit whose run was undone: as long as HEAD stays there, those files count
/// as they counted before that run, which is as committed.
struct UndoneCommit {
  private var entries: [String: (mode: String, object: String)] = [:]

  /// Nil where HEAD is no such commit.
  init?(_ repository: GitRepository, _ state: StateFolder) throws {
    guard let commit = try state.undoneCommit(), try repository.head() == commit,
      let answer = try repository.askWhether(
        ["rev-parse", "--quiet", "--verify", commit + "^"])
    else { return nil }
    let parent = GitRepository.line(answer)
    // `MODE TYPE OBJECT<tab>PATH` each, relative to the root.
    for record in GitRepository.records(try repository.ask(["ls-tree", "-r", "-z", parent])) {
      let halves = record.split(separator: "\t", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let words = halves[0].split(separator: " ")
      guard words.count == 3 else { continue }
      entries[String(halves[1])] = (String(words[0]), String(words[2]))
    }
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
