/// A fault or a warning at a place of a text: what is wrong, where, what to do.
///
/// One value for every printer: the terminal, JSON, SARIF, annotations of a CI.
public struct Diagnostic: Error, Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable { case error, warning, note }

  /// Another place that belongs to it, such as the first of two equal keys.
  public struct Note: Hashable, Sendable {
    public let message: String
    public let mark: Mark?

    public init(_ message: String, at mark: Mark? = nil) {
      self.message = message
      self.mark = mark
    }
  }

  public let severity: Severity
  /// The rule's stable id, such as `duplicate-key`.
  public let rule: String
  /// One sentence without a final stop, safe to print.
  public let message: String
  /// The name of the text: a path as the user wrote it, or `<stdin>`.
  public let file: String
  /// Nil where the whole file is meant.
  public let mark: Mark?
  /// How many columns the caret underlines, at least 1.
  public let width: Int
  /// The source line, without its line end; a long one cut around the mark, with `…` for what
  /// was left out; empty where there is none.
  public let excerpt: String
  /// The mark's column in the excerpt, from 1; nil where that is the mark's own.
  public let caret: Int?
  public let notes: [Note]
  /// One concrete correction, where there is one.
  public let hint: String?

  public init(
    _ severity: Severity, _ rule: String, _ message: String, file: String, at mark: Mark? = nil,
    width: Int = 1, excerpt: String = "", caret: Int? = nil, notes: [Note] = [],
    hint: String? = nil
  ) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.file = file
    self.mark = mark
    self.width = width
    self.excerpt = excerpt
    self.caret = caret
    self.notes = notes
    self.hint = hint
  }
}

/// Faults that were found together; at least one of them is an error.
public struct DiagnosticList: Error, Sendable {
  public let all: [Diagnostic]

  public init(_ all: [Diagnostic]) { self.all = all }
}
