import Events
import Platform
import Synchronization
import Testing

@testable import Records

@Suite struct RepairRecordsTests {
  private let folder = TemporaryFolder()

  private func records() throws -> RepairRecords {
    try RepairRecords(path: folder.path("ledger.sqlite"))
  }

  private func estimate(_ tokens: Int, usd: Double = 0, key: String = "k") -> RequestEstimate {
    RequestEstimate(
      run: "r1", step: "a", model: "cheap", key: Digest(of: key.utf8), tokens: tokens, usd: usd)
  }

  private func granted(
    _ records: RepairRecords, _ estimate: RequestEstimate, _ budgets: [Budget]
  ) throws -> Reservation {
    guard case .granted(let reservation) = try records.reserve(estimate, within: budgets) else {
      throw Refused()
    }
    return reservation
  }

  private struct Refused: Error {}

  @Test func aReservationCountsInFullUntilItIsSettled() throws {
    let records = try records()
    let budget = Budget(scope: "run r1", tokens: 1000)
    let first = try granted(records, estimate(600), [budget])
    // Another process sees it, whatever becomes of this one.
    let rival = try self.records()
    #expect(
      try rival.reserve(estimate(500), within: [budget])
        == .refused(budget, Spending(requests: 1, tokens: 600)))
    try records.settle(
      first, ModelUsage(requests: 1, inputTokens: 90, outputTokens: 10), status: "ok", reply: nil)
    #expect(try rival.spending(scope: "run r1") == Spending(requests: 1, tokens: 100))
    _ = try granted(rival, estimate(900), [budget])
    #expect(try records.spending(scope: "run r1").tokens == 1000)
  }

  @Test func allBudgetsGrantOrNoneIsTouched() throws {
    let records = try records()
    let run = Budget(scope: "run", usd: 1.0)
    let step = Budget(scope: "step", tokens: 100)
    #expect(
      try records.reserve(estimate(101, usd: 0.1), within: [run, step])
        == .refused(step, Spending()))
    #expect(try records.spending(scope: "run") == Spending())
    _ = try granted(records, estimate(100, usd: 0.75), [run, step])
    #expect(
      try records.reserve(estimate(0, usd: 0.26), within: [run])
        == .refused(run, Spending(requests: 1, tokens: 100, usd: 0.75)))
    _ = try granted(records, estimate(9, usd: 0.25), [run])
    _ = try granted(records, estimate(1 << 40, usd: 99), [Budget(scope: "free")])
  }

  @Test func whatIsUnknownCountsAsReserved() throws {
    let records = try records()
    let budget = Budget(scope: "s", tokens: 1000, usd: 1)
    let reservation = try granted(records, estimate(700, usd: 0.7), [budget])
    try records.settle(
      reservation, ModelUsage(requests: 1, unmetered: 1), status: "cut", reply: nil)
    #expect(try records.spending(scope: "s") == Spending(requests: 1, tokens: 700, usd: 0.7))
  }

  @Test func whatWasNeverSentIsGivenBack() throws {
    let records = try records()
    let reservation = try granted(records, estimate(700), [Budget(scope: "s", tokens: 700)])
    try records.release(reservation)
    #expect(try records.spending(scope: "s") == Spending())
    // Settled afterwards by mistake, it stays given back.
    try records.settle(
      reservation, ModelUsage(requests: 1, inputTokens: 5), status: "ok", reply: nil)
    #expect(try records.spending(scope: "s") == Spending())
  }

  @Test func rivalsNeverSpendMoreThanTheBudget() throws {
    let path = folder.path("ledger.sqlite")
    let granted = Atomic(0)
    inThreads(4) { _ in
      do {
        let records = try RepairRecords(path: path)
        for _ in 0..<20 {
          let answer = try records.reserve(
            RequestEstimate(
              run: "r", step: nil, model: "m", key: Digest(of: []), tokens: 30, usd: 0),
            within: [Budget(scope: "s", tokens: 1000)])
          if case .granted = answer { granted.wrappingAdd(1, ordering: .relaxed) }
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(granted.load(ordering: .relaxed) == 33)
    #expect(try records().spending(scope: "s").tokens == 990)
  }

  @Test func aReplyIsKeptForWhoGoesOnAfterACrash() throws {
    let records = try records()
    let key = Digest(of: "k".utf8)
    let reservation = try granted(records, estimate(100), [])
    #expect(try records.reply(to: key, model: "cheap") == nil)
    let usage = ModelUsage(
      requests: 1, inputTokens: 70, cachedInputTokens: 60, outputTokens: 5, usd: 0.001)
    try records.settle(reservation, usage, status: "whole", reply: Array("fixed\0".utf8))
    let resumed = try self.records()
    let reply = try #require(try resumed.reply(to: key, model: "cheap"))
    #expect(reply.bytes == Array("fixed\0".utf8) && reply.usage == usage)
    #expect(reply.status == "whole")
    #expect(try resumed.reply(to: key, model: "other") == nil)
    #expect(try resumed.reply(to: Digest(of: "x".utf8), model: "cheap") == nil)
    try resumed.close(run: "r1")
    #expect(try records.reply(to: key, model: "cheap") == nil)
  }

  @Test func aReplyThatIsTakenOverIsThatOfTheLaterRun() throws {
    let records = try records()
    let key = Digest(of: "k".utf8)
    let usage = ModelUsage(requests: 1, inputTokens: 70, outputTokens: 5, usd: 0.25)
    let reservation = try granted(records, estimate(100), [Budget(scope: "run r1")])
    try records.settle(reservation, usage, status: "whole", reply: [7])
    func takeOver(_ run: String) throws -> StoredReply? {
      try records.takeOver(
        replyTo: key, model: "cheap", run: run, step: "a", within: [Budget(scope: "run \(run)")])
    }
    #expect(try takeOver("r2")?.usage == usage)
    #expect(try records.spending(scope: "run r2") == Spending(requests: 1, tokens: 75, usd: 0.25))
    // It is not closed with the run that got it, but with the one that used it.
    try records.close(run: "r1")
    #expect(try takeOver("r3") != nil)
    try records.close(run: "r3")
    #expect(try takeOver("r4") == nil)
  }

  /// Writes the report of a run that has one attempt more.
  private func tell(_ run: String, _ request: Int64?, _ usage: ModelUsage, at time: Int64) {
    // The run was interrupted, not killed: its report has the attempt.
    var attempt = AttemptRecord(number: 1, by: .model, model: "cheap", outcome: .error)
    attempt.usage = usage
    attempt.request = request
    let ledger = Ledger(path: folder.path("ledger.sqlite"))
    for event in LedgerTests.busyRun(run, at: time) {
      if case .stepEnded(let id, _, _) = event.kind {
        ledger.receive(RunEvent(time: event.time, .attemptEnded(step: id, attempt)))
      }
      ledger.receive(event)
    }
    #expect(ledger.warnings == [])
  }

  @Test func whatAnyRunHasToldIsInTheSumsOnce() throws {
    let records = try records()
    let usage = ModelUsage(requests: 1, inputTokens: 70, outputTokens: 5)
    func spent() throws -> [ModelUsage] {
      let reader = try #require(try LedgerReader.open(at: folder.path("ledger.sqlite")))
      let total = try reader.statistics().total
      return [total.usage, total.unreported]
    }
    func ask(_ key: String) throws {
      var request = estimate(100, key: key)
      request.run = "killed"
      try records.settle(try granted(records, request, []), usage, status: "ok", reply: [7])
    }
    func takeOver(_ key: String, _ run: String) throws -> StoredReply {
      try #require(
        try records.takeOver(
          replyTo: Digest(of: key.utf8), model: "cheap", run: run, step: "a", within: []))
    }
    let nothing = try spent()[0]
    // A run that was killed has told nothing; nor has one that was killed with its reply.
    try ask("k")
    #expect(try spent() == [nothing, usage])
    #expect(try takeOver("k", "second").usage == usage)
    #expect(try spent() == [nothing, usage])
    let third = try takeOver("k", "third")
    #expect(third.usage == usage)
    // This one was interrupted: its report has it, and so has no later one's.
    tell("third", third.id, third.usage, at: 1)
    let told = try spent()
    #expect(told[0].tokens == nothing.tokens + 75 && told[1] == ModelUsage())
    let busy = told[0].tokens - 75
    for (index, run) in ["fourth", "fifth"].enumerated() {
      let reply = try takeOver("k", run)
      #expect(reply.bytes == [7] && reply.usage == ModelUsage())
      tell(run, reply.id, reply.usage, at: Int64(index + 2))
    }
    let last = try spent()
    #expect(last[0].tokens == busy * 3 + 75 && last[1] == ModelUsage())
  }

  @Test func anAttemptThatSpentNothingTellsNoRequest() throws {
    let records = try records()
    let usage = ModelUsage(requests: 1, inputTokens: 70, outputTokens: 5)
    let reservation = try granted(records, estimate(100), [])
    try records.settle(reservation, usage, status: "ok", reply: [7])
    tell("r1", reservation.id, ModelUsage(), at: 1)
    let reply = try records.takeOver(
      replyTo: Digest(of: "k".utf8), model: "cheap", run: "r2", step: "a", within: [])
    #expect(reply?.usage == usage)
  }

  @Test func whatAnOlderLedgerHasToldIsKnown() throws {
    let path = folder.path("ledger.sqlite")
    do {
      let database = try Database(path: path, .create)
      for migration in LedgerSchema.migrations[..<5] { try database.execute(migration) }
      try database.execute("PRAGMA application_id = \(LedgerSchema.identity)")
      try database.execute("PRAGMA user_version = 5")
      try database.execute(
        """
        INSERT INTO runs (id, run, root, manifest, manifest_sha256, manifest_file, started, ended)
        VALUES (1, 'ended', '/r', 'm', '', 'm.yaml', 5, 6), (2, 'cut', '/r', 'm', '', 'm', 5, NULL);
        INSERT INTO steps VALUES (2, 0, 'a', 5, 6, 'repaired', NULL, 1);
        INSERT INTO attempts VALUES (2, 0, 0, 1, 'model', 'cheap', 'fixed', NULL, NULL, '[]', 1,
          '[]', NULL, NULL, 1, 70, 0, 5, 0, 0, 0);
        INSERT INTO requests (run, step, model, prompt_key, state, reserved, reserved_tokens,
          reserved_usd, input_tokens, cached_input_tokens, output_tokens, usd)
        VALUES ('ended', 'a', 'cheap', '', 'settled', 5, 9, 0, 1, 0, 1, 0),
          ('cut', 'a', 'cheap', '', 'settled', 5, 9, 0, 70, 0, 5, 0),
          ('cut', 'b', 'cheap', '', 'settled', 5, 9, 0, 70, 0, 6, 0);
        """)
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let told = try reader.database.rows("SELECT told FROM requests ORDER BY id") { $0.int(0) }
    #expect(told == [1, 1, 0])
    #expect(try reader.statistics().total.unreported.tokens == 76)
  }

  @Test func whatIsKnownOfAnEndpointIsChangedByOneAtATime() throws {
    let path = folder.path("ledger.sqlite")
    inThreads(4) { _ in
      do {
        let records = try RepairRecords(path: path)
        for _ in 0..<25 {
          try records.updateEndpoint("http://x") { state in
            ["failures": .integer((state?["failures"]?.integer ?? 0) + 1)]
          }
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(try records().state(ofEndpoint: "http://x") == ["failures": 100])
    #expect(try records().state(ofEndpoint: "http://y") == nil)
  }

  @Test func aRepairIsRememberedReplacedAndForgotten() throws {
    let records = try records()
    func repair(run: String, _ content: String?) -> RememberedRepair {
      RememberedRepair(
        declared: Digest(of: "d".utf8), fingerprint: "E assert # == #", root: "/t", run: run,
        step: "a", model: "cheap", created: 7,
        files: [
          .init(
            path: "a.py", declared: Array("bad".utf8), content: content.map { Array($0.utf8) },
            mode: 0o644),
          .init(path: "b.py", declared: nil, content: []),
        ])
    }
    let declared = Digest(of: "d".utf8)
    let fingerprint = "E assert # == #"
    #expect(try records.repair(of: declared, fingerprint: fingerprint) == nil)
    try records.remember(repair(run: "r1", "good"))
    try records.remember(repair(run: "r2", nil))
    try records.countReplay(of: repair(run: "r2", nil))
    #expect(
      try records.repair(of: declared, fingerprint: fingerprint) == repair(run: "r2", nil))
    #expect(try records.repair(of: declared, fingerprint: "other") == nil)
    // Trees that differ in a file of the repair have one each.
    var other = repair(run: "r3", "good")
    other.files[0].declared = Array("other".utf8)
    try records.remember(other)
    #expect(
      try records.repairs(of: declared, fingerprint: fingerprint)
        == [other, repair(run: "r2", nil)])
    try records.forget(other)
    #expect(
      try records.repair(of: declared, fingerprint: fingerprint) == repair(run: "r2", nil))
    try records.forget(repair(run: "r2", nil))
    #expect(try records.repair(of: declared, fingerprint: fingerprint) == nil)
    let reader = try #require(try LedgerReader.open(at: folder.path("ledger.sqlite")))
    #expect(try reader.repairs(of: "r1") == [repair(run: "r1", "good")])
    #expect(try reader.repairs(of: "r2") == [repair(run: "r2", nil)])
  }
}
