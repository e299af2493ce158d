/// What rounds of a repair have shown, for the rules to judge.
public struct RepairTrace: Sendable {
  /// How the tests stand on a tree.
  public struct Standing: Hashable, Sendable {
    /// The tree's identity: equal trees have equal ones.
    public var tree: String
    public var fingerprint: String
    public var errors: Int
    public var failing: Set<String>
    /// Nil where no runner says.
    public var executed: Int?
    public var skipped: Int?

    public init(
      tree: String, fingerprint: String, errors: Int = 1, failing: Set<String> = [],
      executed: Int? = nil, skipped: Int? = nil
    ) {
      self.tree = tree
      self.fingerprint = fingerprint
      self.errors = errors
      self.failing = failing
      self.executed = executed
      self.skipped = skipped
    }
  }

  /// How a round ended.
  public enum Round: Hashable, Sendable {
    /// The edits were tried; `edits` names them.
    case tried(Standing, edits: String)
    /// The edits were refused before a test ran.
    case unchanged
    case noEdits
    case weakened(String)
    case truncated
    case overflow
    case empty
    case degenerate
    case endpointSilent
    case blocked(String)
    /// A reply whose notation is broken: it has a budget of its own and no rule here.
    case malformed
  }

  public var base: Standing
  public var rounds: [Round]

  public init(base: Standing, rounds: [Round] = []) {
    self.base = base
    self.rounds = rounds
  }

  /// What every rule says after every round, in the rounds' order.
  public func verdicts() -> [[StallVerdict]] {
    var judge = TraceJudge(base: base)
    return rounds.map { judge.judge($0) }
  }
}

/// Follows a trace round by round. Counters begin anew with every progress.
struct TraceJudge {
  private let base: RepairTrace.Standing
  private var trees: Set<String>
  private var edits: Set<String> = []
  private var fingerprints: Set<String>
  private var history: [String]
  private var last: RepairTrace.Standing
  private var fewestFailing: Int
  private var fewestErrors: Int
  /// Rounds in a row that a rule has counted.
  private var streaks: [StallRule: Int] = [:]

  init(base: RepairTrace.Standing) {
    self.base = base
    last = base
    trees = [base.tree]
    fingerprints = [base.fingerprint]
    history = []
    fewestFailing = base.failing.count
    fewestErrors = base.errors
  }

  mutating func judge(_ round: RepairTrace.Round) -> [StallVerdict] {
    switch round {
    case .tried(let standing, let edits): return judge(standing, edits)
    case .unchanged:
      return [StallVerdict(.builtNothing, .stop, "the edits leave every file as it was")]
    case .noEdits: return count(.monologue, "the reply had no edit")
    case .weakened(let why): return count(.weakening, why)
    case .truncated: return count(.truncated, "the reply was not whole")
    case .overflow: return count(.overflow, "the prompt does not fit the window")
    case .empty: return count(.emptyReply, "the reply was empty")
    case .degenerate: return count(.degenerate, "the reply repeated itself")
    case .endpointSilent: return count(.endpointSilence, "the endpoint was silent")
    case .blocked(let reason):
      return [StallVerdict(.blocked, .stop, "the model says it is blocked: \(reason)")]
    case .malformed: return []
    }
  }

  /// The first in a row is a nudge, the second stops.
  private mutating func count(_ rule: StallRule, _ evidence: String) -> [StallVerdict] {
    for other in [StallRule.monologue, .truncated, .overflow, .degenerate, .emptyReply]
    where other != rule { streaks[other] = nil }
    let number = streaks[rule, default: 0] + 1
    streaks[rule] = number
    return [StallVerdict(rule, number == 1 ? .nudge : .stop, evidence)]
  }

  private mutating func judge(
    _ standing: RepairTrace.Standing, _ edits: String
  ) -> [StallVerdict] {
    if let weakening = weakening(standing) { return count(.weakening, weakening) }
    // Asked first: the same edits leave the same tree.
    if !self.edits.insert(edits).inserted {
      return [StallVerdict(.repetition, .stop, "these very edits were tried before")]
    }
    if standing.tree == last.tree {
      return [StallVerdict(.builtNothing, .stop, "the edits leave every file as it was")]
    }
    let treeIsNew = trees.insert(standing.tree).inserted
    let failureIsNew = fingerprints.insert(standing.fingerprint).inserted
    let isFewer = standing.failing.count < fewestFailing || standing.errors < fewestErrors
    fewestFailing = min(fewestFailing, standing.failing.count)
    fewestErrors = min(fewestErrors, standing.errors)
    let previous = last
    last = standing
    history.append(standing.fingerprint)
    if isFewer || (failureIsNew && treeIsNew) {
      streaks = [:]
      return []
    }
    for rule in [StallRule.monologue, .truncated, .overflow, .degenerate, .emptyReply] {
      streaks[rule] = nil
    }
    return circle(treeIsNew) + effect(standing, previous, treeIsNew) + failure(standing, previous)
  }

  /// Fewer tests executed or more skipped than before anything was edited.
  private func weakening(_ standing: RepairTrace.Standing) -> String? {
    if let before = base.executed, let after = standing.executed, after < before {
      return "\(after) tests were executed, \(before) before"
    }
    if let before = base.skipped, let after = standing.skipped, after > before {
      return "\(after) tests were skipped, \(before) before"
    }
    return nil
  }

  private mutating func circle(_ treeIsNew: Bool) -> [StallVerdict] {
    if !treeIsNew { return count(.circle, "the files are again as they were in an earlier round") }
    for period in 2...4 where Self.repeats(history, period: period) {
      return count(.circle, "the same \(period) failures follow each other again and again")
    }
    return []
  }

  private static func repeats(_ list: [String], period: Int) -> Bool {
    guard list.count >= 3 * period else { return false }
    let tail = list.suffix(3 * period)
    return zip(tail, tail.dropFirst(period)).allSatisfy { $0 == $1 }
  }

  private mutating func effect(
    _ standing: RepairTrace.Standing, _ previous: RepairTrace.Standing, _ treeIsNew: Bool
  ) -> [StallVerdict] {
    guard treeIsNew, standing.fingerprint == previous.fingerprint,
      standing.failing == previous.failing
    else {
      streaks[.noEffect] = nil
      return []
    }
    return count(.noEffect, "the edits changed neither what fails nor how: \(standing.fingerprint)")
  }

  /// The second round with one failure is a nudge, the third stops.
  private mutating func failure(
    _ standing: RepairTrace.Standing, _ previous: RepairTrace.Standing
  ) -> [StallVerdict] {
    guard standing.fingerprint == previous.fingerprint else {
      streaks[.sameFailure] = nil
      return []
    }
    let number = streaks[.sameFailure, default: 0] + 1
    streaks[.sameFailure] = number
    if number < 2 { return [] }
    let evidence = "\(number) different edits, and still: \(standing.fingerprint)"
    return [StallVerdict(.sameFailure, number == 2 ? .nudge : .stop, evidence)]
  }
}
