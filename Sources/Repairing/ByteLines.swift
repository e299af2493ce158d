extension RandomAccessCollection<UInt8> where Index == Int {
  /// The lines with their line ends; a last line without one is a line too.
  var linesWithEnds: [SubSequence] {
    var lines: [SubSequence] = []
    var start = startIndex
    while let end = self[start...].firstIndex(of: 0x0A) {
      lines.append(self[start...end])
      start = end + 1
    }
    if start < endIndex { lines.append(self[start...]) }
    return lines
  }

  /// The lines without their line ends (LF or CRLF).
  var plainLines: [SubSequence] { linesWithEnds.map(\.withoutLineEnd) }

  /// CRLF as LF: what is shown; the reply's judge gives each file its own line ends back.
  var withoutReturns: [UInt8] {
    guard contains(0x0D) else { return Array(self) }
    return linesWithEnds.flatMap { line in
      line.last == 0x0A ? Array(line.withoutLineEnd) + [0x0A] : Array(line)
    }
  }

  /// Without LF or CRLF at its end.
  var withoutLineEnd: SubSequence {
    guard last == 0x0A else { return self[...] }
    let line = dropLast()
    return line.last == 0x0D ? line.dropLast() : line
  }

  /// Without spaces, tabs and line ends behind.
  var withoutTrailingSpace: SubSequence {
    var end = endIndex
    while end > startIndex, [0x20, 0x09, 0x0D, 0x0A].contains(self[end - 1]) { end -= 1 }
    return self[startIndex..<end]
  }

  /// The spaces and tabs in front.
  var indent: SubSequence { prefix { $0 == 0x20 || $0 == 0x09 } }

  var isBlank: Bool { withoutTrailingSpace.isEmpty }

  var text: String { String(decoding: self, as: UTF8.self) }
}

extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    let head = drop(while: \.isWhitespace)
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(head[...last])
  }
}
