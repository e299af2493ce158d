/// A collector of faults: a reader reports all that it finds and goes on.
public final class Diagnostics {
  public let source: SourceText
  /// What was reported, in the order of reporting.
  public private(set) var all: [Diagnostic] = []
  public private(set) var errorCount = 0
  /// How many were reported beyond the limit and not kept.
  public private(set) var omitted = 0

  /// So many errors, and so many others, are kept; a text with more faults than these is read by nobody to its end.
  public static let limit = 500

  /// Excerpts are taken from this text.
  public init(_ source: SourceText) { self.source = source }

  public var hasErrors: Bool { errorCount > 0 }

  /// What was reported, by place; what concerns the whole text comes first.
  public var sorted: [Diagnostic] {
    all.enumerated().sorted { a, b in
      switch (a.element.mark, b.element.mark) {
      case (let x?, let y?) where x != y: x < y
      case (nil, _?): true
      case (_?, nil): false
      default: a.offset < b.offset
      }
    }.map(\.element)
  }

  /// Reports a fault at a place of the text; `width` is in columns.
  public func report(
    _ severity: Diagnostic.Severity, _ rule: String, _ message: String, at mark: Mark?,
    width: Int = 1, notes: [Diagnostic.Note] = [], hint: String? = nil
  ) {
    guard hasRoom(for: severity) else { return }
    let excerpt = mark.map { source.excerpt(around: $0) }
    add(
      Diagnostic(
        severity, rule, message, file: source.name, at: mark, width: width,
        excerpt: excerpt?.text ?? "", caret: excerpt?.column, notes: notes, hint: hint))
  }

  /// Reports an error at a place of the text.
  public func error(
    _ rule: String, _ message: String, at mark: Mark?, width: Int = 1,
    notes: [Diagnostic.Note] = [], hint: String? = nil
  ) {
    report(.error, rule, message, at: mark, width: width, notes: notes, hint: hint)
  }

  /// Reports an error at a node, underlining what of it stands on its first line.
  public func error(
    _ rule: String, _ message: String, at node: Node, notes: [Diagnostic.Note] = [],
    hint: String? = nil
  ) {
    error(rule, message, at: node.start, width: node.width, notes: notes, hint: hint)
  }

  /// Adds a fault that was made elsewhere; the same one twice is one.
  public func add(_ diagnostic: Diagnostic) {
    guard hasRoom(for: diagnostic.severity), !all.contains(diagnostic) else { return }
    if diagnostic.severity == .error { errorCount += 1 }
    all.append(diagnostic)
  }

  /// Counts what is not kept any more: a million faults must not cost an excerpt each. Errors and
  /// what is less have room of their own, so that no error is crowded out.
  private func hasRoom(for severity: Diagnostic.Severity) -> Bool {
    let errors = min(errorCount, Self.limit)
    if (severity == .error ? errors : all.count - errors) < Self.limit { return true }
    if severity == .error { errorCount += 1 }
    omitted += 1
    return false
  }
}
