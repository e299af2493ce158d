public import Manifests
import Planning

/// Which of a manifest's commands run as they are, and what becomes of the others: the
/// configuration's `commands`, the manifest's source, and what was typed, as one.
public struct CommandRules: Sendable, Hashable {
  /// Patterns of commands that run without the sandbox, and unasked.
  public var allowed: [String]
  /// What holds for the others.
  public var others: Configuration.CommandRule
  /// `--sandbox` was typed: what is allowed runs in the sandbox too.
  public var sandboxesAll: Bool

  /// Everything runs as it is.
  public init() {
    allowed = []
    others = .run
    sandboxesAll = false
  }

  /// The rules of a run. A manifest on standard input came from a program, most likely a model:
  /// its commands run in the sandbox unless somebody says otherwise. `sandbox` is true for
  /// `--sandbox`, false for `--no-sandbox`, nil where neither was typed.
  public init(_ configuration: Configuration, fromStandardInput: Bool, sandbox: Bool?) {
    allowed = configuration.allowedCommands
    sandboxesAll = sandbox ?? false
    others = configuration.otherCommands ?? .run
    if configuration.otherCommands == nil && fromStandardInput && configuration.sandbox != .off {
      others = .sandbox
    }
    switch sandbox {
    case true? where others != .refuse: others = .sandbox
    case false? where others == .sandbox: others = .run
    default: break
    }
  }

  /// True where some of the run's commands work in the sandbox.
  public var usesSandbox: Bool { sandboxesAll || others == .sandbox }

  /// True for a command that a sandboxed run leaves out of the sandbox.
  func runsFreely(_ command: PlannedCommand) -> Bool { !sandboxesAll && allows(command) }

  /// True where a pattern covers a command: its text, its `unless`, and nothing beside them that
  /// could make another program of it.
  func allows(_ command: PlannedCommand) -> Bool {
    let patterns = allowed.map(CommandPattern.init)
    let texts = [command.spec.run] + (command.spec.unless.map { [$0] } ?? [])
    return command.path.isEmpty && command.environment.keys.allSatisfy(Self.isHarmless)
      && texts.allSatisfy { text in patterns.contains { $0.matches(text) } }
  }

  /// Variables that change how a program speaks, not what is run.
  private static func isHarmless(_ name: String) -> Bool {
    let names: Set<String> = [
      "CI", "NO_COLOR", "FORCE_COLOR", "TERM", "TZ", "LANG", "LANGUAGE", "COLUMNS",
      "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONHASHSEED", "RUST_BACKTRACE",
      "SOURCE_DATE_EPOCH",
    ]
    return names.contains(name) || name.hasPrefix("LC_")
  }
}
