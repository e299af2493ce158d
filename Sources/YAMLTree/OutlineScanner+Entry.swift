extension OutlineScanner {
  /// Reads the current line from its first character: dashes, then a key and a value, or a value.
  mutating func scanEntry() {
    let start = position
    var parent: Int?
    while bytes[position] == Byte.dash, isBlank(position + 1) {
      parent = position - lineStart
      plainParent = nil
      if position + 1 < bytes.count, bytes[position + 1] == Byte.tab {
        fault("tab-indent", "a tab follows '-'", at: position + 1, hint: "write '- ' and the item")
        isHopeless = true
      }
      position = skipBlanks(from: position + 1)
      guard position < bytes.count, bytes[position] != Byte.newline, bytes[position] != Byte.hash
      else {
        pending = parent
        skipLine()
        return
      }
    }
    if bytes[position] == Byte.question, isBlank(position + 1) {
      fault(
        "complex-key", "'?' begins a key of several parts", at: position,
        hint: "write 'key: value'; a key is one word")
      isHopeless = true
      skipLine()
      return
    }
    // A plain text may go on here; whether this is one is asked when no key is found.
    let key = position
    if let colon = scanKey() {
      plainParent = nil
      position = skipBlanks(from: colon + 1)
      scanValue(parent: key - lineStart)
    } else if let parent {
      position = key
      scanValue(parent: parent)
    } else if let open = pending, start - lineStart > open {
      position = key
      scanValue(parent: open)
    } else if !outline.hasContent, [Byte.openList, Byte.openMap].contains(bytes[key]) {
      position = key
      scanValue(parent: 0)
    } else {
      position = key
      refuseLine()
    }
  }

  /// The colon of a key that begins here and ends on this line; nil where there is none.
  private mutating func scanKey() -> Int? {
    var end: Int
    switch bytes[position] {
    case Byte.quote, Byte.apostrophe:
      guard let close = closingQuote(from: position, sameLine: true) else { return nil }
      end = skipBlanks(from: close)
      return end < bytes.count && bytes[end] == Byte.colon && isBlank(end + 1) ? end : nil
    case Byte.openList, Byte.openMap, Byte.pipe, Byte.greater, Byte.at, Byte.backtick,
      Byte.percent, Byte.hash:
      return nil
    default: break
    }
    end = position
    while end < bytes.count, bytes[end] != Byte.newline {
      if bytes[end] == Byte.colon, isBlank(end + 1) { return end }
      if bytes[end] == Byte.hash, isBlank(end - 1) { return nil }
      end += 1
    }
    return nil
  }

  /// A line that is neither a key, an item nor an awaited value.
  private mutating func refuseLine() {
    let end = textEnd(from: position)
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    if let plainParent, position - lineStart > plainParent {
      fault(
        "plain-multiline", "this line continues the text above, which has no quotes",
        at: position, width: width(position..<end),
        hint: "use a literal block ('|'), or put the text in quotes on one line")
    } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains(" "),
      colon != text.startIndex
    {
      let key = text[..<colon]
      let value = text[text.index(after: colon)...]
      fault(
        "missing-space", "a space is missing after '\(Excerpt.short(String(key))):'",
        at: position, width: width(position..<end),
        hint: "write '\(Excerpt.short(String(key))): \(Excerpt.short(String(value)))'")
    } else {
      fault(
        "missing-colon", "the line is neither 'key: value' nor '- item'", at: position,
        width: width(position..<end),
        hint: refusedLineHint(text))
    }
    replace(position..<lineEnd(from: position), by: nil)
    skipLine()
  }

  private func refusedLineHint(_ text: String) -> String {
    if text.hasPrefix("-"), !text.hasPrefix("--") {
      return "write a space behind the dash: '- \(Excerpt.short(String(text.dropFirst())))'"
    }
    return text.hasPrefix("```")
      ? "leave the Markdown fence out, with what stands around it: only the YAML is the manifest"
      : "indent it if it belongs to the text above; else write 'key: value'"
  }

  // MARK: Values

  /// Reads a value from its first character to the end of its last line.
  ///
  /// `parent` is the column of the key or dash that it belongs to.
  mutating func scanValue(parent: Int) {
    pending = nil
    plainParent = nil
    guard position < bytes.count, bytes[position] != Byte.newline, bytes[position] != Byte.hash
    else {
      pending = parent
      skipLine()
      return
    }
    let start = position
    switch bytes[position] {
    case Byte.pipe, Byte.greater: scanBlock(parent: parent)
    case Byte.quote, Byte.apostrophe: scanQuotedValue()
    case Byte.openMap where position + 1 < bytes.count && bytes[position + 1] == Byte.openMap:
      refuseValue("plain-indicator", "a text without quotes cannot begin with '{{'")
    case Byte.openList, Byte.openMap: scanFlowValue()
    case Byte.ampersand:
      skipProperty(
        "anchor", "an anchor ('&…') names a value for use elsewhere", parent: parent)
    case Byte.exclamation:
      skipProperty("tag", "a tag ('!…') gives a value a type", parent: parent)
    case Byte.star:
      refuseValue("alias", "'*' at the start of a value stands for a value elsewhere")
    case Byte.at, Byte.backtick, Byte.percent, Byte.comma, Byte.closeList, Byte.closeMap:
      let sign = String(UnicodeScalar(bytes[start]))
      refuseValue("plain-indicator", "a text without quotes cannot begin with '\(sign)'")
    case Byte.dash where isBlank(position + 1):
      refuseValue("inline-sequence", "a list begins on the line of its key")
    default: scanPlain(parent: parent)
    }
  }

  private mutating func scanPlain(parent: Int) {
    let start = position
    let end = textEnd(from: start)
    var offset = start
    while offset < end {
      if bytes[offset] == Byte.colon, offset + 1 == end || isBlank(offset + 1) {
        refuseValue(
          "plain-colon", "a text without quotes has ': ' in it, which YAML reads as a key",
          at: offset)
        return
      }
      offset += 1
    }
    if end - start > Outline.longestPlain {
      fault(
        "plain-long",
        "a text without quotes has more than \(Limits.words(Outline.longestPlain))", at: start,
        hint: "write '|' and the text on the lines below")
      replace(start..<end, by: .emptyText)
      skipLine()
      return
    }
    noteComment(from: end)
    plainParent = parent
    skipLine()
  }

  /// Where the text of this line ends: before a comment and the white space before it.
  func textEnd(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] != Byte.newline {
      if bytes[end] == Byte.hash, end > start, isBlank(end - 1) { break }
      end += 1
    }
    while end > start, isBlank(end - 1) { end -= 1 }
    return end
  }

  func width(_ range: Range<Int>) -> Int { max(1, bytes[range].columns) }

  /// Reports the value that begins here, with its line in quotes as the correction; libyaml is
  /// given an empty text instead.
  mutating func refuseValue(_ rule: String, _ message: String, at offset: Int? = nil) {
    let end = textEnd(from: position)
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    let hint =
      rule == "inline-sequence"
      ? "begin the list on the next line, or put the text in quotes: \(quotedHint(text))"
      : "put it in quotes: \(quotedHint(text))"
    fault(
      rule, message, at: offset ?? position, width: offset == nil ? width(position..<end) : 1,
      hint: hint)
    replace(position..<lineEnd(from: position), by: .emptyText)
    skipLine()
  }

  /// The text in quotes, whole: a correction that was cut could not be pasted.
  func quotedHint(_ text: String) -> String {
    text.utf8.count > 400 ? Quoted.shown(Excerpt.short(text)) : Quoted.shown(text)
  }

  /// Reports an anchor or a tag and goes on with what follows it.
  private mutating func skipProperty(_ rule: String, _ message: String, parent: Int) {
    let start = position
    var end = start
    while end < bytes.count, !isBlank(end) { end += 1 }
    let text = String(decoding: bytes[start..<textEnd(from: start)], as: UTF8.self)
    fault(
      rule, message, at: start, width: width(start..<end),
      hint: "leave it out; if it belongs to a text, put that in quotes: \(quotedHint(text))")
    replace(start..<end, by: .spaces(width(start..<end)))
    position = skipBlanks(from: end)
    guard position < bytes.count, bytes[position] != Byte.newline else {
      // Nothing follows on this line: the empty value would be a second fault.
      replace(position..<position, by: .emptyText)
      skipLine()
      return
    }
    scanValue(parent: parent)
  }

  /// Remembers a comment that follows on this line.
  mutating func noteComment(from start: Int) {
    let offset = skipBlanks(from: start)
    if offset < bytes.count, bytes[offset] == Byte.hash { outline.comments.append(mark(offset)) }
  }
}
