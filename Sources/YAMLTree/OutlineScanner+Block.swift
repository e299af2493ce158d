extension OutlineScanner {
  private struct Header {
    var chomping = BlockText.Chomping.clip
    /// The indentation that the header states, relative to the parent.
    var indentation: Int?
  }

  /// Reads a literal block, from its `|` to the last of its lines; libyaml never sees it.
  mutating func scanBlock(parent: Int) {
    let start = position
    let startMark = mark(start)
    let isFolded = bytes[start] == Byte.greater
    if isFolded {
      fault(
        "folded-block", "a folded block ('>') joins its lines", at: start,
        hint: "use a literal block: '|' instead of '>'")
    }
    let header = scanHeader()
    position = lineEnd(from: position)
    let headerEnd = position
    let hasLines = position < bytes.count
    nextLine()
    // A block without text has nothing but line ends, whatever spaces stand before them.
    let body = hasLines ? scanBody(parent: parent, header) : (.max, hasText: false)
    let bodyStart = min(headerEnd + 1, bytes.count)
    let text = Text(
      BlockText(
        source: source, lines: bodyStart..<max(bodyStart, position),
        indentation: body.indentation, chomping: header.chomping))
    if !outline.isFaulty(line: startMark.line) {
      check(text, startMark, isEmpty: !body.hasText, parent: parent)
    }
    // libyaml goes on at the newline that ends the block's last line.
    let endsInNewline = position > start && bytes[position - 1] == Byte.newline
    replace(start..<(endsInNewline ? position - 1 : position), by: .emptyText)
    let lastLine = endsInNewline ? line - 1 : line
    outline.omit(lines: lastLine - startMark.line, through: lastLine)
    outline.blocks.append(
      Outline.Block(
        style: .literal, start: startMark, end: Mark(line: line, column: 1), text: text))
    pending = nil
    plainParent = nil
  }

  private mutating func check(_ text: Text, _ start: Mark, isEmpty: Bool, parent: Int) {
    if text.count > limits.encodedFile {
      diagnostics.error(
        "file-size",
        "the text has \(text.count) bytes, more than \(Limits.words(limits.file))", at: start,
        hint: "raise 'limits: {file: …}' in the configuration")
      noteFault(line: start.line)
    } else if isEmpty, text.count == 0 {
      diagnostics.error(
        "empty-block", "the literal block is empty", at: start,
        hint: "indent its text by at least \(parent + 1) spaces, or write \"\" for no text")
      noteFault(line: start.line)
    }
  }

  private mutating func scanHeader() -> Header {
    var header = Header()
    var offset = position + 1
    while offset < bytes.count {
      switch bytes[offset] {
      case Byte.dash where header.chomping == .clip: header.chomping = .strip
      case Byte.plus where header.chomping == .clip: header.chomping = .keep
      case (Byte.zero + 1)...Byte.nine where header.indentation == nil:
        header.indentation = Int(bytes[offset] - Byte.zero)
      default:
        refuseAfterHeader(offset)
        return header
      }
      offset += 1
    }
    return header
  }

  /// Reports what follows a header other than a comment.
  private mutating func refuseAfterHeader(_ offset: Int) {
    let rest = skipBlanks(from: offset)
    guard rest < bytes.count, bytes[rest] != Byte.newline else { return }
    if bytes[rest] == Byte.hash, rest > offset { return }
    let text = String(decoding: bytes[position..<textEnd(from: position)], as: UTF8.self)
    fault(
      "block-header", "text follows '\(UnicodeScalar(bytes[position]))' on its line", at: rest,
      hint: "begin the text on the next line; if this is no block, put it in quotes: "
        + quotedHint(text))
  }

  // MARK: The block's lines

  private enum Ending { case ends, goesOn }

  /// Reads the block's lines and stops at the first that is not one of them.
  private mutating func scanBody(
    parent: Int, _ header: Header
  ) -> (indentation: Int, hasText: Bool) {
    var indentation = header.indentation.map { max(parent, 0) + $0 }
    var hasText = false
    /// The blank line with the most spaces before the first text.
    var widest: (line: Int, spaces: Int)?
    while position < bytes.count {
      let limit = indentation ?? .max
      var offset = position
      while offset < bytes.count, bytes[offset] == Byte.space, offset - lineStart < limit {
        offset += 1
      }
      let spaces = offset - lineStart
      if offset == bytes.count {
        position = offset
        break
      }
      if bytes[offset] == Byte.newline {
        if indentation == nil, spaces > widest?.spaces ?? 0 { widest = (line, spaces) }
        position = offset
        nextLine()
        continue
      }
      if let known = indentation, spaces == known {
        hasText = true
        skipLine()
        continue
      }
      if indentation == nil, spaces > parent {
        refuseWiderBlank(widest, spaces)
        indentation = spaces
        continue
      }
      if outdent(at: offset, spaces: spaces, parent: parent, indentation) == .ends { break }
    }
    return (indentation ?? .max, hasText)
  }

  private mutating func refuseWiderBlank(_ widest: (line: Int, spaces: Int)?, _ spaces: Int) {
    guard let widest, widest.spaces > spaces else { return }
    diagnostics.error(
      "block-leading-spaces",
      "a blank line has \(widest.spaces) spaces, more than the text below it (\(spaces))",
      at: Mark(line: widest.line, column: 1), width: widest.spaces,
      hint: "remove the spaces of the blank line")
    noteFault(line: widest.line)
  }

  /// Looks at a line that is indented less than the block: it ends the block, or it is a fault
  /// and read as a part of the block, lest one fault become many.
  private mutating func outdent(
    at offset: Int, spaces: Int, parent: Int, _ indentation: Int?
  ) -> Ending {
    if bytes[offset] == Byte.tab {
      fault(
        "tab-indent", "a tab stands where the indentation of the text is expected", at: offset,
        hint: "indent by \(indentation ?? parent + 2) spaces; tabs after them belong to the text")
      skipLine()
      return .goesOn
    }
    if bytes[offset] == Byte.hash {
      return comment(at: offset, indentation: indentation ?? parent + 2)
    }
    if spaces > parent {
      let indicator = spaces - max(0, parent)
      fault(
        "block-dedent", "this line is indented less than the text above it", at: offset,
        width: width(offset..<textEnd(from: offset)),
        hint: "indent it by \(indentation ?? parent + 2) spaces, as the text above"
          + ((1...9).contains(indicator)
            ? "; if that is meant to stand further in, write '|\(indicator)' instead of '|'" : ""))
      skipLine()
      return .goesOn
    }
    if indentation == nil, !looksLikeStructure(at: offset) {
      fault(
        "block-unindented", "the text of the block above is not indented", at: offset,
        width: width(offset..<textEnd(from: offset)),
        hint: "indent each of its lines by \(parent + 2) spaces")
      while position < bytes.count, !looksLikeStructure(at: skipBlanks(from: position)) {
        skipLine()
      }
      return .ends
    }
    return .ends
  }

  /// A comment line after or in a block: YAML would drop it from the text in silence.
  private mutating func comment(at offset: Int, indentation: Int) -> Ending {
    let (start, startLine, startOfLine) = (position, line, lineStart)
    fault(
      "comment-in-block",
      "a '#' line is indented less than the text above it, so that YAML drops it", at: offset,
      width: width(offset..<textEnd(from: offset)),
      hint: "indent it by \(indentation) spaces if it belongs to the text; a comment goes to the "
        + "end of a key's line or above the first key of an entry")
    while position < bytes.count {
      let next = skipBlanks(from: position)
      guard next < bytes.count else { break }
      if bytes[next] != Byte.newline, bytes[next] != Byte.hash {
        if next - lineStart >= indentation { return .goesOn }
        break
      }
      skipLine()
    }
    (position, line, lineStart) = (start, startLine, startOfLine)
    return .ends
  }

  /// Whether a line looks like a part of the document and not of a text.
  func looksLikeStructure(at start: Int) -> Bool {
    guard start < bytes.count else { return true }
    if bytes[start] == Byte.dash { return isBlank(start + 1) || isDocumentMark(at: start) }
    if bytes[start] == Byte.dot { return isDocumentMark(at: start) }
    var end = start
    while end < bytes.count, isWord(bytes[end]) { end += 1 }
    return end > start && end < bytes.count && bytes[end] == Byte.colon && isBlank(end + 1)
  }

  private func isWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
      || (Byte.zero...Byte.nine).contains(byte)
  }
}
