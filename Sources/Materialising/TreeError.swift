public import Planning
public import Platform

/// Why the tree could not be worked on; each kind has an exit code of its own.
public enum TreeError: Error, Sendable, CustomStringConvertible {
  /// Another run holds the tree; the text names the holder.
  case busy(String)
  /// The tree is not what the plan expects; nothing of the step stands.
  case conflict([Conflict])
  /// The state folder is damaged, from a newer mtor or another machine: it was left untouched.
  /// `remedy` is the command that sets it aside.
  case state(String, remedy: String)
  /// A system call failed; `note` says what became of the tree.
  case system(SystemError, note: String)
  /// A signal came; the text says at which step's boundary the tree is.
  case interrupted(String)

  /// One sentence or a few, without a final stop, safe to print.
  public var description: String {
    switch self {
    case .busy(let holder): "another run holds the tree: \(holder)"
    case .conflict(let conflicts):
      conflicts.map { "\(Printable.escaped($0.path)) \($0.message)" }.joined(separator: "; ")
    case .state(let message, let remedy): "\(message); to set it aside: \(remedy)"
    case .system(let error, let note): "\(error); \(note)"
    case .interrupted(let message): message
    }
  }
}

/// What a landed step has to survive.
public enum Durability: String, Sendable, CaseIterable {
  /// Power loss: at most four sync calls for each step, whatever the number of files.
  case full
  /// Death of the process only: no sync call at all.
  case kill
}
