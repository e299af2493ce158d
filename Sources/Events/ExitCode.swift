/// The exit codes of `mtor`, the one place that knows them.
public enum ExitCode: Int32, Sendable, CaseIterable {
  /// Every path has the declared bytes or those of an accepted repair, and every test passes.
  case success = 0
  /// A step, setup, verify or the commit failed and no repair was tried, or none was possible.
  case failed = 1
  /// Wrong usage.
  case usage = 2
  /// A manifest, plan or configuration is not valid; nothing was touched.
  case invalid = 3
  /// The tree is not what the manifest or plan expects.
  case conflict = 4
  /// Repair gave up: stalled, blocked or out of budget.
  case gaveUp = 5
  /// No model could be reached.
  case unreachable = 6
  /// Tree, state or a report file could not be read or written; what was there is intact.
  case system = 7
  /// Another run holds the tree.
  case busy = 8
  /// `plan --detailed-exitcode`: changes are pending; `apply --strict`: a repair was needed.
  case pending = 10
  case interrupted = 130
  case terminated = 143

  /// From the strongest to the weakest: the order in which codes win where several apply.
  public static let byPrecedence: [ExitCode] = [
    .terminated, .interrupted, .usage, .busy, .invalid, .conflict, .system, .unreachable, .gaveUp,
    .failed, .pending, .success,
  ]

  /// The code that wins where both apply.
  public static func stronger(_ a: ExitCode, _ b: ExitCode) -> ExitCode {
    byPrecedence.first { $0 == a || $0 == b } ?? a
  }

  /// One line for the manual and the README.
  public var meaning: String {
    switch self {
    case .success: "every path has the declared bytes (or an accepted repair's), every test passes"
    case .failed: "a step, setup, verify or the commit failed"
    case .usage: "wrong usage"
    case .invalid: "a manifest, plan or configuration is not valid; nothing was touched"
    case .conflict: "conflict: the tree is not what the manifest or plan expects"
    case .gaveUp: "repair gave up: stalled, blocked or out of budget"
    case .unreachable: "no model could be reached"
    case .system: "tree, state or a report file could not be read or written"
    case .busy: "another run holds the tree"
    case .pending:
      "changes are pending (plan --detailed-exitcode), a repair was needed (apply --strict)"
    case .interrupted: "interrupted by Ctrl-C; the tree is at a step's boundary, which is named"
    case .terminated: "terminated; the tree is at a step's boundary, which is named"
    }
  }
}
