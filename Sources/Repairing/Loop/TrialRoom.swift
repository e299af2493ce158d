public import Events
public import Planning
public import Platform

/// What is done in a trial, besides running commands.
public enum TrialWork {
  case nothing
  /// A fixer's command text, run before the commands.
  case fixer(String)
  /// A coding agent: its program and arguments, with the prompt on its standard input.
  case agent([String], passing: [String], prompt: String, seconds: Double, watch: AgentWatch)
}

/// A trial: the tree with some files laid over, work done in it, commands run in it.
public struct Trial {
  public var files: [Proposal.File]
  /// Paths that are taken away.
  public var removed: [RelativePath]
  public var work: TrialWork
  /// Files that the commands must not even write, looked at before and after them.
  public var pins: [RelativePath]
  /// Run in order until one fails.
  public var commands: [PlannedCommand]

  public init(
    files: [Proposal.File] = [], work: TrialWork = .nothing, commands: [PlannedCommand]
  ) {
    self.files = files
    removed = []
    pins = []
    self.work = work
    self.commands = commands
  }
}

/// What came of a trial.
public struct TrialOutcome: Sendable {
  public struct Result: Sendable {
    public var record: CommandRecord
    /// Head and tail, as bytes.
    public var output: [UInt8]

    public init(record: CommandRecord, output: [UInt8]) {
      self.record = record
      self.output = output
    }
  }

  /// A path that differs from the tree afterwards, the trial's own files aside.
  public struct Change: Sendable, Hashable {
    public var path: String
    /// Nil where nothing stands in the tree.
    public var before: [UInt8]?
    /// Nil where nothing stands any more, or what stands is no regular file.
    public var after: [UInt8]?

    public init(path: String, before: [UInt8]?, after: [UInt8]?) {
      self.path = path
      self.before = before
      self.after = after
    }
  }

  /// One for each command that ran.
  public var results: [Result]
  /// What the work (a fixer, an agent) changed, before the commands ran.
  public var worked: [Change]
  /// What differs in the end.
  public var changes: [Change]
  /// Pins that were written and have their bytes again.
  public var rewritten: [String]
  /// What the work said and how it ended; nil where there was none.
  public var work: Result?
  public var isInterrupted: Bool

  public init(results: [Result], changes: [Change] = []) {
    self.results = results
    self.changes = changes
    worked = []
    rewritten = []
    isInterrupted = false
  }

  /// True if every command of the trial ran and passed.
  public func passed(_ count: Int) -> Bool {
    results.count == count
      && results.allSatisfy { [.passed, .flaky, .skipped].contains($0.record.outcome) }
  }
}

/// Where trials are made: shadows of a tree, or a test's memory.
public protocol TrialRoom: AnyObject {
  /// The regular file in the tree, as it stands; nil where nothing does.
  func bytes(of path: RelativePath) throws -> [UInt8]?
  /// True where something stands that is no regular file, such as a symbolic link, or where no file
  /// can be, such as below another one: a repair cannot write there.
  func isIrregular(_ path: RelativePath) throws -> Bool
  /// The paths in the tree that a pattern matches, at most `limit`.
  func paths(matching pattern: Glob, limit: Int) throws -> [RelativePath]
  /// Makes a shadow, does the trial in it and discards it. The tree stays as it is.
  func perform(_ trial: Trial) throws -> TrialOutcome
}
