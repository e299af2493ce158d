import Events
import Planning
import Platform
import Records
import Testing

/// What the ledger says of notes, against the events themselves.
@Suite struct NoteEvidenceTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path("ledger.sqlite") }

  private static func language(_ path: String) -> String? {
    path.hasSuffix(".py") ? "python" : path.hasSuffix(".go") ? "go" : nil
  }

  private func attempt(
    _ number: Int, _ model: String, _ notes: [String], passed: Bool, requests: Int = 1,
    by: AttemptRecord.Proposer = .model
  ) -> AttemptRecord {
    var record = AttemptRecord(
      number: number, by: by, model: model, outcome: passed ? .fixed : .notFixed)
    record.notes = notes
    record.usage = ModelUsage(requests: requests, inputTokens: 10, outputTokens: 1)
    return record
  }

  private func write(
    _ id: String, root: String = "/r", at time: Int64 = 0, files: [String] = ["a.py"],
    outcome: StepOutcome? = .repaired, _ attempts: [AttemptRecord]
  ) {
    let events = LedgerTests.run(id, root: root, at: time) { emit in
      emit(.stepStarted(id: "s", index: 1, of: 1))
      emit(
        .filesLanded(
          step: "s",
          files: files.map { FileRecord(path: $0, action: .created, digest: Digest(of: [])) }))
      for attempt in attempts { emit(.attemptEnded(step: "s", attempt)) }
      if let outcome { emit(.stepEnded(id: "s", outcome: outcome, reason: nil)) }
    }
    let ledger = Ledger(path: path)
    for event in events { ledger.receive(event) }
  }

  @Test func repairsAreCountedByModelAndLanguage() throws {
    write("1", [attempt(1, "m", ["n"], passed: false), attempt(2, "m", ["n"], passed: true)])
    write("2", at: 1, [attempt(1, "m", [], passed: true)])
    write("3", at: 2, files: ["a.go", "b.go", "c.py"], [attempt(1, "m", ["n"], passed: false)])
    // Two models in one repair: the first could not, the second could.
    write(
      "4", at: 3, [attempt(1, "m", ["n"], passed: false), attempt(2, "k", ["n"], passed: true)])
    write("5", root: "/other", at: 4, [attempt(1, "m", ["n"], passed: true)])
    // Nothing was sent, and a check of a note is no request.
    write(
      "6", at: 5,
      [
        attempt(1, "m", [], passed: false, requests: 0),
        attempt(2, "lint", ["n"], passed: true, requests: 0, by: .fixer),
      ])
    let reader = try #require(try LedgerReader.open(at: path))
    let found = try reader.noteEvidence(of: "/r", language: Self.language)
    #expect(Array(found.keys) == ["n"])
    let note = try #require(found["n"])
    #expect(
      note.comparisons == [
        .init(
          model: "k", language: "python", with: .init(repairs: 1, passed: 1, rounds: 1),
          without: .init()),
        .init(model: "m", language: "go", with: .init(repairs: 1), without: .init()),
        .init(
          model: "m", language: "python", with: .init(repairs: 2, passed: 1, rounds: 2),
          without: .init(repairs: 1, passed: 1, rounds: 1)),
      ])
    // A repair is one, however many models tried.
    #expect(note.sent == .init(repairs: 3, passed: 2, rounds: 4))
    #expect(note.comparisons.allSatisfy { !$0.isEnough })
  }

  @Test func failuresInARowAreCounted() throws {
    for index in 0..<30 {
      write("\(index)", at: Int64(index), [attempt(1, "m", ["n"], passed: index == 4)])
    }
    let reader = try #require(try LedgerReader.open(at: path))
    #expect(
      try reader.noteEvidence(of: "/r", language: Self.language)["n"]?.withoutEffect == 25)
  }

  @Test func tenRepairsThatTwoModelsFailedAreTen() throws {
    for index in 0..<10 {
      write(
        "\(index)", at: Int64(index), outcome: .stalled,
        [attempt(1, "m", ["n"], passed: false), attempt(2, "k", ["n"], passed: false)])
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let note = try #require(try reader.noteEvidence(of: "/r", language: Self.language)["n"])
    #expect(note.withoutEffect == 10)
    #expect(note.sent == .init(repairs: 10))
    #expect(note.comparisons.map(\.with.repairs) == [10, 10])
  }

  @Test func whatStayedRedAfterwardsDidNotPass() throws {
    write("1", outcome: .failed, [attempt(1, "m", ["n"], passed: true)])
    write("2", at: 1, outcome: .repaired, [attempt(1, "m", ["n"], passed: true)])
    write("3", at: 2, outcome: .stalled, [attempt(1, "m", ["n"], passed: true)])
    let reader = try #require(try LedgerReader.open(at: path))
    let note = try #require(try reader.noteEvidence(of: "/r", language: Self.language)["n"])
    #expect(note.sent == .init(repairs: 3, passed: 1, rounds: 1))
    #expect(note.comparisons.map(\.with) == [.init(repairs: 3, passed: 1, rounds: 1)])
    #expect(note.withoutEffect == 1)
  }

  @Test(arguments: [(RunOutcome.repaired, 1), (.failed, 0)])
  func aRepairOfVerifyPassesWithItsRun(_ outcome: RunOutcome, _ passed: Int) throws {
    let ledger = Ledger(path: path)
    let attempt = attempt(1, "m", ["n"], passed: true)
    for event in LedgerTests.run(
      "v", root: "/r", outcome: outcome,
      { emit in
        emit(.attemptEnded(step: nil, attempt))
      })
    {
      ledger.receive(event)
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let note = try #require(try reader.noteEvidence(of: "/r", language: Self.language)["n"])
    #expect(note.sent == .init(repairs: 1, passed: passed, rounds: passed))
  }

  /// The same counts on random histories, taken from the reports one by one.
  @Test func randomHistoriesAgreeWithTheEvents() throws {
    let seed = UInt64.random(in: .min ... .max)
    var reports: [RunReport] = []
    for index in 0..<60 {
      let run = RandomRun(
        seed: seed &+ UInt64(index), id: "r\(index)", started: Int64(index) * 1_000_000_000_000)
      let ledger = Ledger(path: path)
      for event in run.events { ledger.receive(event) }
      if let report = try LedgerReader.open(at: path)?.report(of: run.id) {
        reports.append(report)
      }
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let found = try reader.noteEvidence(of: "/tmp/a") { _ in nil }
    func isAsked(_ attempt: AttemptRecord) -> Bool {
      (attempt.by == .model || attempt.by == .agent)
        && (attempt.usage.requests > 0 || attempt.usage.unmetered > 0 || !attempt.notes.isEmpty)
    }
    let mine = reports.filter { $0.root == "/tmp/a" }
    let green: [StepOutcome] = [.passed, .flaky, .fixed, .remembered, .repaired]
    let repairs = mine.flatMap { report in
      [
        (
          attempts: report.attempts.filter(isAsked),
          isGreen: report.end?.outcome == .passed || report.end?.outcome == .repaired
        )
      ]
        + report.steps.map { step in
          (
            attempts: step.attempts.filter(isAsked),
            isGreen: step.outcome.map(green.contains) ?? false
          )
        }
    }
    let notes = Set(repairs.flatMap { $0.attempts.flatMap(\.notes) })
    #expect(Set(found.keys) == notes, "seed \(seed)")
    for note in notes {
      for comparison in found[note]?.comparisons ?? [] {
        let own = repairs.map { repair in
          (
            attempts: repair.attempts.filter {
              ($0.model ?? $0.by.rawValue) == comparison.model
            }, isGreen: repair.isGreen
          )
        }.filter { !$0.attempts.isEmpty }
        let with = own.filter { $0.attempts.contains { $0.notes.contains(note) } }
        let passed = with.filter { repair in
          repair.isGreen && repair.attempts.contains { $0.outcome == .fixed }
        }
        #expect(comparison.with.repairs == with.count, "seed \(seed)")
        #expect(comparison.with.passed == passed.count, "seed \(seed)")
        #expect(
          comparison.with.rounds == passed.reduce(0) { $0 + $1.attempts.count }, "seed \(seed)")
        #expect(comparison.without.repairs == own.count - with.count, "seed \(seed)")
      }
    }
  }
}
