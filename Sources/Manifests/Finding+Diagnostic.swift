public import YAMLTree

extension Finding {
  /// The finding as a diagnostic of the text that holds the linted value.
  ///
  /// - Parameter mark: where the value begins: at the `|` of a literal block or a Markdown fence,
  ///   whose lines are then found below it, or at a text on one line.
  public func diagnostic(in source: SourceText, at mark: Mark) -> Diagnostic {
    let place = place(in: source, at: mark)
    let excerpt = source.excerpt(around: place)
    return Diagnostic(
      severity, rule, message, file: source.name, at: place, width: place == mark ? 1 : width,
      excerpt: excerpt.text, caret: excerpt.column, hint: hint)
  }

  private func place(in source: SourceText, at mark: Mark) -> Mark {
    let range = source.range(ofLine: mark.line)
    let sourceLine = source.bytes[range]
    let atMark = sourceLine.dropFirst(max(0, mark.column - 1)).first
    switch atMark {
    case UInt8(ascii: "|")?, UInt8(ascii: "~")?:
      let target = mark.line + line
      let isBlock = atMark == UInt8(ascii: "|")
      let indent = isBlock ? indentation(of: source, below: mark.line) : 0
      guard target <= source.lineCount else { return mark }
      return Mark(line: target, column: column + indent)
    case UInt8(ascii: "\"")?, UInt8(ascii: "'")?:
      // An escape or a doubled quote before the place shifts it by a little; the line is right.
      guard line == 1, column + 1 < sourceLine.count else { return mark }
      return Mark(line: mark.line, column: mark.column + column)
    default:
      guard line == 1 else { return mark }
      return Mark(line: mark.line, column: mark.column + column - 1)
    }
  }

  /// The indentation of a literal block: that of its first line that is not empty.
  private func indentation(of source: SourceText, below line: Int) -> Int {
    var next = line + 1
    while next <= source.lineCount {
      let text = source.bytes[source.range(ofLine: next)]
      if let first = text.firstIndex(where: { $0 != 0x20 }) { return first - text.startIndex }
      next += 1
    }
    return 0
  }
}
