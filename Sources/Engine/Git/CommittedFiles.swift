import Glibc
import Planning
import Platform
import YAMLTree

/// The files below the root that a commit holds.
struct CommittedFiles {
  private var entries: [RelativePath: (mode: String, object: String)] = [:]

  /// Nil where there is no such commit.
  init?(of commit: String, _ repository: GitRepository) throws(GitFailure) {
    let name = ["rev-parse", "--quiet", "--verify", commit + "^{commit}"]
    guard try repository.askWhether(name) != nil else { return nil }
    // `MODE TYPE OBJECT<tab>PATH` each, relative to the root.
    for record in GitRepository.records(try repository.ask(["ls-tree", "-r", "-z", commit])) {
      let halves = record.split(separator: "\t", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let words = halves[0].split(separator: " ")
      guard words.count == 3 else { continue }
      entries[RelativePath(listed: String(halves[1]))] = (String(words[0]), String(words[2]))
    }
  }

  /// The id of a path's contents; nil where the commit has none.
  func object(at path: RelativePath) -> String? { entries[path]?.object }

  /// True if the commit has a path as a state says; the bytes of one without them are the tree's.
  func holds(
    _ state: FileState, at path: RelativePath, of tree: RootTree
  ) throws(SystemError) -> Bool {
    guard let entry = entries[path] else {
      if case .absent = state { return true } else { return false }
    }
    switch state {
    case .absent: return false
    case .symlink(let target):
      return entry.mode == "120000"
        && GitObject.id(of: Array(target.utf8), like: entry.object) == entry.object
    case .regular(let file):
      guard entry.mode.hasPrefix("100") else { return false }
      if let content = file.content {
        return GitObject.id(of: content.decoded(), like: entry.object) == entry.object
      }
      guard let status = try tree.reachableStatus(of: path), status.kind == .regular else {
        return false
      }
      let bytes = try tree.bytes(of: path, limit: Int(status.size) + 1)
      return GitObject.id(of: bytes, like: entry.object) == entry.object
    }
  }
}
