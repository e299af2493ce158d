import Events
import Manifests
import Platform
import Records
import Testing

@Suite struct StatisticsTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path("ledger.sqlite") }

  /// Writes random runs and gives back the reports of those that are recorded.
  private func history(seed: UInt64, count: Int) throws -> [RunReport] {
    var reports: [RunReport] = []
    for index in 0..<count {
      let run = RandomRun(
        seed: seed &+ UInt64(index), id: "r\(index)", started: Int64(index) * 1_000_000_000_000)
      let ledger = Ledger(path: path)
      for event in run.events { ledger.receive(event) }
      guard let report = RunReport(folding: run.events) else { continue }
      if try LedgerReader.open(at: path)?.report(of: run.id) != nil { reports.append(report) }
    }
    return reports
  }

  /// The same sums, taken from the reports one number at a time.
  private func recomputed(_ reports: [RunReport]) -> RunStatistics.Group {
    var group = RunStatistics.Group(key: "all")
    group.runs = reports.count
    group.seconds = reports.reduce(0) { $0 + $1.seconds }
    group.authorTokens = reports.reduce(0) { $0 + ($1.provenance?.tokens ?? 0) }
    group.authorUSD = reports.reduce(0) { $0 + ($1.provenance?.usd ?? 0) }
    let steps = reports.flatMap(\.steps)
    // A verify for which something was tried counts as one.
    let verifies = reports.map(\.attempts).filter { !$0.isEmpty }
    group.steps = steps.count + verifies.count
    let endings = steps.map(\.outcome) + verifies.map { StatisticsOracleTests.ending(of: $0) }
    for outcome in StepOutcome.allCases {
      let count = endings.count { $0 == outcome }
      if count > 0 { group.outcomes[outcome] = count }
    }
    group.stepsWithModel =
      steps.count { $0.neededModel }
      + verifies.count { $0.contains { $0.usage.tokens > 0 || $0.usage.unmetered > 0 } }
    let attempts = reports.flatMap(\.attempts) + steps.flatMap(\.attempts)
    group.usage.requests = attempts.reduce(0) { $0 + $1.usage.requests }
    group.usage.inputTokens = attempts.reduce(0) { $0 + $1.usage.inputTokens }
    group.usage.cachedInputTokens = attempts.reduce(0) { $0 + $1.usage.cachedInputTokens }
    group.usage.outputTokens = attempts.reduce(0) { $0 + $1.usage.outputTokens }
    group.usage.usd = attempts.reduce(0) { $0 + $1.usage.usd }
    group.usage.unmetered = attempts.reduce(0) { $0 + $1.usage.unmetered }
    group.usage.unpriced = attempts.reduce(0) { $0 + $1.usage.unpriced }
    let green: Set<StepOutcome> = [.passed, .flaky, .fixed, .remembered, .repaired]
    var parts: [(isGreen: Bool, attempts: [AttemptRecord])] = []
    for step in steps {
      parts.append((step.outcome.map(green.contains) ?? false, step.attempts))
    }
    for attempts in verifies {
      parts.append((green.contains(StatisticsOracleTests.ending(of: attempts)), attempts))
    }
    for part in parts {
      let isRepaired = part.isGreen && part.attempts.contains { $0.outcome == .fixed }
      for attempt in part.attempts {
        if attempt.outcome == .stalled, !isRepaired, let signal = attempt.signal {
          group.rules[signal, default: 0] += 1
        }
        guard attempt.by == .model || attempt.by == .agent else { continue }
        // What a budget refused was no round.
        if attempt.signal == "S13", attempt.usage.requests == 0 { continue }
        var share = group.models[attempt.model ?? attempt.by.rawValue] ?? .init()
        share.rounds += 1
        if attempt.outcome == .fixed, part.isGreen { share.repaired += 1 }
        group.models[attempt.model ?? attempt.by.rawValue] = share
      }
    }
    return group
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * max(1, abs(a)) }

  @Test func sumsAgreeWithTheEvents() throws {
    let seed = UInt64.random(in: .min ... .max)
    let reports = try history(seed: seed, count: 50)
    let reader = try #require(try LedgerReader.open(at: path))
    var total = try reader.statistics().total
    var expected = recomputed(reports)
    #expect(isClose(total.seconds, expected.seconds), "seed \(seed)")
    #expect(isClose(total.authorUSD, expected.authorUSD), "seed \(seed)")
    #expect(isClose(total.usage.usd, expected.usage.usd), "seed \(seed)")
    // Sums of doubles in another order are close; all else is equal.
    total.seconds = 0
    total.authorUSD = 0
    total.usage.usd = 0
    expected.seconds = 0
    expected.authorUSD = 0
    expected.usage.usd = 0
    #expect(total == expected, "seed \(seed)")
  }

  @Test func groupsHoldEveryStepOnce() throws {
    let seed = UInt64.random(in: .min ... .max)
    let reports = try history(seed: seed, count: 40)
    let reader = try #require(try LedgerReader.open(at: path))
    for dimension in [RunStatistics.Dimension.manifest, .author, .model, .repo, .step] {
      let statistics = try reader.statistics(by: dimension)
      let steps = statistics.groups.reduce(0) { $0 + $1.steps }
      let requests = statistics.groups.reduce(0) { $0 + $1.usage.requests }
      #expect(steps == statistics.total.steps, "seed \(seed) by \(dimension)")
      #expect(requests == statistics.total.usage.requests, "seed \(seed) by \(dimension)")
    }
    for group in try reader.statistics(by: .manifest).groups {
      let runs = reports.filter { $0.manifestName == group.key }
      #expect(group.runs == runs.count, "seed \(seed)")
      let count = runs.reduce(0) { $0 + $1.steps.count + ($1.attempts.isEmpty ? 0 : 1) }
      #expect(group.steps == count, "seed \(seed)")
    }
  }

  @Test func aManifestsWritingCountsOnceHoweverOftenItIsApplied() throws {
    for (index, name) in ["one", "one", "two", "one"].enumerated() {
      var events = LedgerTests.busyRun("r\(index)", at: Int64(index))
      guard case .runStarted(var start) = events[0].kind else { continue }
      start.manifestName = name
      start.manifestDigest = Digest(of: Array(name.utf8))
      start.provenance = Provenance(author: "ada", model: "opus", tokens: 1000, usd: 0.5)
      events[0] = RunEvent(time: events[0].time, .runStarted(start))
      let ledger = Ledger(path: path)
      for event in events { ledger.receive(event) }
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let all = try reader.statistics(by: .manifest)
    #expect(all.total.authorTokens == 2000 && all.total.authorUSD == 1)
    #expect(all.groups.map(\.authorTokens) == [1000, 1000])
    #expect(all.groups.map(\.runs) == [3, 1])
    #expect(try reader.statistics(since: 3).total.authorTokens == 1000)
  }

  @Test func onlyRunsSinceTheMomentCount() throws {
    let reports = try history(seed: 7, count: 20)
    let moment = reports[reports.count / 2].started
    let reader = try #require(try LedgerReader.open(at: path))
    #expect(
      try reader.statistics(since: moment).total.runs == reports.count { $0.started >= moment })
  }

  @Test func exportGivesEveryReportAndPruneTakesTheOldAway() throws {
    let reports = try history(seed: 11, count: 30)
    let reader = try #require(try LedgerReader.open(at: path))
    var exported: [String] = []
    try reader.reports { exported.append($0.json.text()) }
    #expect(exported == reports.map { $0.json.text() })

    let moment = reports[10].started
    #expect(try LedgerUpkeep.prune(at: path, before: moment) == 10)
    #expect(try LedgerUpkeep.prune(at: path, before: moment) == 0)
    var left: [String] = []
    try reader.reports { left.append($0.json.text()) }
    #expect(left == Array(exported[10...]))
    #expect(try LedgerUpkeep.prune(at: folder.path("none"), before: moment) == 0)
  }
}
