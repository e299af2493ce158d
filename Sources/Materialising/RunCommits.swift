import Platform

/// The commits that runs have made, kept beside the undo store: what an undo leaves standing is known
/// without the ledger, which may be pruned, locked or gone.
extension StateFolder {
  private static let runCommitsKind = "run-commits"

  /// The commits of a run, the oldest first; nothing where none was recorded.
  public func commits(of run: String) throws(TreeError) -> [String] {
    try runCommits().filter { $0.run == run }.map(\.commit)
  }

  /// Records a commit; those of runs that can no longer be undone are let go. The caller holds the
  /// tree's lock.
  public func record(commit: String, of run: String) throws(TreeError) {
    // Nothing has ever landed: then there is nothing to undo either.
    if isAbsent { return }
    var kept: Set<String> = []
    for name in try doneNames() {
      if let header = try header(in: name) { kept.insert(header.run) }
    }
    var body = SealedFile.heading(Self.runCommitsKind)
    for known in try trustedCommits() where kept.contains(known.run) || known.run == run {
      body += "\(JournalLines.escaped(known.run)) \(known.commit)\n".utf8
    }
    body += "\(JournalLines.escaped(run)) \(commit)\n".utf8
    try writeSealed(Names.runCommits, body)
  }

  /// What is known of earlier commits; nothing where the record of them is damaged. They are in the
  /// ledger too, and the one that was just made must not go with them.
  private func trustedCommits() throws(TreeError) -> [(run: String, commit: String)] {
    do throws(TreeError) { return try runCommits() } catch {
      guard case .state = error else { throw error }
      return []
    }
  }

  private func runCommits() throws(TreeError) -> [(run: String, commit: String)] {
    guard var body = try readSealed(Names.runCommits, kind: Self.runCommitsKind) else { return [] }
    var commits: [(run: String, commit: String)] = []
    while !body.isEmpty {
      var line = JournalLines.nextLine(&body)
      guard let run = JournalLines.word(&line), let commit = JournalLines.word(&line) else {
        throw fault(.damaged, in: Names.runCommits)
      }
      commits.append((JournalLines.unescaped(run), commit))
    }
    return commits
  }
}
