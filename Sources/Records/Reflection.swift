public import Platform

/// What a model said of its own accord about a tree: a coaching note that nobody has looked at yet.
///
/// It lies in the ledger and not in the tree: only a person's word writes a file there.
public struct Reflection: Sendable, Hashable {
  public enum State: String, Sendable, CaseIterable {
    case proposed
    /// A person made a file of it.
    case taken
    /// A person does not want it; what says nearly the same is not proposed again.
    case dismissed
  }

  /// The id that the note would have.
  public var note: String
  /// Cleaned by whoever proposes it.
  public var text: String
  public var run: String
  /// Nil for `verify`.
  public var step: String?
  /// The configured name of the model that said it.
  public var model: String?
  /// The language of the files it was said about.
  public var language: String?
  /// In nanoseconds since 1970.
  public var created: Int64
  /// How often nearly the same was said.
  public var seen: Int
  public var state: State

  public init(
    note: String, text: String, run: String, step: String?, model: String?, language: String?,
    created: Int64 = Clock.now
  ) {
    self.note = note
    self.text = text
    self.run = run
    self.step = step
    self.model = model
    self.language = language
    self.created = created
    seen = 1
    state = .proposed
  }
}

/// A note's command that a person lets run on this machine, and what it has said.
public struct NoteCheckRecord: Sendable, Hashable {
  public var note: String
  /// Of the command's text: another command is another matter.
  public var command: Digest
  /// How often it found something before a repair.
  public var fired: Int
  /// How often it then passed with the repair.
  public var held: Int

  public init(note: String, command: Digest, fired: Int = 0, held: Int = 0) {
    self.note = note
    self.command = command
    self.fired = fired
    self.held = held
  }
}
