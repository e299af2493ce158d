import Events
import Platform

extension Database {
  /// One attempt of a model or an agent at which something was sent.
  private struct Asked {
    let run: Int64
    let step: Int
    let model: String
    let isFixed: Bool
    let notes: [String]
    /// How the step ended, or the run for `verify`; nil where it has not.
    let end: String?
  }

  /// What the ledger knows of every note that was sent in a tree, by id.
  ///
  /// `language` gives the language of a path, nil where it tells none; a repair is in the language
  /// that most of its step's files are in. What passed in a shadow and not with its step did not
  /// pass. Linear in the tree's attempts and their steps' files.
  func noteEvidence(
    of root: String, language: (String) -> String?
  ) throws(DatabaseError) -> [String: NoteEvidence] {
    let asked = try rows(
      """
      SELECT a.run, a.step, a.proposer, a.model, a.outcome, a.notes,
        CASE WHEN a.step < 0 THEN r.outcome ELSE s.outcome END
      FROM attempts a JOIN runs r ON r.id = a.run
        LEFT JOIN steps s ON s.run = a.run AND s.position = a.step
      WHERE r.root = ? AND a.proposer IN ('model', 'agent')
        AND (a.requests > 0 OR a.unmetered > 0 OR a.notes <> '[]')
      ORDER BY r.started, a.run, a.step, a.position
      """, [.text(root)]
    ) { row in
      Asked(
        run: row.integer(0) ?? 0, step: row.int(1), model: row.optionalText(3) ?? row.text(2),
        isFixed: row.text(4) == AttemptRecord.Outcome.fixed.rawValue,
        notes: LedgerReader.list(row.text(5)), end: row.optionalText(6))
    }
    var sums = NoteEvidenceSums()
    var start = 0
    while start < asked.count {
      let first = asked[start]
      var end = start
      while end < asked.count, asked[end].run == first.run, asked[end].step == first.step {
        end += 1
      }
      let spoken = try self.language(ofRun: first.run, step: first.step, language)
      let isGreen = first.end.map(Self.isGreen) ?? false
      let byModel = Dictionary(grouping: asked[start..<end], by: \.model)
      let parts = byModel.sorted { $0.key < $1.key }.map { model, attempts in
        NoteEvidenceSums.Part(
          model: model, notes: Set(attempts.flatMap(\.notes)),
          passed: isGreen && attempts.contains(where: \.isFixed), rounds: attempts.count)
      }
      sums.add(parts, language: spoken, isOpen: first.end == nil)
      start = end
    }
    return sums.evidence
  }

  /// True for the outcomes, of steps and of runs, with which a repair holds.
  private static func isGreen(_ outcome: String) -> Bool {
    if let step = StepOutcome(rawValue: outcome) {
      return [.passed, .flaky, .fixed, .remembered, .repaired].contains(step)
    }
    return false
  }

  /// The language that most of a step's files are in; `other` where none tells.
  private func language(
    ofRun run: Int64, step: Int, _ language: (String) -> String?
  ) throws(DatabaseError) -> String {
    // `verify` is repaired in the scope of all steps.
    let paths = try rows(
      "SELECT path FROM files WHERE run = ?1 AND (?2 < 0 OR step = ?2)",
      [.integer(run), SQLValue(step)]
    ) { $0.text(0) }
    var counts: [String: Int] = [:]
    for path in paths { if let found = language(path) { counts[found, default: 0] += 1 } }
    return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? "other"
  }
}

extension LedgerReader {
  /// What the ledger knows of every note that was sent in a tree, by id; `language` gives the
  /// language of a path, nil where it tells none.
  public func noteEvidence(
    of root: String, language: (String) -> String?
  ) throws(LedgerError) -> [String: NoteEvidence] {
    try reading { () throws(DatabaseError) in
      try database.noteEvidence(of: root, language: language)
    }
  }
}

extension RepairRecords {
  /// What the ledger knows of every note that was sent in a tree, by id; `language` gives the
  /// language of a path, nil where it tells none.
  public func noteEvidence(
    of root: String, language: (String) -> String?
  ) throws(LedgerError) -> [String: NoteEvidence] {
    try reading { database throws(DatabaseError) in
      try database.noteEvidence(of: root, language: language)
    }
  }
}
