public import YAMLTree

/// A model as it is configured: where it answers, what it costs, how it is asked.
public struct ModelConfiguration: Sendable {
  public enum API: String, Sendable, Hashable, CaseIterable {
    /// Chat completions, as OpenAI and most others serve them.
    case openai
    /// Anthropic's messages.
    case anthropic
    /// A coding agent's own program.
    case command
  }

  /// In which form the model is asked for its repair.
  public enum Reply: String, Sendable, Hashable, CaseIterable { case auto, whole, edits }

  /// US dollars for a million tokens; nil where the configuration does not say.
  public struct Price: Sendable, Hashable {
    public var input: Double
    /// Tokens read from the provider's cache; `input` where nil.
    public var cachedInput: Double?
    /// Tokens written to the provider's cache; `input` where nil.
    public var cacheWrite: Double?
    public var output: Double

    public init(
      input: Double, cachedInput: Double? = nil, cacheWrite: Double? = nil, output: Double
    ) {
      self.input = input
      self.cachedInput = cachedInput
      self.cacheWrite = cacheWrite
      self.output = output
    }
  }

  /// Deadlines in seconds.
  public struct Timeouts: Sendable, Hashable {
    public var connect: Double
    public var firstByte: Double
    /// Between two pieces of content.
    public var idle: Double
    public var total: Double

    public init(
      connect: Double = 10, firstByte: Double = 60, idle: Double = 30, total: Double = 600
    ) {
      self.connect = connect
      self.firstByte = firstByte
      self.idle = idle
      self.total = total
    }
  }

  /// Its key in `models`.
  public var name: String
  public var api: API
  /// The base, such as `http://127.0.0.1:8080/v1`; empty for `command`.
  public var url: String
  /// The name that the endpoint knows it by; empty for `command`.
  public var model: String
  /// The variable of the environment that holds the key; nil: no key is sent.
  public var keyVariable: String?
  public var price: Price?
  /// The window in tokens.
  public var context: Int
  /// The cap of one reply in tokens.
  public var maxOutput: Int
  public var reply: Reply
  /// False for an endpoint that does not stream, or not well.
  public var isStreamed: Bool
  public var timeouts: Timeouts
  /// Merged into the request's body, as it was written; a mapping without `capKeys`.
  public var extra: Node?
  /// Names under which servers know the cap of a reply: what is reserved counts on the one that
  /// mtor itself sends.
  static let capKeys: Set<String> = [
    "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "n_predict",
    "num_predict", "best_of",
  ]
  /// For `command`: the program and its arguments.
  public var command: [String]
  public var passEnvironment: [String]
  /// For `command`: where its JSON output has the token counts and the cost, as JSON pointers by
  /// field (`input`, `cached_input`, `output`, `usd`).
  public var usagePaths: [String: String]
  public var mark: Mark

  public init(name: String, api: API, mark: Mark) {
    self.name = name
    self.api = api
    self.mark = mark
    url = ""
    model = ""
    context = 32_768
    maxOutput = 8192
    reply = .auto
    isStreamed = true
    timeouts = Timeouts()
    command = []
    passEnvironment = []
    usagePaths = [:]
  }
}
