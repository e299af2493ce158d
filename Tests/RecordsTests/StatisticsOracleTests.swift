import Events
import Manifests
import Planning
import Platform
import Records
import Testing

/// The groups of `mtor stats` once more, slowly: from the raw events of random histories, by other
/// ways than reports and SQL.
@Suite struct StatisticsOracleTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path("ledger.sqlite") }

  /// What one run's events say, step by step; the step's id is nil for `verify`.
  private struct Told {
    var manifest = "", root = "", author = "(not stated)"
    var parts: [(step: String?, outcome: StepOutcome?, attempts: [AttemptRecord])] = []
    var isRecorded = false

    init(_ events: [RunEvent]) {
      var verify: [AttemptRecord] = []
      for event in events {
        switch event.kind {
        case .runStarted(let start):
          (manifest, root) = (start.manifestName, start.root)
          author = start.provenance?.author ?? start.provenance?.model ?? author
        case .stepStarted(let id, _, _): parts.append((id, nil, []))
        case .attemptEnded(nil, let attempt):
          verify.append(attempt)
          isRecorded = true
        case .attemptEnded(let id, let attempt):
          if let last = parts.lastIndex(where: { $0.step == id }) {
            parts[last].attempts.append(attempt)
          }
          isRecorded = true
        case .stepEnded(let id, let outcome, _):
          if let last = parts.lastIndex(where: { $0.step == id }) { parts[last].outcome = outcome }
        case .runEnded(let end):
          // A step that a run broke off in is as red as the run.
          for part in parts.indices where parts[part].outcome == nil {
            parts[part].outcome = end.outcome == .interrupted ? .interrupted : .failed
          }
        case .filesLanded(_, let files):
          let still: Set = ["unchanged", "skipped", "unknown"]
          if files.contains(where: { !still.contains($0.action.rawValue) }) { isRecorded = true }
        case .commandEnded(_, let record):
          if record.outcome != .cached && record.outcome != .skipped { isRecorded = true }
        case .committed, .recovered: isRecorded = true
        default: break
        }
      }
      if !verify.isEmpty { parts.append((nil, StatisticsOracleTests.ending(of: verify), verify)) }
    }
  }

  /// What the attempts for a `verify` make of it.
  static func ending(of attempts: [AttemptRecord]) -> StepOutcome {
    guard let last = attempts.last else { return .failed }
    switch (last.outcome, last.by) {
    case (.fixed, .fixer): return .fixed
    case (.fixed, .memory): return .remembered
    case (.fixed, _): return .repaired
    case (.stalled, _): return .stalled
    default: return .failed
    }
  }

  private func keys(
    _ dimension: RunStatistics.Dimension, _ told: Told, _ step: String?,
    _ attempts: [AttemptRecord]
  ) -> Set<String> {
    func name(_ attempt: AttemptRecord) -> String { attempt.model ?? attempt.by.rawValue }
    let asked = attempts.filter { $0.by == .model || $0.by == .agent }
    switch dimension {
    case .manifest: return [told.manifest]
    case .author: return [told.author]
    case .repo: return [told.root]
    case .step: return ["\(told.manifest)/\(step ?? "(verify)")"]
    case .model:
      let who =
        asked.filter { $0.outcome == .fixed }.last
        ?? asked.filter { $0.usage.requests > 0 }.last ?? asked.last
      return [who.map(name) ?? "(none needed)"]
    case .note: return Set(attempts.flatMap(\.notes))
    }
  }

  @Test(arguments: RunStatistics.Dimension.allCases)
  func groupsAgreeWithTheRawEvents(_ dimension: RunStatistics.Dimension) throws {
    let seed = UInt64.random(in: .min ... .max)
    var histories: [Told] = []
    for index in 0..<50 {
      let run = RandomRun(
        seed: seed &+ UInt64(index), id: "r\(index)", started: Int64(index) * 1_000_000_000_000)
      let ledger = Ledger(path: path)
      for event in run.events { ledger.receive(event) }
      let told = Told(run.events)
      if told.isRecorded { histories.append(told) }
    }
    let reader = try #require(try LedgerReader.open(at: path))
    let found = try reader.statistics(by: dimension)
    var steps: [String: Int] = [:]
    var needed: [String: Int] = [:]
    var tokens: [String: Int] = [:]
    var rounds: [String: Int] = [:]
    var outcomes: [String: [StepOutcome: Int]] = [:]
    for told in histories {
      for part in told.parts {
        for key in keys(dimension, told, part.step, part.attempts) {
          for attempt in part.attempts {
            let isAsked = attempt.by == .model || attempt.by == .agent
            // A model's own group has what it took itself, another's step or not.
            let group =
              dimension == .model && isAsked ? attempt.model ?? attempt.by.rawValue : key
            tokens[group, default: 0] += attempt.usage.inputTokens + attempt.usage.outputTokens
            if isAsked { rounds[group, default: 0] += 1 }
          }
          guard let outcome = part.outcome else { continue }
          steps[key, default: 0] += 1
          outcomes[key, default: [:]][outcome, default: 0] += 1
          let spent = part.attempts.contains { $0.usage.tokens > 0 || $0.usage.unmetered > 0 }
          if spent { needed[key, default: 0] += 1 }
        }
      }
    }
    for group in found.groups {
      let key = group.key
      #expect(group.steps == steps[key] ?? 0, "seed \(seed) \(key)")
      #expect(group.stepsWithModel == needed[key] ?? 0, "seed \(seed) \(key)")
      #expect(group.usage.tokens == tokens[key] ?? 0, "seed \(seed) \(key)")
      #expect(group.outcomes == outcomes[key] ?? [:], "seed \(seed) \(key)")
      #expect(
        group.models.values.reduce(0) { $0 + $1.rounds } == rounds[key] ?? 0, "seed \(seed) \(key)")
    }
    // No group is missing.
    #expect(Set(steps.keys).isSubset(of: found.groups.map(\.key)), "seed \(seed)")
    #expect(Set(rounds.keys).isSubset(of: found.groups.map(\.key)), "seed \(seed)")
  }
}
