public import Transport

/// Which rung comes next: the order of models, rounds, formats and retries, without doing any.
public struct Ladder: Sendable {
  /// One model of the ladder.
  public struct Rung: Hashable, Sendable {
    public var model: String
    /// Rounds before the fresh one; 0: the fresh one is the first.
    public var rounds: Int
    /// Nil: by the size of the files.
    public var format: ReplyFormat?
    /// True for a program that edits by itself: one round, no format.
    public var isAgent: Bool
    /// True for a small model: it gets the short request, and where that did not help, the same
    /// one sampled anew, since it does not follow a history.
    public var isPlain: Bool

    public init(
      model: String, rounds: Int = 2, format: ReplyFormat? = nil, isAgent: Bool = false,
      isPlain: Bool = false
    ) {
      self.model = model
      self.rounds = max(isAgent ? 1 : 0, rounds)
      self.format = format
      self.isAgent = isAgent
      self.isPlain = isPlain
    }
  }

  /// How to ask.
  public struct Ask: Hashable, Sendable {
    public var model: String
    public var format: ReplyFormat
    /// 0 at first; higher where the last reply was no use.
    public var temperature: Double
    /// True for the round without a history.
    public var isFresh: Bool
    /// True to show large files whole.
    public var isWide: Bool
    /// True to leave out what is only for reading.
    public var isSmall: Bool
    /// What the request has to say of the last reply.
    public var notice: String?
    public var isAgent: Bool
    public var isPlain: Bool
  }

  public enum Next: Hashable, Sendable {
    case ask(Ask)
    case end(End)
  }

  public enum End: Hashable, Sendable {
    /// No model gets on; the last rule that stopped one, if a rule did.
    case stalled(StallRule?, String)
    case blocked(String)
    /// Not one model gave a reply.
    case unreachable(String)
    case interrupted
  }

  private let rungs: [Rung]
  private let base: RepairTrace.Standing
  private let preferred: ReplyFormat
  private let onlyEdits: Bool
  private var index = 0
  private var judge: TraceJudge
  private var rounds = 0
  private var isFresh = false
  private var malformed = 0
  private var failures = 0
  private var format: ReplyFormat
  private var temperature = 0.0
  private var isWide = false
  private var isSmall = false
  private var notice: String?
  private var hasReply = false
  private var end: End?
  private var lastStop: StallVerdict?
  private var lastFailure = "no model is left to ask"

  /// `preferred` is the format that fits the files; `base` how the tests stand before. With
  /// `onlyEdits` no whole file is ever asked for, since something in the files cannot be shown.
  public init(
    rungs: [Rung], base: RepairTrace.Standing, preferred: ReplyFormat, onlyEdits: Bool = false
  ) {
    self.rungs = rungs
    self.base = base
    self.preferred = preferred
    self.onlyEdits = onlyEdits
    judge = TraceJudge(base: base)
    format = onlyEdits ? .edits : rungs.first?.format ?? preferred
    isFresh = rungs.first?.rounds == 0
  }

  /// What to do now.
  public func next() -> Next {
    if let end { return .end(end) }
    guard index < rungs.count else {
      if !hasReply { return .end(.unreachable(lastFailure)) }
      return .end(.stalled(lastStop?.rule, lastStop?.evidence ?? "every model was tried"))
    }
    let rung = rungs[index]
    return .ask(
      Ask(
        model: rung.model, format: format, temperature: temperature, isFresh: isFresh,
        isWide: isWide, isSmall: isSmall, notice: rung.isPlain ? nil : notice,
        isAgent: rung.isAgent, isPlain: rung.isPlain))
  }

  /// Takes in how a round ended; gives back what the rules say of it.
  ///
  /// `detail` is the exact reason for a model whose reply was not taken.
  @discardableResult
  public mutating func record(
    _ round: RepairTrace.Round, detail: String? = nil
  ) -> [StallVerdict] {
    hasReply = true
    failures = 0
    let verdicts = judge.judge(round)
    notice = nil
    switch round {
    case .blocked(let reason):
      end = .blocked(reason)
      return verdicts
    case .malformed:
      recordMalformed(detail)
      return verdicts
    case .truncated:
      notice =
        (detail ?? "Your last reply was not whole.")
        + " Reply with less: only the lines that change."
      if format == .whole, !isPlain { format = .edits }
    case .overflow:
      isSmall = true
    case .empty, .endpointSilent: break
    case .unchanged, .noEdits, .weakened, .degenerate:
      rounds += 1
      temperature = 0.8
      isWide = true
      notice = Self.notice(round, detail)
    case .tried:
      rounds += 1
      notice = nil
      if isPlain { temperature = 0.8 }
    }
    apply(verdicts, after: round)
    return verdicts
  }

  /// Takes in that an endpoint gave no reply.
  @discardableResult
  public mutating func record(_ failure: EndpointFailure) -> [StallVerdict] {
    lastFailure = failure.message
    switch failure.kind {
    case .interrupted:
      end = .interrupted
      return []
    case .contextOverflow, .promptCut:
      return follow(judge.judge(.overflow)) { $0.isSmall = true }
    case .silent, .deadline: return follow(judge.judge(.endpointSilent))
    case .empty: return follow(judge.judge(.empty))
    case .cut:
      failures += 1
      if failures > 1 { advance() }
      return []
    default:
      advance()
      return []
    }
  }

  private var isPlain: Bool { index < rungs.count && rungs[index].isPlain }

  private mutating func follow(
    _ verdicts: [StallVerdict], nudge: (inout Ladder) -> Void = { _ in }
  ) -> [StallVerdict] {
    if let stop = verdicts.first(where: { $0.action == .stop }) {
      lastStop = stop
      advance()
    } else {
      nudge(&self)
    }
    return verdicts
  }

  /// Malformed replies have a budget of their own: two, then the other format, three, then the
  /// next model.
  private mutating func recordMalformed(_ detail: String?) {
    malformed += 1
    temperature = 0.8
    notice = detail
    if malformed == 2, !isPlain, !onlyEdits { format = format.other }
    // A program that edits by itself has one round, whatever came of it.
    if malformed >= 5 || index < rungs.count && rungs[index].isAgent { advance() }
  }

  /// A search text that did not match: whole files instead, where they fit.
  public mutating func recordMismatch(detail: String, wholeFits: Bool) {
    hasReply = true
    recordMalformed(detail)
    if format == .edits, wholeFits, malformed == 1 {
      format = .whole
      isWide = true
    }
  }

  private mutating func apply(_ verdicts: [StallVerdict], after round: RepairTrace.Round) {
    if let stop = verdicts.first(where: { $0.action == .stop }) {
      lastStop = stop
      switch round {
      // The next request already differs; the rounds that are left are for that.
      case .unchanged: break
      case .truncated, .overflow, .empty, .endpointSilent:
        advance()
        return
      default:
        escalate()
        return
      }
    } else if let nudge = verdicts.last, notice == nil, !isFresh {
      notice = "Note: \(nudge.evidence). Try something else."
    }
    guard index < rungs.count else { return }
    if isFresh {
      if rounds > 0 { advance() }
    } else if rounds >= rungs[index].rounds {
      escalate()
    }
  }

  /// The fresh round of this model, once; then the next model.
  private mutating func escalate() {
    guard index < rungs.count, !isFresh, !rungs[index].isAgent else {
      advance()
      return
    }
    isFresh = true
    rounds = 0
    malformed = 0
    format = onlyEdits ? .edits : rungs[index].format ?? format.other
    temperature = rungs[index].isPlain ? 1.0 : 0.5
    isWide = true
    notice = nil
  }

  private mutating func advance() {
    index += 1
    judge = TraceJudge(base: base)
    rounds = 0
    malformed = 0
    failures = 0
    isFresh = false
    isWide = false
    isSmall = false
    temperature = 0
    notice = nil
    if index < rungs.count {
      format = onlyEdits ? .edits : rungs[index].format ?? preferred
      isFresh = rungs[index].rounds == 0
    }
  }

  private static func notice(_ round: RepairTrace.Round, _ detail: String?) -> String {
    switch round {
    case .unchanged:
      "Your last reply left every file exactly as it was, and the command still fails. Something "
        + "must change."
    case .noEdits: "Your last reply had no file and no edit. Reply in the form described."
    case .degenerate: "Your last reply repeated itself and was cut. Be brief."
    default: "Your last reply was not taken: \(detail ?? "it was refused")."
    }
  }
}
