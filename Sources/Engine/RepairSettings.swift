public import Manifests
import Platform
public import Repairing

/// What a run needs to repair: the configuration and where it may remember.
public struct RepairSettings: Sendable {
  public var configuration: Configuration
  /// The ledger's file.
  public var ledger: String
  /// Where keys are read: mtor's own environment.
  public var environment: [String: String]
  /// True to run attempts without a sandbox (`--unsafe-no-sandbox`).
  public var isUnsafe: Bool
  /// Gets what would be sent; then no model is asked (`--show-prompt`).
  public var show: (@Sendable (PromptPreview) -> Void)?
  /// How patient an agent is watched.
  public var pace: WorkerTrace.Pace

  public init(configuration: Configuration, ledger: String, environment: [String: String]) {
    self.configuration = configuration
    self.ledger = ledger
    self.environment = environment
    isUnsafe = false
    pace = WorkerTrace.Pace()
  }

  /// The models of the ladder, in order: those that a step names, else the configuration's, else
  /// all.
  func ladder(_ policy: RepairPolicy) -> [ModelConfiguration] {
    guard let names = policy.models ?? configuration.repair.models else {
      return configuration.models
    }
    return names.compactMap { configuration.model(named: $0) }
  }

  /// What a person is told where a step or its manifest names models that nobody has configured
  /// here; nil where all are.
  func missingModels(_ policy: RepairPolicy) -> String? {
    let missing = (policy.models ?? []).filter { configuration.model(named: $0) == nil }
    if missing.isEmpty { return nil }
    let names = missing.map { "'\(Printable.escaped($0))'" }.joined(separator: ", ")
    let known = configuration.models.map(\.name).joined(separator: ", ")
    return "'repair.models' names \(names), not configured here (configured: "
      + "\(known.isEmpty ? "none" : known))"
  }
}
