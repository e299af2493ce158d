/// A rule that says when work does not get on.
public enum StallRule: String, Hashable, Sendable, CaseIterable {
  /// No edit in the reply.
  case monologue = "S1"
  /// A worker that writes and writes and leaves the tree as it was.
  case workerMonologue = "S1w"
  /// The edits leave the tree as it was.
  case builtNothing = "S2"
  /// The same edits, or the same action with the same result, again.
  case repetition = "S3"
  /// The same action with the same error again.
  case repeatedError = "S3e"
  /// The same failure after different edits.
  case sameFailure = "S4"
  /// The tree goes in circles.
  case circle = "S5"
  /// A command without output, change or work.
  case silence = "S6"
  /// An endpoint without content.
  case endpointSilence = "S6h"
  /// Edits that change neither the failing tests nor the failure.
  case noEffect = "S7"
  /// Tests weakened or protected paths touched.
  case weakening = "S7t"
  /// A reply that is not whole.
  case truncated = "S8"
  /// The window is too small for the prompt.
  case overflow = "S9"
  /// Text that repeats itself.
  case degenerate = "S10"
  /// Reading the same again and again.
  case rereading = "S11"
  /// The model says that it cannot.
  case blocked = "S12"
  /// The next call does not fit the budget.
  case budget = "S13"
  /// A success without content.
  case emptyReply = "S14"
}

/// What a rule says after a round.
public struct StallVerdict: Hashable, Sendable {
  public enum Action: String, Hashable, Sendable {
    /// Say so in the next request and go on.
    case nudge
    /// Go up the ladder, or end it.
    case stop
  }

  public var rule: StallRule
  public var action: Action
  /// What the rule saw, one sentence without a final stop.
  public var evidence: String

  public init(_ rule: StallRule, _ action: Action, _ evidence: String) {
    self.rule = rule
    self.action = action
    self.evidence = evidence
  }
}
