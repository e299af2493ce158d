import Platform

/// Repairs that stand in the tree before the commands have passed there.
///
/// A record is written before the first of them lands and removed when they are accepted. Recovery
/// that finds it takes back what the run has done since: bytes that nothing has confirmed are
/// never taken for an accepted repair.
extension Materialiser {
  static let trialKind = "trial"

  /// A run and the last number of the undo store from before its trial.
  struct Trial {
    var run: String
    /// The name that a folder of the undo store with this number would have.
    var since: String

    /// True for what the run has landed since.
    func holds(_ entry: UndoStoreEntry) -> Bool {
      entry.journal.header.run == run && entry.name > since
    }
  }

  /// From now on what lands is on trial, until it is accepted or taken back.
  public func beginTrial(run: String) throws(TreeError) {
    if trial != nil { return }
    try requireRecovered()
    try state.create()
    let since = try state.attempt { () throws(SystemError) in
      StateFolder.Names.donePrefix + (try state.nextNumber())
    }
    let line = Array("run \(JournalLines.escaped(run)) \(since)\n".utf8)
    // Made durable by the sync that comes before the first change.
    try state.writeSealed(
      StateFolder.Names.trial, SealedFile.heading(Self.trialKind) + line)
    trial = Trial(run: run, since: since)
  }

  /// What is on trial stands.
  public func acceptTrial() throws(TreeError) {
    if trial == nil { return }
    try endTrial()
  }

  /// Puts back every path that was changed since the trial began; nil where nothing was.
  public func takeBackTrial() throws(TreeError) -> UndoReport? {
    guard let trial else { return nil }
    return try takeBack(trial)
  }

  private func takeBack(_ trial: Trial) throws(TreeError) -> UndoReport? {
    let entries = try state.undoStore().filter(trial.holds)
    guard entries.contains(where: \.changesFiles) else {
      try state.attempt { () throws(SystemError) in
        for entry in entries { try discard(entry.name) }
      }
      state.forgetMemory()
      try endTrial()
      return nil
    }
    return try undo(entries, run: trial.run, since: trial.since)
  }

  private func endTrial() throws(TreeError) {
    do throws(SystemError) {
      try state.remove(StateFolder.Names.trial)
      try syncRoom()
    } catch {
      throw .system(
        error, note: "the repair is whole but counts as cut off; mtor recover takes it back")
    }
    trial = nil
  }

  /// The trial that was cut off; nil where none was.
  func readTrial() throws(TreeError) -> Trial? {
    let name = StateFolder.Names.trial
    guard var body = try state.readSealed(name, kind: Self.trialKind) else { return nil }
    var line = JournalLines.nextLine(&body)
    guard JournalLines.word(&line) == "run", let run = JournalLines.word(&line),
      let since = JournalLines.word(&line)
    else { throw state.fault(.damaged, in: name) }
    return Trial(run: JournalLines.unescaped(run), since: since)
  }

  /// Takes back a repair that was cut off before the commands had confirmed it.
  func recoverTrial(_ trial: Trial) throws(TreeError) -> [String] {
    guard let report = try takeBack(trial) else { return [] }
    recovered = report.following(recovered)
    return [
      "a repair of run \(Printable.escaped(trial.run)) was cut off before its tests had passed in "
        + "the tree and was taken back"
        + (report.left.isEmpty
          ? ": the files are as before it" : ", but for what was changed meanwhile")
    ] + report.kept
  }
}
