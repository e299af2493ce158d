/// The configuration of a person, tightened by what the tree may say; everything has a default.
///
/// Without a file this value is what holds: no model, so nothing is ever sent anywhere.
public struct Configuration: Sendable {
  /// What a command of a manifest may do without a sandbox.
  public enum CommandRule: String, Sendable, CaseIterable { case run, ask, sandbox, refuse }

  public enum Sandbox: String, Sendable, CaseIterable {
    /// The best this machine has, and no repair where it has none.
    case auto
    /// Sandboxed commands need bubblewrap.
    case required
    /// None; a repair then also needs `--unsafe-no-sandbox`.
    case off
  }

  /// In the order they were written.
  public var models: [ModelConfiguration]
  public var repair: RepairConfiguration
  public var sandbox: Sandbox
  /// The largest manifest and the largest file in it, in bytes.
  public var manifestLimit: Int
  public var fileLimit: Int
  /// How many steps and files a manifest may have.
  public var stepLimit: Int
  public var filesLimit: Int
  /// Patterns of commands that run as they are, and what holds for the others; nil where the
  /// default of the manifest's source holds (a file: `run`, standard input: `sandbox`).
  public var allowedCommands: [String]
  public var otherCommands: CommandRule?
  public var queue: QueueConfiguration
  public var dispatch: DispatchConfiguration
  /// Folders of coaching notes, relative to the root.
  public var coaching: [String]
  /// Where the ledger lies; nil: below `$XDG_STATE_HOME`.
  public var ledger: String?

  public init() {
    models = []
    repair = RepairConfiguration()
    sandbox = .auto
    manifestLimit = 64 << 20
    fileLimit = 16 << 20
    stepLimit = 100_000
    filesLimit = 200_000
    allowedCommands = []
    queue = .sqlite
    dispatch = DispatchConfiguration()
    coaching = [".mtor/coaching"]
  }

  /// The model of that name, if one is configured.
  public func model(named name: String) -> ModelConfiguration? {
    models.first { $0.name == name }
  }
}

/// `repair` of the configuration: the ladder and what a whole run may cost.
public struct RepairConfiguration: Sendable, Hashable {
  /// Names of models, cheapest first; nil: all that are configured, as written.
  public var models: [String]?
  public var tokens: Int
  /// US dollars.
  public var usd: Double
  public var seconds: Double

  public init(
    models: [String]? = nil, tokens: Int = 200_000, usd: Double = 1, seconds: Double = 1800
  ) {
    self.models = models
    self.tokens = tokens
    self.usd = usd
    self.seconds = seconds
  }
}

/// Which engine holds dispatched work.
public enum QueueConfiguration: Sendable, Hashable {
  case sqlite
  case temporal(TemporalConfiguration)
}
