import Platform

/// What an exchange cost in tokens, in one shape for all providers.
///
/// The three kinds of input are a partition: their sum is the prompt.
public struct TokenUsage: Hashable, Sendable {
  public var uncachedInput: Int
  public var cacheRead: Int
  public var cacheWrite: Int
  /// Reasoning included.
  public var output: Int
  /// Part of `output`.
  public var reasoning: Int
  /// What the provider itself says it cost, in US dollars.
  public var usd: Double?

  public init(
    uncachedInput: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, output: Int = 0,
    reasoning: Int = 0, usd: Double? = nil
  ) {
    self.uncachedInput = uncachedInput
    self.cacheRead = cacheRead
    self.cacheWrite = cacheWrite
    self.output = output
    self.reasoning = reasoning
    self.usd = usd
  }

  /// The whole prompt.
  public var input: Int { uncachedInput + cacheRead + cacheWrite }
  public var total: Int { input + output }

  public static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
    TokenUsage(
      uncachedInput: a.uncachedInput + b.uncachedInput, cacheRead: a.cacheRead + b.cacheRead,
      cacheWrite: a.cacheWrite + b.cacheWrite, output: a.output + b.output,
      reasoning: a.reasoning + b.reasoning,
      usd: a.usd == nil && b.usd == nil ? nil : (a.usd ?? 0) + (b.usd ?? 0))
  }
}

/// The usage objects of one answer as they came, folded field by field to the largest.
///
/// Providers repeat growing figures in a stream, so they are never added up. They are folded
/// before they are normalised: a maximum over a difference would count cached tokens twice.
struct UsageReport: Sendable {
  private var prompt: Int?
  private var cached: Int?
  private var written: Int?
  private var missed: Int?
  private var completion: Int?
  private var reasoning: Int?
  private var usd: Double?
  private var isAbsurd = false

  /// The largest count that is believed.
  static let largest = 100_000_000

  /// Takes in the `usage` of an answer, an event, or llama.cpp's `timings`.
  mutating func fold(_ usage: JSON, _ route: Endpoint.Route) {
    guard usage.object != nil else { return }
    switch route {
    case .chatCompletions: foldOpenAI(usage)
    case .messages: foldAnthropic(usage)
    }
  }

  /// llama.cpp's own figures, believed only where no `usage` came.
  mutating func fold(timings: JSON) {
    guard prompt == nil, completion == nil, let read = timings["cache_n"]?.integer,
      let fresh = timings["prompt_n"]?.integer, let output = timings["predicted_n"]?.integer,
      (0...Self.largest).contains(read), (0...Self.largest).contains(fresh)
    else { return }
    prompt = read + fresh
    cached = read
    take(.integer(output), into: \.completion)
  }

  /// Nil where the counts are missing or cannot be: the caller counts what it reserved.
  func usage(_ route: Endpoint.Route) -> TokenUsage? {
    // No prompt has no tokens: such counts were never taken.
    guard !isAbsurd, let completion else { return nil }
    let reasoning = min(reasoning ?? 0, completion)
    switch route {
    case .messages:
      guard let prompt, prompt + (cached ?? 0) + (written ?? 0) > 0 else { return nil }
      return TokenUsage(
        uncachedInput: prompt, cacheRead: cached ?? 0, cacheWrite: written ?? 0,
        output: completion, reasoning: reasoning, usd: usd)
    case .chatCompletions:
      guard let all = prompt ?? missed.map({ $0 + (cached ?? 0) }), all > 0 else { return nil }
      let read = min(cached ?? 0, all)
      let written = min(written ?? 0, all - read)
      return TokenUsage(
        uncachedInput: all - read - written, cacheRead: read, cacheWrite: written,
        output: completion, reasoning: reasoning, usd: usd)
    }
  }

  private mutating func foldOpenAI(_ usage: JSON) {
    // Ollama's own names stand for the others where a proxy passes them through.
    take(usage["prompt_tokens"] ?? usage["prompt_eval_count"], into: \.prompt)
    take(usage["completion_tokens"] ?? usage["eval_count"], into: \.completion)
    let details = usage["prompt_tokens_details"]
    take(details?["cached_tokens"] ?? usage["prompt_cache_hit_tokens"], into: \.cached)
    take(usage["prompt_cache_hit_tokens"], into: \.cached)
    take(usage["prompt_cache_miss_tokens"], into: \.missed)
    take(details?["cache_write_tokens"], into: \.written)
    take(usage["completion_tokens_details"]?["reasoning_tokens"], into: \.reasoning)
    if let cost = usage["cost"]?.double, cost >= 0, cost < 10_000 { usd = max(usd ?? 0, cost) }
  }

  private mutating func foldAnthropic(_ usage: JSON) {
    take(usage["input_tokens"], into: \.prompt)
    take(usage["output_tokens"], into: \.completion)
    take(usage["cache_read_input_tokens"], into: \.cached)
    take(usage["cache_creation_input_tokens"], into: \.written)
  }

  private mutating func take(_ value: JSON?, into field: WritableKeyPath<UsageReport, Int?>) {
    guard let value, !value.isNull else { return }
    guard let count = value.double, count >= 0, count <= Double(Self.largest),
      count == count.rounded()
    else {
      isAbsurd = true
      return
    }
    self[keyPath: field] = max(self[keyPath: field] ?? 0, Int(count))
  }
}
