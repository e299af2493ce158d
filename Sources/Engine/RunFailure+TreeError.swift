import Materialising

extension RunFailure {
  /// The failure that a tree's error means before anything was done.
  init(_ error: TreeError) {
    switch error {
    case .busy(let holder):
      self = .busy(
        message: "another run holds the tree: \(holder)", hint: "wait for it, then try again")
    case .conflict(let conflicts): self = .conflicts(conflicts, file: "")
    case .state(let message, let remedy): self = .system(message: message, hint: remedy)
    case .system(let error, let note): self = .system(message: "\(error)", hint: note)
    case .interrupted: self = .interrupted(signal: 2)
    }
  }
}

extension TreeError {
  /// The exit code where a run ends by it.
  var exit: Int32 {
    switch self {
    case .busy: 8
    case .conflict: 4
    case .state, .system: 7
    case .interrupted: 130
    }
  }
}
