public import Events
public import Manifests
public import Planning
public import Platform

/// What is to be repaired: a command that failed after a step's files had landed.
public struct RepairTask: Sendable {
  public var run: String
  /// The tree; absolute.
  public var root: String
  /// Nil for `verify`.
  public var step: String?
  public var intent: String?
  /// The step's files, or those of all steps for `verify`, as they were planned.
  public var files: [PlannedFile]
  /// Merged and whole.
  public var policy: RepairPolicy
  /// The command that failed.
  public var command: PlannedCommand
  /// How it failed, in the tree.
  public var record: CommandRecord
  /// The tests that have passed in this run, with how: they must pass again.
  public var passed: [(command: PlannedCommand, record: CommandRecord)]
  /// Coaching notes in scope, and their commands.
  public var coaching: NoteSelection
  /// Real git folders below the root.
  public var gitFolders: [RelativePath]
  /// What the manifest has deleted: files and folders that no repair may bring back.
  public var removed: [RelativePath]
  /// What steps declare that come after this one.
  public var later: LaterDeclarations
  /// What a whole run may spend, from the configuration.
  public var runLimit: RepairConfiguration
  /// How long earlier repairs of the run have asked models.
  public var runSeconds: Double
  /// True to refuse a pass that no known runner confirms.
  public var isStrict: Bool

  public init(
    run: String, root: String, step: String?, files: [PlannedFile], policy: RepairPolicy,
    command: PlannedCommand, record: CommandRecord
  ) {
    self.run = run
    self.root = root
    self.step = step
    self.files = files
    self.policy = policy
    self.command = command
    self.record = record
    passed = []
    coaching = NoteSelection()
    gitFolders = []
    removed = []
    later = LaterDeclarations()
    runLimit = RepairConfiguration()
    runSeconds = 0
    isStrict = false
  }

  /// What the manifest declares for the scope, without the run and the tree: the key of memory.
  public var declared: Digest {
    var hash = Hasher256()
    for file in files.sorted(by: { $0.path < $1.path }) {
      let digest = file.declared?.hex ?? file.after.digest?.hex ?? "-"
      hash.update(Array("\(file.path.text)\0\(digest)\0".utf8))
    }
    hash.update(Array(command.spec.run.utf8))
    return hash.finish()
  }
}

/// How a repair ended.
public struct RepairResult: Sendable {
  public enum Outcome: Sendable, Hashable {
    /// The command passes with nothing changed.
    case flaky
    case fixed, remembered, repaired
    /// The command behaves otherwise in the shadow than in the tree, or spoils other tests.
    case environment(String)
    case nothingEditable
    /// Under `--strict`: nobody says how many tests this command runs, so nothing would be believed.
    case uncounted(String)
    case noModel
    /// The request was shown and not sent.
    case shown
    case stalled(StallRule?, String)
    case blocked(String)
    case outOfBudget(String)
    case unreachable(String)
    case interrupted
  }

  public var outcome: Outcome
  /// What passed, to be landed; nil where nothing did.
  public var proposal: Proposal?
  public var attempts: [AttemptRecord]
  /// Where no known runner says how many tests ran.
  public var countIsUnknown: Bool
  /// The proposal of the best attempt that did not pass, for a person.
  public var best: Proposal?
  /// What the failing command said with the declared bytes, where nothing passed.
  public var failure: String?
  /// The failure's fingerprint: with the task's `declared` the key of memory.
  public var fingerprint: String
  /// Why a model said that it is blocked, as it said it: untrusted, and not for a terminal.
  public var reasonSaid: String?
  /// Who made what passed: a model's name or a fixer's command.
  public var author: String?
  /// How many tokens a first request would take, where none was sent for want of a model.
  public var estimate: Int?
  /// How long models were asked, what they proposed tried included.
  public var seconds: Double

  public init(_ outcome: Outcome, attempts: [AttemptRecord] = [], fingerprint: String = "") {
    self.outcome = outcome
    self.attempts = attempts
    self.fingerprint = fingerprint
    countIsUnknown = false
    seconds = 0
  }
}
