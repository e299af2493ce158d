import Platform

/// The rules for a text's bytes, checked before anything is read: UTF-8, newlines, no controls.
struct CharacterRules {
  private let source: SourceText
  private let diagnostics: Diagnostics
  private var crlf = 0
  /// The first of them, by its offset.
  private var firstCRLF = 0
  private let keepsMixedLineEnds: Bool
  /// True where carriage returns before newlines are left out.
  private var readsLF = true
  /// Ranges that are no text; reading goes on as if a `_` stood there.
  private var bad: [Range<Int>] = []
  private var badLines: Set<Int> = []

  /// So many characters are reported; a text with more is binary.
  private static let limit = 20

  private init(_ source: SourceText, _ diagnostics: Diagnostics, _ keepsMixedLineEnds: Bool) {
    self.keepsMixedLineEnds = keepsMixedLineEnds
    self.source = source
    self.diagnostics = diagnostics
  }

  /// The text to read: without byte order mark, its lines ended by newlines. What is not allowed
  /// has been reported and replaced by `_`; `badLines` are the lines of that. Nil where it is no
  /// UTF-8 text at all.
  static func check(
    _ source: SourceText, _ diagnostics: Diagnostics, keepsMixedLineEnds: Bool = false
  ) -> (text: SourceText, badLines: Set<Int>)? {
    if let name = otherEncoding(source.bytes) {
      diagnostics.error(
        "encoding", "the text is in \(name)", at: nil, hint: "save it as UTF-8")
      return nil
    }
    var rules = CharacterRules(source, diagnostics, keepsMixedLineEnds)
    let hasMark = source.bytes.starts(with: [0xEF, 0xBB, 0xBF])
    if hasMark {
      diagnostics.report(
        .note, "byte-order-mark", "the text begins with a byte order mark, which is left out",
        at: nil, hint: "save it as UTF-8 without a byte order mark")
    }
    rules.walk(from: hasMark ? 3 : 0)
    rules.reportLineEnds()
    guard rules.bad.count <= limit else { return nil }
    guard hasMark || rules.crlf > 0 || !rules.bad.isEmpty else { return (source, []) }
    let text = SourceText(name: source.name, bytes: rules.cleaned(from: hasMark ? 3 : 0))
    return (text, rules.badLines)
  }

  private static func otherEncoding(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      return "UTF-32"
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    // Without a mark: ASCII in two or four bytes shows as NUL beside it.
    let start = bytes.prefix(4).map { $0 == 0 }
    switch start {
    case [false, true, true, true], [true, true, true, false]: return "UTF-32"
    case [false, true, false, true], [true, false, true, false]: return "UTF-16"
    default: return nil
    }
  }

  private mutating func walk(from start: Int) {
    var position = start
    let count = source.bytes.count
    while bad.count <= Self.limit, let found = nextSpecial(from: position), found < count {
      position = found + check(at: found)
    }
  }

  /// The next byte that is neither a printable ASCII character nor a tab nor a newline.
  private func nextSpecial(from start: Int) -> Int? {
    source.bytes.withUnsafeBufferPointer { bytes in
      var position = start
      // Blocks without one first: a loop that has one way through is done by vector instructions,
      // in an eightieth of the time.
      while position + Self.block <= bytes.count {
        var found: UInt8 = 0
        for offset in 0..<Self.block { found |= Self.special(bytes[position &+ offset]) }
        if found != 0 { break }
        position += Self.block
      }
      while position < bytes.count {
        if Self.special(bytes[position]) != 0 { return position }
        position += 1
      }
      return nil
    }
  }

  private static let block = 64

  /// 1 for a special byte, else 0, without a branch.
  @inline(__always) private static func special(_ byte: UInt8) -> UInt8 {
    // Below a blank, or from DEL on.
    (byte &- 0x20 >= 0x5F ? 1 : 0) & (byte != 0x0A ? 1 : 0) & (byte != 0x09 ? 1 : 0)
  }

  /// Checks what stands at an offset; returns how many bytes it takes.
  private mutating func check(at offset: Int) -> Int {
    let bytes = source.bytes
    let byte = bytes[offset]
    if byte == 0x0D {
      guard offset + 1 < bytes.count, bytes[offset + 1] == 0x0A else {
        refuse(
          offset..<offset + 1, "lone-cr", "a carriage return stands without a newline",
          hint:
            "end lines with a newline; in a content, write \"\\r\" in double quotes or use base64"
        )
        return 1
      }
      if crlf == 0 { firstCRLF = offset }
      crlf += 1
      return 2
    }
    if byte < 0x80 {
      refuseControl(offset..<offset + 1, UInt32(byte))
      return 1
    }
    guard let (value, length) = bytes.scalar(at: offset) else {
      refuse(
        offset..<offset + 1, "invalid-utf8",
        "the byte 0x\(String(byte, radix: 16, uppercase: true)) at offset \(offset) is not UTF-8",
        hint: "save the text as UTF-8; put binary content in base64")
      return 1
    }
    switch value {
    case 0x80..<0xA0, 0x2028, 0x2029, 0xFFFE, 0xFFFF:
      refuseControl(offset..<offset + length, value)
    default: break
    }
    return length
  }

  private mutating func refuseControl(_ range: Range<Int>, _ value: UInt32) {
    let name = "U+" + Quoted.digits(value, width: 4)
    let escape = Quoted.double(Unicode.Scalar(value).map { String($0) } ?? "")
    refuse(
      range, "control-character", "the control character \(name) stands in the text",
      hint: "in a content, write \(escape) in double quotes or use base64")
  }

  private mutating func refuse(
    _ range: Range<Int>, _ rule: String, _ message: String, hint: String
  ) {
    bad.append(range)
    guard bad.count <= Self.limit else { return }
    let place = mark(at: range.lowerBound)
    badLines.insert(place.line)
    diagnostics.error(rule, message, at: place, hint: hint)
  }

  /// A mark that does not count the byte order mark as a column.
  private func mark(at offset: Int) -> Mark {
    let mark = source.mark(at: offset)
    guard mark.line == 1, source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return mark }
    return Mark(line: 1, column: mark.column - 1)
  }

  private mutating func reportLineEnds() {
    guard crlf > 0 else { return }
    let (bareNewlines, firstBareNewline) = self.bareNewlines
    guard bareNewlines > 0 else {
      diagnostics.report(
        .note, "crlf", "the lines end in CR LF; they are read as LF", at: nil,
        hint: "say 'eol: crlf' at a file whose lines shall end so")
      return
    }
    if keepsMixedLineEnds {
      readsLF = false
      diagnostics.report(
        .note, "crlf",
        "\(crlf) lines end in CR LF and \(bareNewlines) in LF; in files they stay so",
        at: mark(at: firstCRLF), hint: "save it anew if the line ends were lost on its way")
      return
    }
    let rare = crlf < bareNewlines ? firstCRLF : firstBareNewline
    diagnostics.error(
      "mixed-line-ends", "\(crlf) lines end in CR LF and \(bareNewlines) in LF",
      at: mark(at: rare), hint: "end all lines in LF; say 'eol: crlf' at a file that needs CR LF")
  }

  /// How many newlines follow no carriage return, and the offset of the first.
  private var bareNewlines: (count: Int, first: Int) {
    var (count, first) = (0, 0)
    var previous: UInt8 = 0
    for (offset, byte) in source.bytes.enumerated() {
      if byte == 0x0A, previous != 0x0D {
        if count == 0 { first = offset }
        count += 1
      }
      previous = byte
    }
    return (count, first)
  }

  private func cleaned(from start: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.bytes.count)
    var position = start
    for range in bad {
      appendLines(of: source.bytes[position..<range.lowerBound], to: &result)
      result.append(UInt8(ascii: "_"))
      position = range.upperBound
    }
    appendLines(of: source.bytes[position...], to: &result)
    return result
  }

  private func appendLines(of bytes: ArraySlice<UInt8>, to result: inout [UInt8]) {
    guard crlf > 0, readsLF else {
      result.append(contentsOf: bytes)
      return
    }
    // Every CR that was not refused stands before a newline.
    for byte in bytes where byte != 0x0D { result.append(byte) }
  }
}
