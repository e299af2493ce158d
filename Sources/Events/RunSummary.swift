/// A run in one line, for `mtor log`.
public struct RunSummary: Sendable, Hashable {
  public var run: String
  public var manifest: String
  public var root: String
  /// In nanoseconds since 1970.
  public var started: Int64
  /// Nil for a run that goes on or was killed.
  public var seconds: Double?
  /// Nil for a run that goes on or was killed.
  public var outcome: RunOutcome?
  public var exit: Int?
  /// How many paths it changed.
  public var files: Int
  public var steps: Int
  /// How many of the steps needed a model's tokens.
  public var stepsWithModel: Int
  public var usage: ModelUsage

  public init(
    run: String, manifest: String, root: String, started: Int64, seconds: Double?,
    outcome: RunOutcome?, exit: Int?, files: Int, steps: Int, stepsWithModel: Int,
    usage: ModelUsage
  ) {
    self.run = run
    self.manifest = manifest
    self.root = root
    self.started = started
    self.seconds = seconds
    self.outcome = outcome
    self.exit = exit
    self.files = files
    self.steps = steps
    self.stepsWithModel = stepsWithModel
    self.usage = usage
  }
}
