import Events
import Glibc
import Planning
import Platform
import Records
import Testing

@Suite struct LedgerTests {
  private let folder = TemporaryFolder()

  private var path: String { folder.path("state/mtor/ledger.sqlite") }

  private func record(_ events: [RunEvent]) -> Ledger {
    let ledger = Ledger(path: path)
    for event in events { ledger.receive(event) }
    return ledger
  }

  @Test func whatIsShownLaterEqualsWhatTheRunReported() throws {
    let seed = UInt64.random(in: .min ... .max)
    for index in 0..<60 {
      let run = RandomRun(seed: seed &+ UInt64(index), id: "run-\(index)")
      let report = try #require(RunReport(folding: run.events))
      #expect(record(run.events).warnings == [])
      guard let reader = try LedgerReader.open(at: path),
        let stored = try reader.report(of: run.id)
      else {
        // Only a run in which nothing happened is not recorded.
        #expect(report.usage == ModelUsage(), "seed \(seed) run \(index)")
        continue
      }
      #expect(stored.json.text() == report.json.text(), "seed \(seed) run \(index)")
      #expect(stored.provenance == report.provenance, "seed \(seed) run \(index)")
      #expect(stored.ended == report.ended)
      #expect(stored.end?.canUndo == report.end?.canUndo)
      #expect(stored.end?.repairEstimate == report.end?.repairEstimate)
    }
  }

  @Test func aRunInWhichNothingHappenedLeavesNoFile() {
    let events = Self.run("quiet") { emit in
      emit(.stepStarted(id: "a", index: 0, of: 1))
      emit(
        .filesLanded(
          step: "a",
          files: [FileRecord(path: "x", action: .unchanged, digest: Digest(of: []))]))
      emit(
        .commandEnded(
          step: "a",
          CommandRecord(kind: .test, name: "t", run: "t", outcome: .cached, line: 1)))
      emit(.stepEnded(id: "a", outcome: .passed, reason: nil))
    }
    #expect(record(events).warnings == [])
    #expect(folder.mode("state") == nil)
  }

  @Test func nobodyElseMayReadIt() {
    _ = record(Self.busyRun("one"))
    #expect(folder.mode("state") == 0o700)
    #expect(folder.mode("state/mtor") == 0o700)
    #expect(folder.mode("state/mtor/ledger.sqlite") == 0o600)
    #expect(folder.mode("state/mtor/ledger.sqlite-wal") == 0o600)
  }

  @Test func secretsOfCommandsAreTakenOut() throws {
    let ledger = Ledger(path: path) { $0.replacing("hunter2", with: "[redacted]") }
    var record = CommandRecord(
      kind: .test, name: "login hunter2", run: "login hunter2", outcome: .failed, line: 1)
    record.output = "no such password: hunter2\n"
    record.reason = "hunter2 is wrong"
    let events = Self.run("secret") { emit in
      emit(.stepStarted(id: "a", index: 1, of: 1))
      emit(.commandEnded(step: "a", record))
      emit(.stepEnded(id: "a", outcome: .failed, reason: nil))
    }
    for event in events { ledger.receive(event) }
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
      let bytes = try #require(folder.read("state/mtor/" + name))
      #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let command = try reader.report(of: "secret")?.steps.first?.commands.first
    #expect(command?.output == "no such password: [redacted]\n")
  }

  @Test func aRunThatWasKilledIsThereAsFarAsItCame() throws {
    _ = record(Array(Self.busyRun("killed").dropLast()))
    let reader = try #require(try LedgerReader.open(at: path))
    let report = try #require(try reader.report(of: "killed"))
    #expect(report.end == nil)
    #expect(report.steps.map(\.id) == ["a"])
    #expect(try reader.summaries().map(\.outcome) == [nil])
  }

  @Test func aRepairOfVerifyIsThereWithItsFilesAndAsAStepThatNeededAModel() throws {
    let repaired = FileRecord(
      path: "x", action: .edited, digest: Digest(of: [1]), repairedIn: "verified")
    var attempt = AttemptRecord(number: 1, by: .model, model: "m", outcome: .fixed)
    attempt.usage = ModelUsage(requests: 1, inputTokens: 10, outputTokens: 2, usd: 0)
    let record = CommandRecord(kind: .verify, name: "v", run: "v", outcome: .failed, line: 2)
    var events = Self.busyRun("verified")
    let late: [RunEvent.Kind] = [
      .commandEnded(step: nil, record), .attemptEnded(step: nil, attempt),
      .filesLanded(step: "a", files: [repaired]),
    ]
    events.insert(
      contentsOf: late.map { RunEvent(time: events[0].time, $0) }, at: events.count - 1)
    #expect(self.record(events).warnings == [])
    let reader = try #require(try LedgerReader.open(at: path))
    let stored = try #require(try reader.report(of: "verified"))
    #expect(stored.steps.first?.files.map(\.repairedIn) == [nil, "verified"])
    #expect(stored.json.text() == RunReport(folding: events)?.json.text())
    let summary = try #require(try reader.summaries().first)
    #expect(summary.files == 2 && summary.steps == 2 && summary.stepsWithModel == 1)
    let total = try reader.statistics().total
    #expect(total.steps == 2 && total.stepsWithModel == 1 && total.shareWithoutModel == 0.5)
    #expect(total.outcomes == [.passed: 1, .repaired: 1])
  }

  @Test func runsAreFoundByIdBeginningAndLast() throws {
    for (index, id) in ["20260101-a", "20260101-b", "20260102-a_"].enumerated() {
      let root = index == 1 ? "/other" : "/root"
      _ = record(Self.busyRun(id, root: root, at: Int64(index) * 1_000_000_000))
    }
    let reader = try #require(try LedgerReader.open(at: path))
    #expect(try reader.runs(meant: "last") == ["20260102-a_"])
    #expect(try reader.runs(meant: "last", root: "/other") == ["20260101-b"])
    #expect(try reader.runs(meant: "last", root: "/nowhere") == [])
    #expect(try reader.runs(meant: "20260101-a") == ["20260101-a"])
    #expect(try reader.runs(meant: "20260102") == ["20260102-a_"])
    #expect(try reader.runs(meant: "20260101") == ["20260101-b", "20260101-a"])
    #expect(try reader.runs(meant: "%") == [])
    #expect(try reader.runs(meant: "") == [])
    #expect(try reader.summaries(root: "/root").map(\.run) == ["20260102-a_", "20260101-a"])
    #expect(try reader.summaries(limit: 1).map(\.run) == ["20260102-a_"])
    #expect(try reader.summaries(since: 1_500_000_000).map(\.run) == ["20260102-a_"])
  }

  @Test func whereThereIsNoLedgerThereIsNothingToRead() throws {
    #expect(try LedgerReader.open(at: path) == nil)
    #expect(folder.mode("state") == nil)
  }
}

extension LedgerTests {
  /// A run with these events between its start and its end.
  static func run(
    _ id: String, root: String = "/root", at time: Int64 = 0,
    outcome: RunOutcome = .passed, _ body: ((RunEvent.Kind) -> Void) -> Void
  ) -> [RunEvent] {
    var events = [
      RunEvent(
        time: time,
        .runStarted(
          RunStart(
            run: id, manifestName: "m", manifestDigest: Digest(of: []), manifestFile: "m.yaml",
            root: root)))
    ]
    body { events.append(RunEvent(time: time + Int64(events.count), $0)) }
    let end = RunEnd(outcome: outcome, exit: outcome == .passed ? 0 : 1)
    events.append(RunEvent(time: time + Int64(events.count), .runEnded(end)))
    return events
  }

  /// A run of one step with a file and a command.
  static func busyRun(_ id: String, root: String = "/root", at time: Int64 = 0) -> [RunEvent] {
    run(id, root: root, at: time) { emit in
      emit(.stepStarted(id: "a", index: 0, of: 1))
      emit(
        .filesLanded(
          step: "a", files: [FileRecord(path: "x", action: .created, digest: Digest(of: []))]))
      emit(
        .commandEnded(
          step: "a",
          CommandRecord(kind: .test, name: "true", run: "true", outcome: .passed, line: 1)))
      emit(.stepEnded(id: "a", outcome: .passed, reason: nil))
    }
  }
}
