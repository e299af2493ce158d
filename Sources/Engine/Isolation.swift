/// Where a run's commands work, and what of their work reaches the tree.
public enum Isolation: Sendable, Hashable {
  /// In the tree itself.
  case none
  /// In a shadow and a sandbox; declared files land step by step, `outputs` at each step's end.
  case sandboxed
  /// In a shadow, the declared files too. If all has passed and `lands`, everything that the
  /// manifest declares and its `outputs` land at once; otherwise nothing does.
  case rehearsed(lands: Bool, inSandbox: Bool)

  var usesSandbox: Bool {
    switch self {
    case .none: false
    case .sandboxed: true
    case .rehearsed(_, let inSandbox): inSandbox
    }
  }

  /// True where a step's files do not land in the tree when the step is reached.
  var isRehearsal: Bool {
    if case .rehearsed = self { true } else { false }
  }

  /// True where the run may change the tree in the end.
  public var mayLand: Bool { self != .rehearsed(lands: false, inSandbox: usesSandbox) }
}
