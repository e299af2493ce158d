public import Manifests
public import Planning
public import Platform
public import YAMLTree

/// What happened in a run: the one stream that the ledger, the screen and every report are made
/// from. Times are nanoseconds since 1970.
public struct RunEvent: Sendable {
  public var time: Int64
  public var kind: Kind

  public init(time: Int64, _ kind: Kind) {
    self.time = time
    self.kind = kind
  }

  public enum Kind: Sendable {
    case runStarted(RunStart)
    /// What recovery did before the run, one sentence each.
    case recovered([String])
    /// `index` counts from 1.
    case stepStarted(id: String, index: Int, of: Int)
    case filesLanded(step: String, files: [FileRecord])
    case commandStarted(step: String?, kind: PlannedCommand.Kind, name: String)
    /// The last line of output of the running command, escaped; for the screen alone.
    case commandOutput(step: String?, name: String, line: String)
    case commandEnded(step: String?, CommandRecord)
    /// A rung of the repair ladder begins; the step is nil for `verify`. For the screen alone.
    case attemptStarted(step: String?, number: Int, by: AttemptRecord.Proposer, model: String?)
    case attemptEnded(step: String?, AttemptRecord)
    case stepEnded(id: String, outcome: StepOutcome, reason: String?)
    /// Steps that never began, in the manifest's order, since the run was over before them.
    case stepsSkipped(ids: [String], reason: String)
    /// A warning for the screen and the report.
    case noted(String)
    /// Warnings and notes about the manifest and its contents, before anything is done.
    case diagnosed([Diagnostic])
    /// The tree is not what the manifest expects: `step` is nil where the plan saw it and nothing
    /// was touched, else the step that did not land.
    case conflicted(step: String?, [Conflict], source: SourceText? = nil)
    case committed(id: String, message: String)
    case runEnded(RunEnd)
  }
}

public struct RunStart: Sendable {
  /// The run's id: sortable by time, unique on the machine.
  public var run: String
  public var manifestName: String
  public var manifestDigest: Digest
  public var manifestFile: String
  public var root: String
  public var provenance: Provenance?

  public init(
    run: String, manifestName: String, manifestDigest: Digest, manifestFile: String, root: String,
    provenance: Provenance? = nil
  ) {
    self.run = run
    self.manifestName = manifestName
    self.manifestDigest = manifestDigest
    self.manifestFile = manifestFile
    self.root = root
    self.provenance = provenance
  }
}

/// What became of one path.
public struct FileRecord: Sendable, Hashable {
  public var path: String
  public var action: PlannedFile.Action
  public var digest: Digest?
  /// The run whose repair stands there.
  public var repairedIn: String?

  public init(
    path: String, action: PlannedFile.Action, digest: Digest?, repairedIn: String? = nil
  ) {
    self.path = path
    self.action = action
    self.digest = digest
    self.repairedIn = repairedIn
  }
}

/// How a command ended.
public struct CommandRecord: Sendable {
  public enum Outcome: String, Sendable, CaseIterable {
    case passed, failed, flaky, cached, skipped
    case timedOut = "timed_out"
    case interrupted
  }

  public var kind: PlannedCommand.Kind
  public var name: String
  public var run: String
  public var outcome: Outcome
  /// Nil where it did not exit (a signal, a timeout, skipped).
  public var exit: Int?
  public var signal: Int?
  /// False where it could not be started, so that nothing of the tree has been tested.
  public var hasStarted = true
  public var seconds: Double
  public var userSeconds: Double
  public var systemSeconds: Double
  /// Peak resident memory in bytes.
  public var peakMemory: Int
  /// What it ran under: `none`, `bubblewrap`, `landlock`.
  public var sandbox: String
  /// Head and tail of its output, escaped for printing.
  public var output: String
  /// Bytes of output left out between head and tail.
  public var omitted: Int
  /// Why it counts as failed although it exited well, or why it was skipped.
  public var reason: String?
  /// Where it stands in the manifest.
  public var line: Int
  /// The manifest's file, in a run of several; nil where the run has one.
  public var file: String?

  public init(
    kind: PlannedCommand.Kind, name: String, run: String, outcome: Outcome, line: Int
  ) {
    self.kind = kind
    self.name = name
    self.run = run
    self.outcome = outcome
    self.line = line
    seconds = 0
    userSeconds = 0
    systemSeconds = 0
    peakMemory = 0
    sandbox = "none"
    output = ""
    omitted = 0
  }
}

public enum StepOutcome: String, Sendable, CaseIterable {
  case passed, flaky, fixed, remembered, repaired, stalled, failed, skipped, interrupted
  case conflict
}

/// How a run ended.
public enum RunOutcome: String, Sendable, CaseIterable {
  case passed, repaired, untested, failed, conflict, stalled, unreachable, interrupted
  case redBefore = "red_before"
  case outOfBudget = "out_of_budget"
}

public struct RunEnd: Sendable {
  public var outcome: RunOutcome
  /// The process's exit code.
  public var exit: Int32
  /// What a person wants to know first, one sentence; nil where all went well.
  public var reason: String?
  /// True if something was changed that `undo` can take back.
  public var canUndo: Bool
  /// True if everything that landed was put back: what the steps tell of files is what they left
  /// before that.
  public var isUndone = false
  /// About how many tokens a repair of the failing test would take, where no model is configured
  /// and one could help.
  public var repairEstimate: Int?

  public init(
    outcome: RunOutcome, exit: Int32, reason: String? = nil, canUndo: Bool = false,
    repairEstimate: Int? = nil
  ) {
    self.outcome = outcome
    self.exit = exit
    self.reason = reason
    self.canUndo = canUndo
    self.repairEstimate = repairEstimate
  }
}

/// Something that listens to a run. Called in order, from one thread at a time.
public protocol RunListener: AnyObject {
  func receive(_ event: RunEvent)
}
