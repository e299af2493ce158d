extension Node {
  /// A text made by a reader of another notation.
  public static func text(
    _ text: Text, style: Style = .doubleQuoted, at start: Mark, to end: Mark? = nil
  ) -> Node {
    Node(.scalar(Scalar(style: style, bytes: text)), start: start, end: end ?? start)
  }

  /// A key of a mapping made by a reader of another notation.
  public static func key(_ name: String, at mark: Mark) -> Node {
    let end = Mark(line: mark.line, column: mark.column + name.unicodeScalars.count)
    return .text(Text(name), style: .plain, at: mark, to: end)
  }

  /// The same node some lines further down.
  public func moved(byLines lines: Int) -> Node {
    let value: Value =
      switch self.value {
      case .scalar(let scalar): .scalar(scalar)
      case .sequence(let items): .sequence(items.map { $0.moved(byLines: lines) })
      case .mapping(let pairs):
        .mapping(
          pairs.map {
            Pair(key: $0.key.moved(byLines: lines), value: $0.value.moved(byLines: lines))
          })
      }
    return Node(
      value, start: start.moved(byLines: lines), end: end.moved(byLines: lines),
      comment: comment?.moved(byLines: lines), isInFlow: isInFlow, isFaulty: isFaulty)
  }
}

extension Mark {
  /// The same column some lines further down.
  public func moved(byLines lines: Int) -> Mark { Mark(line: line + lines, column: column) }
}

extension Diagnostic {
  /// The same diagnostic some lines further down.
  public func moved(byLines lines: Int) -> Diagnostic {
    Diagnostic(
      severity, rule, message, file: file, at: mark?.moved(byLines: lines), width: width,
      excerpt: excerpt, caret: caret,
      notes: notes.map { Note($0.message, at: $0.mark?.moved(byLines: lines)) }, hint: hint)
  }
}

extension Text {
  /// Bytes of a source, left where they stand.
  public init(_ source: SourceText, _ range: Range<Int>) {
    self.init(BlockText(source: source, lines: range, indentation: 0, chomping: .keep))
  }
}

extension SourceText {
  /// The text to read, by the rules for bytes that every notation shares: UTF-8 without byte order
  /// mark, lines that end in newlines, no controls. Nil where that cannot be had; what is wrong
  /// or was changed has been reported.
  ///
  /// `keepsMixedLineEnds`: where only some lines end in CR LF, they stay as they are.
  public func checked(
    _ limits: Limits, into diagnostics: Diagnostics, keepsMixedLineEnds: Bool = false
  ) -> SourceText? {
    guard isWithin(limits, diagnostics) else { return nil }
    return CharacterRules.check(self, diagnostics, keepsMixedLineEnds: keepsMixedLineEnds)?.text
  }

  func isWithin(_ limits: Limits, _ diagnostics: Diagnostics) -> Bool {
    if bytes.count <= limits.manifest { return true }
    diagnostics.error(
      "manifest-size",
      "the text has \(bytes.count) bytes, more than \(Limits.words(limits.manifest))", at: nil,
      hint: "raise limits.manifest in the configuration, or split it in two")
    return false
  }
}
