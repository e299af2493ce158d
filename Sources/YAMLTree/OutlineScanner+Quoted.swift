extension OutlineScanner {
  /// Reads a value in quotes and what follows it on its last line.
  mutating func scanQuotedValue() {
    let start = position
    let startMark = mark(start)
    guard let end = scanQuoted() else {
      reportOpenQuote(at: start, startMark)
      return
    }
    leaveWhereItStands(start..<end, startMark)
    finishValue(from: start, startMark, to: end)
  }

  /// Keeps a long text in quotes from libyaml: it is decoded out of the source when it is asked for.
  private mutating func leaveWhereItStands(_ range: Range<Int>, _ startMark: Mark) {
    guard range.count > Outline.longQuoted, line == startMark.line, !outline.isFaulty(line: line)
    else { return }
    let rest = skipBlanks(from: range.upperBound)
    guard rest >= bytes.count || bytes[rest] == Byte.newline || bytes[rest] == Byte.hash else {
      return
    }
    let isDouble = bytes[range.lowerBound] == Byte.quote
    let text = QuotedText(
      source: source, range: range.lowerBound + 1..<range.upperBound - 1, isDouble: isDouble)
    replace(range, by: .emptyText)
    outline.blocks.append(
      Outline.Block(
        style: isDouble ? .doubleQuoted : .singleQuoted, start: startMark,
        end: mark(range.upperBound), text: Text(text)))
  }

  /// Where a text in quotes ends, after its closing quote; nil if it does not, or, on demand, not
  /// on its line. Moves nothing and reports nothing.
  func closingQuote(from start: Int, sameLine: Bool) -> Int? {
    let quote = bytes[start]
    var offset = start + 1
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == quote {
        guard quote == Byte.apostrophe, offset + 1 < bytes.count, bytes[offset + 1] == quote
        else { return offset + 1 }
        offset += 2
      } else if byte == Byte.backslash, quote == Byte.quote {
        offset += sameLine && offset + 1 < bytes.count && bytes[offset + 1] == Byte.newline ? 1 : 2
      } else if byte == Byte.newline {
        if sameLine || isDocumentMark(at: offset + 1) { return nil }
        offset += 1
      } else {
        offset += 1
      }
    }
    return nil
  }

  /// Reads a text in quotes, checks its escapes and moves behind it; nil if it does not end.
  mutating func scanQuoted() -> Int? {
    guard let end = closingQuote(from: position, sameLine: false) else { return nil }
    let isDouble = bytes[position] == Byte.quote
    position += 1
    while position < end {
      if bytes[position] == Byte.newline {
        nextLine()
      } else if isDouble, bytes[position] == Byte.backslash {
        if bytes[position + 1] != Byte.newline {
          position += checkEscape(to: end - 1)
        } else {
          position += 1
        }
      } else {
        position += 1
      }
    }
    position = end
    return end
  }

  /// Checks the escape that begins here, in a text that ends before `limit`; returns how many bytes
  /// are done with.
  private mutating func checkEscape(to limit: Int) -> Int {
    let sign = bytes[position + 1]
    let digits: Int
    switch sign {
    case UInt8(ascii: "x"): digits = 2
    case UInt8(ascii: "u"): digits = 4
    case UInt8(ascii: "U"): digits = 8
    default:
      guard !"0abt\tnvfre \"/\\N_LP".utf8.contains(sign) else { return 2 }
      let end = bytes.scalarEnd(after: position + 1, to: limit)
      let text = Excerpt.short(String(decoding: bytes[position..<end], as: UTF8.self))
      fault(
        "bad-escape", "'\(text)' is no escape", at: position, width: 2,
        hint: "write '\\\(text)' for a backslash, or use single quotes")
      replace(position..<end, by: .spaces(2))
      return 2
    }
    if sign == UInt8(ascii: "u"), let unit = unit(at: position, to: limit),
      UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit)
    {
      return reportSurrogate(unit, to: limit)
    }
    let end = min(position + 2 + digits, limit)
    let text = String(decoding: bytes[position + 2..<end], as: UTF8.self)
    guard text.utf8.count == digits, text.utf8.first != Byte.plus, text.utf8.first != Byte.dash,
      let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil
    else {
      fault(
        "bad-escape",
        "'\\\(UnicodeScalar(sign))' must be followed by \(digits) hexadecimal digits of a character",
        at: position, width: 2, hint: "write '\\\\' for a backslash, or use single quotes")
      replace(position..<position + 2, by: .spaces(2))
      return 2
    }
    return 2
  }

  /// The value of an escape `\uXXXX`; nil where none stands there.
  private func unit(at offset: Int, to limit: Int) -> UInt16? {
    guard offset + 6 <= limit, bytes[offset] == Byte.backslash,
      bytes[offset + 1] == UInt8(ascii: "u")
    else { return nil }
    let digits = bytes[offset + 2..<offset + 6]
    guard digits.first != Byte.plus, digits.first != Byte.dash else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// JSON writes a character beyond U+FFFF as two escapes, and YAML has another one for it.
  private mutating func reportSurrogate(_ first: UInt16, to limit: Int) -> Int {
    let second = UTF16.isLeadSurrogate(first) ? unit(at: position + 6, to: limit) : nil
    guard let second, UTF16.isTrailSurrogate(second) else {
      fault(
        "bad-escape",
        "'\\u\(Self.hexadecimal(UInt32(first), 4))' is half of a pair of surrogates, and no character",
        at: position, width: 6, hint: "write the character itself, or '\\U' and its eight digits")
      replace(position..<position + 6, by: .spaces(6))
      return 6
    }
    let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    fault(
      "bad-escape", "a pair of surrogates is JSON's, and no character in YAML", at: position,
      width: 12, hint: "write the character itself, or '\\U\(Self.hexadecimal(value, 8))'")
    replace(position..<position + 12, by: .spaces(12))
    return 12
  }

  private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private mutating func reportOpenQuote(at start: Int, _ startMark: Mark) {
    let end = lineEnd(from: start)
    let text = String(
      decoding: bytes[start + 1..<max(start + 1, textEnd(from: start))], as: UTF8.self)
    fault(
      "quote-open", "the quote that opens here is never closed", at: start,
      hint: "close it; a text with quotes in it: \(quotedHint(text))")
    replace(start..<end, by: .emptyText)
    skipLine()
  }

  /// Ends a value that stands in quotes or brackets: only a comment may follow it on its line.
  mutating func finishValue(from start: Int, _ startMark: Mark, to end: Int) {
    let rest = skipBlanks(from: end)
    if rest >= bytes.count || bytes[rest] == Byte.newline || bytes[rest] == Byte.hash {
      noteComment(from: end)
      skipLine()
      return
    }
    let close = String(UnicodeScalar(bytes[end - 1]))
    let lineText = textEnd(from: start)
    let isOneLine = line == startMark.line
    let meant = meantText(start..<max(start, lineText), quotedEnd: end)
    let hint =
      isOneLine
      ? "put the whole text in quotes: \(quotedHint(String(decoding: meant, as: UTF8.self)))"
      : "the text begins at line \(startMark.line); a quote may be missing there"
    fault(
      "text-after-quote", "text follows the closing \(close)", at: rest,
      notes: isOneLine ? [] : [.init("it opens here", at: startMark)], hint: hint)
    noteFault(line: startMark.line)
    replaceLines(start..<lineEnd(from: rest), from: startMark.line, by: .emptyText)
    skipLine()
  }

  /// What a text was meant to be that has more than its quotes: mostly the whole line, without
  /// the quotes around it. Those that stand around some of its words are part of it, and so is
  /// what was taken for a key and has a space or a quote in it.
  private func meantText(_ range: Range<Int>, quotedEnd: Int) -> ArraySlice<UInt8> {
    var item = lineStart
    while item < range.lowerBound, isBlank(item) || (bytes[item] == Byte.dash && isBlank(item + 1))
    {
      item += 1
    }
    var keyEnd = range.lowerBound
    while keyEnd > item, isBlank(keyEnd - 1) { keyEnd -= 1 }
    if item < keyEnd, bytes[keyEnd - 1] == Byte.colon,
      bytes[item] != Byte.openMap, bytes[item] != Byte.openList,
      bytes[item..<keyEnd].contains(where: { [0x20, Byte.quote, Byte.apostrophe].contains($0) })
    {
      return bytes[item..<max(item, range.upperBound)]
    }
    let text = bytes[range]
    guard let first = text.first, first == Byte.apostrophe || first == Byte.quote,
      text.last == first, text.count > 1
    else { return text }
    let surroundsWord = isBlank(quotedEnd) && text.count { $0 == first } % 2 == 0
    return surroundsWord ? text : text.dropFirst().dropLast()
  }

  /// Replaces a range that begins on an earlier line and ends on the current one.
  mutating func replaceLines(_ range: Range<Int>, from first: Int, by piece: PieceFeed.Piece) {
    replace(range, by: piece)
    outline.omit(lines: line - first, through: line)
  }
}
