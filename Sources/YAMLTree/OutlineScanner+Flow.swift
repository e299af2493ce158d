extension OutlineScanner {
  /// Reads a value in brackets and what follows it on its last line.
  mutating func scanFlowValue() {
    let start = position
    let (startLine, startOfLine) = (line, lineStart)
    let startMark = mark(start)
    guard let end = scanFlow() else {
      // What was swallowed looking for the end is read again as lines of its own.
      if !hasEnded {
        position = start
        line = startLine
        lineStart = startOfLine
        skipLine()
      }
      isHopeless = true
      return
    }
    // A collection may be a key; libyaml says so and the builder refuses it.
    let rest = skipBlanks(from: end)
    if rest < bytes.count, bytes[rest] == Byte.colon, isBlank(rest + 1) {
      skipLine()
      return
    }
    finishValue(from: start, startMark, to: end)
  }

  /// Reads from an opening bracket behind its closing one; nil if there is none, or another
  /// fault, which was reported.
  private mutating func scanFlow() -> Int? {
    var open: [(bracket: UInt8, mark: Mark)] = []
    /// True where a quote would begin a text, and not stand inside a plain one.
    var isStart = true
    /// Where the plain text that is being read begins, and whether it is a value behind its key.
    var plain: Int?
    var isValue = false
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case Byte.openList, Byte.openMap:
        guard open.count < limits.depth else {
          fault(
            "depth",
            "lists and mappings stand more than \(limits.depth) deep in one another",
            at: position, hint: "no manifest needs that")
          hasEnded = true
          return nil
        }
        open.append((byte, mark(position)))
        (isStart, plain, isValue) = (true, nil, false)
        position += 1
      case Byte.closeList, Byte.closeMap:
        guard let last = open.last, closing(last.bracket) == byte else {
          reportMismatch(open.last)
          return nil
        }
        open.removeLast()
        position += 1
        if open.isEmpty { return position }
        (isStart, plain) = (false, nil)
      case Byte.quote where isStart, Byte.apostrophe where isStart:
        let startMark = mark(position)
        guard scanQuoted() != nil else {
          diagnostics.error(
            "quote-open", "the quote that opens here is never closed", at: startMark,
            hint: "close it")
          noteFault(line: startMark.line)
          return nil
        }
        (isStart, plain) = (false, nil)
      case Byte.hash where isBlank(position - 1):
        outline.comments.append(mark(position))
        position = lineEnd(from: position)
      case Byte.newline:
        nextLine()
        if isDocumentMark(at: position) { return refuseOpen(open) }
      default:
        if byte == Byte.comma {
          (isStart, plain, isValue) = (true, nil, false)
        } else if byte == Byte.colon && isFlowSeparator(position) {
          if isValue, let start = plain, open.last?.bracket == Byte.openMap {
            refusePlainColon(start)
            // What stands on one line is replaced, and the rest of the text is read.
            guard start >= lineStart else { return nil }
            plain = nil
            continue
          }
          (isStart, plain, isValue) = (true, nil, true)
        } else if byte != Byte.space, byte != Byte.tab {
          if isStart { plain = position }
          isStart = false
        }
        position += 1
      }
    }
    return refuseOpen(open)
  }

  /// Whether a colon ends a key here, inside brackets.
  private func isFlowSeparator(_ colon: Int) -> Bool {
    isBlank(colon + 1) || [Byte.comma, Byte.closeList, Byte.closeMap].contains(bytes[colon + 1])
      || bytes[colon - 1] == Byte.quote || bytes[colon - 1] == Byte.apostrophe
  }

  /// A value such as `{run: echo a: b}`, which ends at the next sign of the mapping.
  private mutating func refusePlainColon(_ start: Int) {
    var end = position
    while end < bytes.count,
      ![Byte.comma, Byte.closeMap, Byte.closeList, Byte.newline].contains(bytes[end])
    { end += 1 }
    while end > position, isBlank(end - 1) { end -= 1 }
    let text = String(decoding: bytes[max(start, lineStart)..<end], as: UTF8.self)
    fault(
      "plain-colon", "a text without quotes has ': ' in it, which YAML reads as a key",
      at: position, hint: "put it in quotes: \(quotedHint(text))")
    if start >= lineStart { replace(start..<end, by: .emptyText) }
    position = end
  }

  private func closing(_ bracket: UInt8) -> UInt8 {
    bracket == Byte.openList ? Byte.closeList : Byte.closeMap
  }

  private mutating func reportMismatch(_ last: (bracket: UInt8, mark: Mark)?) {
    fault(
      "bracket", "'\(UnicodeScalar(bytes[position]))' closes a bracket of the other kind",
      at: position, notes: last.map { [.init("it opens here", at: $0.mark)] } ?? [],
      hint: "close '[' by ']' and '{' by '}'")
  }

  private mutating func refuseOpen(_ open: [(bracket: UInt8, mark: Mark)]) -> Int? {
    guard let first = open.first else { return nil }
    diagnostics.error(
      "bracket", "'\(UnicodeScalar(first.bracket))' is never closed", at: first.mark,
      hint: "close it, or put the text in quotes if it begins with the bracket itself")
    noteFault(line: first.mark.line)
    return nil
  }
}
