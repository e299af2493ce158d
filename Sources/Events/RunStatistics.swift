/// What many runs say together: how often no model was needed, and what it cost where one was.
public struct RunStatistics: Sendable, Equatable {
  /// What sums may be grouped by.
  public enum Dimension: String, Sendable, CaseIterable {
    case manifest, author, model, repo, step, note
  }

  /// What one model did.
  public struct ModelShare: Sendable, Equatable {
    /// Steps (and `verify`s) that it repaired.
    public var repaired = 0
    /// Its attempts, whatever came of them.
    public var rounds = 0

    public init() {}
  }

  /// The sums of one group.
  public struct Group: Sendable, Equatable {
    public var key: String
    public var runs = 0
    public var steps = 0
    public var outcomes: [StepOutcome: Int] = [:]
    public var stepsWithModel = 0
    public var usage = ModelUsage()
    /// What runs have spent that have no report, since they were killed or are still under way; in
    /// the sum of all alone.
    public var unreported = ModelUsage()
    /// By the configured name of the model or agent.
    public var models: [String: ModelShare] = [:]
    /// How often each stall rule ended an attempt.
    public var rules: [String: Int] = [:]
    /// How long the runs took together.
    public var seconds = 0.0
    /// What the manifests say that their writing cost.
    public var authorTokens = 0
    public var authorUSD = 0.0

    public init(key: String) { self.key = key }

    /// The steps that did something: one that was skipped is no evidence of anything.
    public var stepsRun: Int { steps - (outcomes[.skipped] ?? 0) }

    /// How many of `stepsRun` needed no model.
    public var stepsWithoutModel: Int { stepsRun - stepsWithModel }

    /// The share of `stepsRun` that needed no model, 0 to 1; nil where there is no step.
    public var shareWithoutModel: Double? {
      stepsRun == 0 ? nil : Double(stepsWithoutModel) / Double(stepsRun)
    }

    /// The share of prompt tokens that a provider had cached, 0 to 1; nil where none were sent.
    public var cacheShare: Double? {
      usage.inputTokens == 0
        ? nil : Double(usage.cachedInputTokens) / Double(usage.inputTokens)
    }
  }

  public var total: Group
  public var dimension: Dimension?
  /// By falling number of steps, then by key; empty without a dimension.
  public var groups: [Group]

  public init(total: Group, dimension: Dimension? = nil, groups: [Group] = []) {
    self.total = total
    self.dimension = dimension
    self.groups = groups
  }
}
