/// What a request to a model, or several, spent.
public struct ModelUsage: Sendable, Hashable {
  public var requests: Int
  /// Tokens of prompts, cached ones included.
  public var inputTokens: Int
  public var cachedInputTokens: Int
  public var outputTokens: Int
  public var usd: Double
  /// How many of the requests did not say what they used: their tokens are in no sum.
  public var unmetered: Int
  /// How many of the requests have no known price: their cost is in no sum.
  public var unpriced: Int

  public init(
    requests: Int = 0, inputTokens: Int = 0, cachedInputTokens: Int = 0, outputTokens: Int = 0,
    usd: Double = 0, unmetered: Int = 0, unpriced: Int = 0
  ) {
    self.requests = requests
    self.inputTokens = inputTokens
    self.cachedInputTokens = cachedInputTokens
    self.outputTokens = outputTokens
    self.usd = usd
    self.unmetered = unmetered
    self.unpriced = unpriced
  }

  public var tokens: Int { inputTokens + outputTokens }

  /// True if a model's tokens were spent, or may have been.
  public var isSpent: Bool { tokens > 0 || unmetered > 0 }

  public static func + (a: ModelUsage, b: ModelUsage) -> ModelUsage {
    ModelUsage(
      requests: a.requests + b.requests, inputTokens: a.inputTokens + b.inputTokens,
      cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
      outputTokens: a.outputTokens + b.outputTokens, usd: a.usd + b.usd,
      unmetered: a.unmetered + b.unmetered, unpriced: a.unpriced + b.unpriced)
  }

  public static func += (a: inout ModelUsage, b: ModelUsage) { a = a + b }
}

/// One attempt to make a failing test pass, and how it ended.
public struct AttemptRecord: Sendable, Hashable {
  /// Who proposed the change.
  public enum Proposer: String, Sendable, CaseIterable { case fixer, memory, model, agent }

  public enum Outcome: String, Sendable, CaseIterable {
    case fixed, rejected, stalled, environment, error
    case notFixed = "not_fixed"
  }

  /// From 1 within its step.
  public var number: Int
  public var by: Proposer
  /// The configured name of the model or the fixer's command; nil for memory.
  public var model: String?
  public var outcome: Outcome
  /// The stall rule that fired, such as `S4`.
  public var signal: String?
  /// Why it ended so, one sentence.
  public var reason: String?
  /// The paths it changed.
  public var files: [String]
  public var usage: ModelUsage
  /// The request's row in the ledger, for which `usage` stands; nil where nothing was reserved.
  public var request: Int64?
  public var seconds: Double
  /// The coaching notes that were sent, by id.
  public var notes: [String]
  /// The model's own name in its reply, where it differs from what was asked for.
  public var answeredAs: String?
  /// The reply's surprise line, cleaned.
  public var surprise: String?

  public init(number: Int, by: Proposer, model: String? = nil, outcome: Outcome) {
    self.number = number
    self.by = by
    self.model = model
    self.outcome = outcome
    files = []
    usage = ModelUsage()
    seconds = 0
    notes = []
  }
}
