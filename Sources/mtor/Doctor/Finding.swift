import Platform

/// Something that a machine has or lacks.
struct Finding: Sendable {
  enum State: String, Sendable {
    /// It is there.
    case good
    /// Something that not everybody needs is missing.
    case odd
    /// Without it mtor does not do its main job.
    case bad
  }

  let name: String
  let state: State
  /// What was found, or what is missing and what that means; safe to print.
  let text: String
  /// The command that mends it; nil where there is nothing to mend.
  let remedy: String?
  /// True where it is about a model that may repair: its lack is no fault of the machine.
  let isModel: Bool

  init(
    _ name: String, _ state: State, _ text: String, remedy: String? = nil, isModel: Bool = false
  ) {
    self.isModel = isModel
    self.name = name
    self.state = state
    self.text = text
    self.remedy = remedy
  }

  var json: JSON {
    [
      "name": .string(name), "state": .string(state.rawValue), "text": .string(text),
      "remedy": JSON(remedy),
    ]
  }
}
