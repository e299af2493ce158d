public import Manifests
public import Platform
public import YAMLTree

/// What an apply will do, completely: the value that `plan` prints and `apply` executes.
public struct Plan: Sendable {
  public var manifestName: String
  public var manifestDigest: Digest
  /// The manifest's file as the user named it.
  public var manifestFile: String
  /// The manifest's text, for excerpts; nil in a plan that was saved.
  public var source: SourceText?
  /// The commit that targets must not differ from.
  public var base: String?
  public var setup: [PlannedCommand]
  public var steps: [PlannedStep]
  public var verify: [PlannedCommand]
  /// The message, expanded.
  public var commit: String?
  /// Where the manifest asks for the commit; nil in a plan that was saved.
  public var commitMark: Mark?
  /// What a look at git said of the commit; nil where nobody looked or nothing can be said.
  public var commitOutlook: CommitOutlook?
  /// True if it was made by `--force`: then a commit takes what git makes of the bytes.
  public var isForced = false
  /// The parameters' values, for `$MTOR_PARAM_NAME`.
  public var params: [String: String]
  public var provenance: Provenance?
  /// The manifest's own `repair`, which holds for `verify`; each step has it merged into its own.
  public var repair: RepairPolicy
  /// What stands in the way; nothing is touched where there is one.
  public var conflicts: [Conflict]
  /// Warnings and notes about contents.
  public var diagnostics: [Diagnostic]

  public init(manifestName: String, manifestDigest: Digest, manifestFile: String) {
    self.manifestName = manifestName
    self.manifestDigest = manifestDigest
    self.manifestFile = manifestFile
    setup = []
    steps = []
    verify = []
    repair = RepairPolicy()
    params = [:]
    conflicts = []
    diagnostics = []
  }
}

/// Whether a plan's commit would be made.
public enum CommitOutlook: String, Sendable, CaseIterable {
  /// Something that the plan declares differs from HEAD, or will.
  case pending
  /// HEAD has all that the plan declares: only what its commands change would be committed.
  case onlyCommands = "only_commands"
  /// HEAD has all of it, and there is no command: no commit would be made.
  case none
}

public struct PlannedStep: Sendable {
  /// Whether the step will happen.
  public enum Decision: String, Sendable {
    case perform
    /// Its `when` does not hold.
    case skip
    /// Its `when`, or a file's state, depends on what an earlier command makes: planned again
    /// when the step is reached.
    case unknown
  }

  public var id: String
  public var intent: String?
  public var decision: Decision
  public var files: [PlannedFile]
  public var run: [PlannedCommand]
  public var tests: [PlannedCommand]
  public var isParallel: Bool
  public var outputs: [String]
  public var needs: [String]
  public var repair: RepairPolicy
  public var condition: Condition?
  /// The entries that `files` were made from, expanded, `from` read: what the step is planned
  /// from again when it is reached.
  public var entries: [FileEntry]
  /// Folders that the step's removals leave empty, the deepest first: to be removed after these
  /// and before anything is created, since a file may take a folder's place.
  public var emptiedFolders: [RelativePath]
  public var mark: Mark

  public init(id: String, decision: Decision, mark: Mark) {
    self.id = id
    self.decision = decision
    self.mark = mark
    files = []
    run = []
    tests = []
    isParallel = false
    outputs = []
    needs = []
    repair = RepairPolicy()
    entries = []
    emptiedFolders = []
  }
}

/// One path of a step: what stands there and what will.
public struct PlannedFile: Sendable {
  public enum Action: String, Sendable, CaseIterable {
    case created, replaced, edited, deleted, moved, mode, unchanged
    /// Its `when` does not hold.
    case skipped
    /// Depends on what an earlier command makes.
    case unknown
  }

  public var path: RelativePath
  public var action: Action
  /// What stands there before the step (for a move: at `movedFrom`'s new place, so mostly absent).
  public var before: FileState
  /// What stands there after the step.
  public var after: FileState
  /// For a move: the path whose file comes here. That path has an entry of its own, `deleted`.
  public var movedFrom: RelativePath?
  /// For the `deleted` source of a move: the path that its file goes to.
  public var movedTo: RelativePath?
  /// The digest of what the entry declares, before and independent of the tree: the key under
  /// which an accepted repair of the same declaration is remembered.
  public var declared: Digest?
  /// The run whose accepted repair stands there instead of the declared bytes.
  public var repairedIn: String?
  public var isFrozen: Bool
  /// Why the plan says so in a line of its own: the file makes other programs run something.
  public var grantsExecution: Bool
  /// True for a file that changes what git does (`.gitignore`, `.gitattributes`, `.gitmodules`).
  public var changesGit: Bool
  /// Why the action is `skipped` or `unknown`, one phrase; nil otherwise.
  public var reason: String?
  /// Where the entry stands in the manifest.
  public var mark: Mark

  public init(
    path: RelativePath, action: Action, before: FileState, after: FileState, mark: Mark
  ) {
    self.path = path
    self.action = action
    self.before = before
    self.after = after
    self.mark = mark
    isFrozen = false
    grantsExecution = false
    changesGit = false
  }

  /// True where landing the step has something to do for the file.
  public var changesTree: Bool {
    switch action {
    case .created, .replaced, .edited, .deleted, .moved, .mode: true
    case .unchanged, .skipped, .unknown: false
    }
  }
}

/// What stands, or will stand, at a path.
public enum FileState: Sendable {
  case absent
  case regular(RegularFile)
  case symlink(target: String)

  public var digest: Digest? {
    if case .regular(let file) = self { file.digest } else { nil }
  }

  public var isAbsent: Bool {
    if case .absent = self { true } else { false }
  }
}

/// A regular file of the tree or of the plan.
public struct RegularFile: Sendable {
  public var digest: Digest
  public var size: Int
  /// The exact permission bits where they are known or declared; nil for a new file, which gets
  /// 0666 (0777 if executable) less the umask.
  public var mode: UInt32?
  /// Wanted execute bits: nil leaves them (false for a new file).
  public var isExecutable: Bool?
  /// The bytes, for a wanted state and for whatever a diff needs; nil where only the hash is known.
  public var content: Text?

  public init(
    digest: Digest, size: Int, mode: UInt32? = nil, isExecutable: Bool? = nil,
    content: Text? = nil
  ) {
    self.digest = digest
    self.size = size
    self.mode = mode
    self.isExecutable = isExecutable
    self.content = content
  }
}

/// A command with everything decided: folder, environment, PATH, deadline.
public struct PlannedCommand: Sendable {
  public enum Kind: String, Sendable { case setup, run, test, verify }

  public var kind: Kind
  /// `name`, or the first line of the command, cut to 60 characters.
  public var name: String
  public var spec: CommandSpec
  /// Relative to the root; nil: the root.
  public var directory: RelativePath?
  /// Manifest's, step's and command's `env`, the later overriding, expanded.
  public var environment: [String: String]
  public var passEnvironment: [String]
  /// Folders put before PATH, relative to the root.
  public var path: [RelativePath]
  public var creates: RelativePath?
  /// The values of its manifest's parameters where it runs among commands of others; nil: those of
  /// the run.
  public var params: [String: String]?

  /// True for a command that runs whatever stands and whatever has passed before.
  var isUnconditional: Bool { creates == nil && spec.unless == nil && spec.inputs.isEmpty }

  public init(kind: Kind, name: String, spec: CommandSpec) {
    self.kind = kind
    self.name = name
    self.spec = spec
    environment = [:]
    passEnvironment = []
    path = []
  }
}

extension [Conflict] {
  /// The exit code of what they stand in the way of: 4, and 7 where the tree only could not be
  /// looked at.
  public var exit: Int32 { allSatisfy { $0.rule == Conflict.unreadable } ? 7 : 4 }
}

/// Why the tree is not what the manifest expects.
public struct Conflict: Sendable, Error {
  /// The rule of a conflict that only says that the tree could not be read: exit 7 where no
  /// other conflict stands beside it.
  public static let unreadable = "tree-unreadable"

  /// The path that is in the way; empty where it is the repository as a whole.
  public var path: String
  /// A stable id, such as `conflict-changed`, `conflict-link`, `conflict-no-match`.
  public var rule: String
  /// One sentence that says what stands there.
  public var message: String
  /// What to do.
  public var hint: String?
  /// The step's id; empty where it is the commit that cannot be made.
  public var step: String
  public var mark: Mark

  public init(
    path: String, rule: String, message: String, hint: String? = nil, step: String, mark: Mark
  ) {
    self.path = path
    self.rule = rule
    self.message = message
    self.hint = hint
    self.step = step
    self.mark = mark
  }
}
