public import Manifests
public import Planning
public import Platform

/// A run as a value: what its events say when they are taken together.
///
/// Made by folding the events in order; the ledger gives back an equal one.
public struct RunReport: Sendable {
  public var run: String
  public var manifestName: String
  public var manifestDigest: Digest
  /// As the user named it.
  public var manifestFile: String
  public var root: String
  public var provenance: Provenance?
  /// In nanoseconds since 1970.
  public var started: Int64
  /// Nil while it goes on, and for a run that was killed.
  public var ended: Int64?
  /// Nil while it goes on, and for a run that was killed.
  public var end: RunEnd?
  public var steps: [Step]
  /// The commands of no step: `setup` and `verify`.
  public var commands: [CommandRecord]
  /// The attempts to repair `verify`.
  public var attempts: [AttemptRecord]
  /// What was said on the way: recovery, warnings, conflicts, in order.
  public var notices: [Notice]
  public var commit: Commit?

  /// The commit that the run made.
  public struct Commit: Sendable, Hashable {
    public var id: String
    public var message: String
    /// Those of the run that lie below it, the newest first: one for each manifest before.
    public var earlier: [String]

    public init(id: String, message: String, earlier: [String] = []) {
      self.id = id
      self.message = message
      self.earlier = earlier
    }
  }

  /// Something that was said about the run as a whole or a place of its manifest.
  public struct Notice: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
      /// What recovery did before the run.
      case recovered
      /// A warning of the run.
      case noted
      case error, warning, note
      case conflict
    }

    public var kind: Kind
    /// One sentence.
    public var message: String
    /// The rule's stable id; nil for recovery and warnings of the run.
    public var rule: String?
    public var hint: String?
    /// The step that a conflict kept from landing; nil where the plan saw it.
    public var step: String?
    /// The target's path, for a conflict.
    public var path: String?
    /// The manifest's file, for a diagnostic.
    public var file: String?
    public var line: Int?
    public var column: Int?

    public init(_ kind: Kind, _ message: String) {
      self.kind = kind
      self.message = message
    }
  }

  /// One step of the run.
  public struct Step: Sendable {
    public var id: String
    /// In nanoseconds since 1970.
    public var started: Int64
    /// Nil while it goes on.
    public var ended: Int64?
    /// Nil while it goes on.
    public var outcome: StepOutcome?
    public var reason: String?
    public var files: [FileRecord]
    public var commands: [CommandRecord]
    public var attempts: [AttemptRecord]

    public init(id: String, started: Int64) {
      self.id = id
      self.started = started
      files = []
      commands = []
      attempts = []
    }

    /// A step that never began.
    init(skipped id: String, reason: String, at time: Int64) {
      self.init(id: id, started: time)
      ended = time
      outcome = .skipped
      self.reason = reason
    }

    /// True exactly when a model's tokens were spent on the step.
    public var neededModel: Bool { attempts.contains { $0.usage.isSpent } }

    public var usage: ModelUsage { attempts.reduce(ModelUsage()) { $0 + $1.usage } }
  }

  public init(_ start: RunStart, at time: Int64) {
    run = start.run
    manifestName = start.manifestName
    manifestDigest = start.manifestDigest
    manifestFile = start.manifestFile
    root = start.root
    provenance = start.provenance
    started = time
    steps = []
    commands = []
    attempts = []
    notices = []
  }

  /// Whether the run ended with exit code 0.
  public var isOK: Bool { end?.exit == 0 }

  /// How long it took; 0 while it goes on.
  public var seconds: Double { ended.map { Double($0 - started) / 1e9 } ?? 0 }

  /// What models were asked for and what that cost, all steps and `verify`.
  public var usage: ModelUsage {
    steps.reduce(attempts.reduce(ModelUsage()) { $0 + $1.usage }) { $0 + $1.usage }
  }

  /// How many paths had each action.
  public var fileCounts: [PlannedFile.Action: Int] {
    var counts: [PlannedFile.Action: Int] = [:]
    for step in steps { for file in step.files { counts[file.action, default: 0] += 1 } }
    return counts
  }
}
