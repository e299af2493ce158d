public import Events
import Platform

extension LedgerReader {
  /// The sums of the runs since a moment (nanoseconds since 1970; nil: of all), in groups where a
  /// dimension is named.
  ///
  /// Linear in the number of steps and attempts.
  public func statistics(
    since: Int64? = nil, by dimension: RunStatistics.Dimension? = nil
  ) throws(LedgerError) -> RunStatistics {
    try reading { () throws(DatabaseError) in
      var sums = StatisticsSums(dimension: dimension)
      let values = [SQLValue(since)]
      let runs = try database.rows(
        """
        SELECT id, root, manifest, coalesce(author, author_model), author_tokens, author_usd,
          started, ended, manifest_sha256
        FROM runs WHERE ?1 IS NULL OR started >= ?1 ORDER BY id
        """, values, StatisticsRun.init)
      let steps = try database.rows(
        """
        SELECT s.run, s.position, s.step, s.outcome, s.needed_llm
        FROM steps s JOIN runs r ON r.id = s.run
        WHERE ?1 IS NULL OR r.started >= ?1 ORDER BY s.run, s.position
        """, values, StatisticsStep.init)
      let attempts = try database.rows(
        """
        SELECT a.run, a.step, a.proposer, a.model, a.outcome, a.signal, a.notes, a.requests,
          a.input_tokens, a.cached_input_tokens, a.output_tokens, a.usd, a.unmetered, a.unpriced
        FROM attempts a JOIN runs r ON r.id = a.run
        WHERE ?1 IS NULL OR r.started >= ?1 ORDER BY a.run, a.step, a.position
        """, values, StatisticsAttempt.init)
      let stepsOfRuns = Dictionary(grouping: steps, by: \.run)
      let attemptsOfRuns = Dictionary(grouping: attempts, by: \.run)
      for run in runs {
        let attempts = Dictionary(grouping: attemptsOfRuns[run.id] ?? [], by: \.step)
        sums.add(run)
        for step in stepsOfRuns[run.id] ?? [] {
          sums.add(step, attempts[step.position] ?? [], of: run)
        }
        if let verify = attempts[-1] {
          sums.add(StatisticsStep(verify: verify, of: run.id), verify, of: run)
        }
      }
      var statistics = sums.statistics
      statistics.total.unreported = try unreported(since: since)
      return statistics
    }
  }

  /// What runs without an end have spent and no attempt tells. A request without an answer has cost
  /// nobody knows what.
  private func unreported(since: Int64?) throws(DatabaseError) -> ModelUsage {
    try database.rows(
      """
      SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(cached_input_tokens), 0),
        coalesce(sum(output_tokens), 0), coalesce(sum(usd), 0), count(*) - count(input_tokens),
        count(*) - count(usd)
      FROM requests
      WHERE state IN ('settled', 'reserved') AND NOT told
        AND run NOT IN (SELECT run FROM runs WHERE ended IS NOT NULL)
        AND (?1 IS NULL OR reserved >= ?1)
      """, [SQLValue(since)]
    ) { row in
      ModelUsage(
        requests: row.int(0), inputTokens: row.int(1), cachedInputTokens: row.int(2),
        outputTokens: row.int(3), usd: row.real(4), unmetered: row.int(5), unpriced: row.int(6))
    }.first ?? ModelUsage()
  }
}

private struct StatisticsRun {
  let id: Int64
  let root: String
  let manifest: String
  let author: String?
  let authorTokens: Int
  let authorUSD: Double
  let seconds: Double
  let digest: String

  init(_ row: Row) {
    id = row.integer(0) ?? 0
    root = row.text(1)
    manifest = row.text(2)
    author = row.optionalText(3)
    authorTokens = row.int(4)
    authorUSD = row.real(5)
    let started = row.integer(6) ?? 0
    seconds = row.integer(7).map { Double($0 - started) / 1e9 } ?? 0
    digest = row.text(8)
  }
}

private struct StatisticsStep {
  let run: Int64
  let position: Int
  /// Nil for `verify`.
  let id: String?
  let outcome: StepOutcome
  let neededModel: Bool

  init(_ row: Row) {
    run = row.integer(0) ?? 0
    position = row.int(1)
    id = row.text(2)
    outcome = StepOutcome(rawValue: row.text(3)) ?? .interrupted
    neededModel = row.bool(4)
  }

  /// True where it stands, as it was or repaired.
  var isGreen: Bool {
    [.passed, .flaky, .fixed, .remembered, .repaired].contains(outcome)
  }

  /// A `verify` for which something was tried: it counts like a step, by what its last attempt came to.
  init(verify attempts: [StatisticsAttempt], of run: Int64) {
    self.run = run
    position = -1
    id = nil
    outcome = attempts.last?.ending ?? .failed
    neededModel = attempts.contains(where: \.usage.isSpent)
  }
}

private struct StatisticsAttempt {
  let run: Int64
  let step: Int
  /// Nil for fixers and memory.
  let model: String?
  let isFixed: Bool
  let isStalled: Bool
  /// What it makes of its step.
  let ending: StepOutcome
  let signal: String?
  let notes: [String]
  let usage: ModelUsage

  init(_ row: Row) {
    run = row.integer(0) ?? 0
    step = row.int(1)
    let by = AttemptRecord.Proposer(rawValue: row.text(2)) ?? .model
    model = by == .model || by == .agent ? row.optionalText(3) ?? by.rawValue : nil
    isFixed = row.text(4) == AttemptRecord.Outcome.fixed.rawValue
    isStalled = row.text(4) == AttemptRecord.Outcome.stalled.rawValue
    ending =
      switch by {
      case _ where isStalled: .stalled
      case _ where !isFixed: .failed
      case .fixer: .fixed
      case .memory: .remembered
      case .model, .agent: .repaired
      }
    signal = row.optionalText(5)
    notes = LedgerReader.list(row.text(6))
    usage = ModelUsage(
      requests: row.int(7), inputTokens: row.int(8), cachedInputTokens: row.int(9),
      outputTokens: row.int(10), usd: row.real(11), unmetered: row.int(12),
      unpriced: row.int(13))
  }
}

/// The sums in the making.
private struct StatisticsSums {
  let dimension: RunStatistics.Dimension?
  private var total = RunStatistics.Group(key: "all")
  private var groups: [String: RunStatistics.Group] = [:]
  /// The last run that each group has counted: runs come one after the other.
  private var lastRuns: [String: Int64] = [:]
  /// The manifests whose writing was counted: it is paid for once, however often they are applied.
  private var written: Set<String> = []
  private var writtenInGroups: [String: Set<String>] = [:]

  init(dimension: RunStatistics.Dimension?) { self.dimension = dimension }

  mutating func add(_ run: StatisticsRun) {
    Self.count(run, in: &total, isWritten: !written.insert(run.digest).inserted)
    // A run without steps still belongs to its manifest, author and tree.
    switch dimension {
    case .manifest, .author, .repo: for key in keys(run, nil, []) { count(run, in: key) }
    default: break
    }
  }

  mutating func add(
    _ step: StatisticsStep, _ attempts: [StatisticsAttempt], of run: StatisticsRun
  ) {
    Self.count(step, in: &total)
    Self.count(attempts, of: attempts, isGreen: step.isGreen, in: &total)
    for key in keys(run, step, attempts) {
      count(run, in: key)
      Self.count(step, in: &groups[key, default: .init(key: key)])
      if dimension == .model { continue }
      Self.count(
        attempts, of: attempts, isGreen: step.isGreen, in: &groups[key, default: .init(key: key)])
    }
    guard dimension == .model else { return }
    // What was spent is that of the model that spent it, whoever ended the step.
    for (model, own) in Dictionary(grouping: attempts, by: \.model) {
      let key = model ?? self.model(of: attempts)
      count(run, in: key)
      Self.count(
        own, of: attempts, isGreen: step.isGreen, in: &groups[key, default: .init(key: key)])
    }
  }

  var statistics: RunStatistics {
    let sorted = groups.values.sorted { a, b in
      a.steps != b.steps ? a.steps > b.steps : a.key < b.key
    }
    return RunStatistics(total: total, dimension: dimension, groups: sorted)
  }

  /// The groups that a step (nil: none is known yet) belongs to.
  private func keys(
    _ run: StatisticsRun, _ step: StatisticsStep?, _ attempts: [StatisticsAttempt]
  ) -> [String] {
    switch dimension {
    case nil: return []
    case .manifest: return [run.manifest]
    case .author: return [run.author ?? "(not stated)"]
    case .repo: return [run.root]
    case .step: return ["\(run.manifest)/\(step?.id ?? "(verify)")"]
    case .model: return [model(of: attempts)]
    case .note: return Set(attempts.flatMap(\.notes)).sorted()
    }
  }

  /// Whose a step is: the model's that repaired it, else of the last that was really asked.
  private func model(of attempts: [StatisticsAttempt]) -> String {
    let own = attempts.filter { $0.model != nil }
    let last = own.last { $0.isFixed } ?? own.last { $0.usage.requests > 0 } ?? own.last
    return last?.model ?? "(none needed)"
  }

  private mutating func count(_ run: StatisticsRun, in key: String) {
    if lastRuns[key] == run.id { return }
    lastRuns[key] = run.id
    let isWritten = !writtenInGroups[key, default: []].insert(run.digest).inserted
    Self.count(run, in: &groups[key, default: .init(key: key)], isWritten: isWritten)
  }

  private static func count(
    _ run: StatisticsRun, in group: inout RunStatistics.Group, isWritten: Bool
  ) {
    group.runs += 1
    group.seconds += run.seconds
    if isWritten { return }
    group.authorTokens += run.authorTokens
    group.authorUSD += run.authorUSD
  }

  private static func count(_ step: StatisticsStep, in group: inout RunStatistics.Group) {
    group.steps += 1
    group.outcomes[step.outcome, default: 0] += 1
    if step.neededModel { group.stepsWithModel += 1 }
  }

  /// Counts some of the attempts at a step, all of which are in `all`.
  private static func count(
    _ attempts: [StatisticsAttempt], of all: [StatisticsAttempt], isGreen: Bool,
    in group: inout RunStatistics.Group
  ) {
    // What stopped a model has stalled nothing where the step was repaired after all.
    // A repair that was taken back in the tree has repaired nothing.
    let isRepaired = isGreen && all.contains(where: \.isFixed)
    for attempt in attempts {
      group.usage += attempt.usage
      if let signal = attempt.signal, attempt.isStalled, !isRepaired {
        group.rules[signal, default: 0] += 1
      }
      guard let model = attempt.model else { continue }
      // One that a budget refused was never sent.
      if attempt.signal == "S13", attempt.usage.requests == 0 { continue }
      group.models[model, default: .init()].rounds += 1
      if attempt.isFixed, isGreen { group.models[model, default: .init()].repaired += 1 }
    }
  }
}
