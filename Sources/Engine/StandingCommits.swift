import Glibc
import Planning
import Platform

/// The commits of a run whose files were put back: HEAD still has them.
struct StandingCommits {
  /// One for each manifest that asked for one.
  let newestFirst: [String]
  let view: TreeView

  /// Remembers them, so that the next apply takes the files that were put back for committed ones.
  func note() throws {
    guard let repository = try view.repository() else { return }
    for commit in newestFirst { try UndoneCommit.note(commit, repository, view.state) }
  }

  /// That they stand, with the command that takes them back.
  var sentence: String {
    let what = newestFirst.count == 1 ? "the run's commit stands" : "the run's commits stand"
    return "HEAD was not moved; \(what): \(reverting ?? ids)"
  }

  /// What commits the state that the files are back in; nil where git cannot be asked, or has
  /// nothing to take back.
  ///
  /// Not `git revert`: it refuses where files differ from HEAD, and these do since they were put
  /// back. The paths alone are committed, so that what else is staged stays so.
  var reverting: String? {
    do {
      guard let repository = try view.repository() else { return nil }
      let head = Set(
        GitRepository.records(
          try repository.ask(["ls-tree", "-r", "-z", "--full-tree", "--name-only", "HEAD"])))
      let changed = try changedPaths(repository)
      // What HEAD has and nobody else: git commits its removal as well.
      let unknown = changed.filter { !head.contains($0) && Self.isFile("\(repository.top)/\($0)") }
      let paths = changed.filter { head.contains($0) || unknown.contains($0) }
      if paths.isEmpty { return nil }
      if paths.count > Self.mostPaths {
        return "\(ids); commit the \(paths.count) paths of it as they are now to take it back"
      }
      let adding = unknown.isEmpty ? "" : "git add -f -- \(Self.arguments(unknown)) && "
      return adding + "git commit -m 'Revert \(ids)' -- \(Self.arguments(paths))"
    } catch {
      // The commits are named all the same.
      return nil
    }
  }

  /// Beyond this many paths a command is no line that anybody reads or copies.
  private static let mostPaths = 20

  private var ids: String { newestFirst.map { String($0.prefix(12)) }.joined(separator: " ") }

  /// What the commits changed, below the top of the work tree, in order.
  private func changedPaths(_ repository: GitRepository) throws(GitFailure) -> [String] {
    var paths: Set<RelativePath> = []
    for id in newestFirst {
      let parent = try repository.askWhether(["rev-parse", "--quiet", "--verify", id + "^"])
      for change in try repository.treeChanges(from: parent.map(GitRepository.line), to: id) {
        paths.insert(change.path)
      }
    }
    return paths.sorted().map(\.text)
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// Each from the top of the work tree, in whatever folder it is typed.
  private static func arguments(_ paths: [String]) -> String {
    paths.map { path in
      let isPlain = path.unicodeScalars.allSatisfy {
        $0.isASCII && $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "/._-+@".unicodeScalars.contains($0)
      }
      // Other signs behind `:/` would mean something to git, or to a shell.
      if isPlain, path.unicodeScalars.first?.properties.isAlphabetic == true { return ":/\(path)" }
      let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''")
      return "':(top,literal)\(quoted)'"
    }.joined(separator: " ")
  }
}
