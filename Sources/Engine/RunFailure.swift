public import Planning
import Platform
public import YAMLTree

/// Why a command ended before, or instead of, a run: what is wrong, where, and what to do.
public enum RunFailure: Error, Sendable {
  /// Wrong usage that only the tree or the manifest could show; exit 2.
  case usage(message: String, hint: String?)
  /// A manifest, plan or configuration is not valid; exit 3. Nothing was touched.
  case invalid([Diagnostic])
  /// The same, for a source without lines.
  case unreadable(message: String, hint: String?)
  /// The tree is not what the manifest expects, exit 4, or could not be looked at, exit 7. Nothing
  /// was touched.
  case conflicts([Conflict], file: String)
  /// The same, where no manifest is at hand (undo).
  case refused(message: String, details: [String], hint: String?)
  /// Tree or state could not be read or written; exit 7.
  case system(message: String, hint: String?)
  /// Another run holds the tree; exit 8.
  case busy(message: String, hint: String?)
  /// A signal came before anything was changed; exit 128 + signal.
  case interrupted(signal: Int32)

  /// The process's exit code.
  public var exit: Int32 {
    switch self {
    case .usage: 2
    case .invalid, .unreadable: 3
    case .conflicts(let conflicts, _): conflicts.exit
    case .refused: 4
    case .system: 7
    case .busy: 8
    case .interrupted(let signal): Interruption.exitCode(of: signal)
    }
  }

  /// One sentence for the end of a run that it ended before the first byte.
  public var reason: String {
    switch self {
    case .invalid, .conflicts: "nothing was written"
    case .usage(let message, let hint), .unreadable(let message, let hint),
      .refused(let message, _, let hint), .system(let message, let hint),
      .busy(let message, let hint):
      hint.map { "\(message); \($0)" } ?? message
    case .interrupted: "interrupted before anything was changed"
    }
  }

  /// The stable word for it in JSON.
  public var code: String {
    switch self {
    case .usage: "usage"
    case .invalid, .unreadable: "invalid"
    case .conflicts(let conflicts, _): conflicts.exit == 4 ? "conflict" : "system"
    case .refused: "conflict"
    case .system: "system"
    case .busy: "busy"
    case .interrupted: "interrupted"
    }
  }
}
