public import YAMLTree

/// What a lint found: a rule broken at a place inside a text of the manifest.
public struct Finding: Hashable, Sendable {
  public var severity: Diagnostic.Severity
  /// The rule's stable id, as in `Rules.all`.
  public var rule: String
  /// One sentence without a final stop, safe to print.
  public var message: String
  /// The line inside the text, from 1.
  public var line: Int
  /// The column inside that line, from 1, in Unicode scalars.
  public var column: Int
  /// How many columns it takes.
  public var width: Int
  /// One concrete correction.
  public var hint: String?

  public init(
    _ severity: Diagnostic.Severity, _ rule: String, _ message: String, line: Int = 1,
    column: Int = 1, width: Int = 1, hint: String? = nil
  ) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.line = line
    self.column = column
    self.width = width
    self.hint = hint
  }
}
