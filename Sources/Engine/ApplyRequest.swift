public import Manifests
public import Materialising
import Platform
public import YAMLTree

/// What a person asked `apply`, `plan` or `check` for: the arguments as plain values.
public struct ApplyRequest: Sendable {
  /// Where a manifest comes from.
  public enum Source: Sendable, Hashable {
    case file(String)
    /// Standard input, where the end mark is required.
    case standardInput
    /// The same under another name: a pipe, or a descriptor such as `/dev/fd/3`.
    case stream(String)

    /// What an operand names: `-`, a stream, or a file.
    public init(named name: String) {
      self = name == "-" ? .standardInput : Stream.isNamed(name) ? .stream(name) : .file(name)
    }

    /// True where the text may be cut off, and comes from a program rather than a person.
    public var isStream: Bool {
      if case .file = self { false } else { true }
    }
  }

  public enum OnFailure: String, Sendable { case keep, undo }

  public var sources: [Source]
  /// The root as it was given; nil: the top of the git tree around the current folder, else that.
  public var root: String?
  public var params: [String: String]
  public var isForced: Bool
  /// Puts the declared bytes back where an accepted repair stands.
  public var restoresDeclared: Bool
  /// The one step to do.
  public var only: String?
  public var keepsGoing: Bool
  public var onFailure: OnFailure
  /// How many tests may run at a time.
  public var jobs: Int
  /// Where commands work.
  public var isolation: Isolation
  /// What the person has configured, for what its sandbox has to be.
  public var configuration: Configuration
  /// Which commands run as they are.
  public var commands: CommandRules
  /// Asks a person whether some commands may run; nil: nobody can be asked.
  public var confirm: (@Sendable ([String]) -> Bool)?
  /// What repairs a failing test; nil: nothing does (`--no-repair`).
  public var repair: RepairSettings?
  public var runsTests: Bool
  public var runsHooks: Bool
  /// The message of the commit that is made where a manifest asks for none; nil: none is made.
  public var commitMessage: String?
  public var isStrict: Bool
  /// Reads and compares contents instead of trusting sizes and times.
  public var verifiesContents: Bool
  public var durability: Durability
  /// Sends every line of a command's output as it comes, not only what a live line can show.
  public var streamsOutput: Bool
  /// The reports and plans that the command line names: none of them may be a file of the run.
  public var writtenFiles: WrittenFiles
  /// Where whole outputs of commands go; nil: nowhere.
  public var logDirectory: String?
  public var limits: Limits
  /// The notation of the manifests; nil to tell it by their names, or by a text without one.
  public var notation: Notation?
  /// Where the machine's secret and whatever else outlives a run lies; nil: `StateHome.path`.
  public var stateHome: String?

  public init(sources: [Source]) {
    self.sources = sources
    params = [:]
    isForced = false
    restoresDeclared = false
    keepsGoing = false
    onFailure = .keep
    jobs = 2
    isolation = .none
    configuration = Configuration()
    commands = CommandRules()
    runsTests = true
    runsHooks = true
    isStrict = false
    verifiesContents = false
    streamsOutput = false
    durability = .full
    writtenFiles = WrittenFiles()
    limits = Limits()
  }
}
