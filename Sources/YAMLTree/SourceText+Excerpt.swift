extension SourceText {
  /// The longest part of a line that an excerpt shows, in columns.
  static let excerptWidth = 160

  /// The line around a mark, and the caret's column in it, from 1.
  ///
  /// A long line is cut on both sides, `…` standing for what was left out, so that a line of
  /// 16 MB costs no more than its being walked once. Invalid bytes show as U+FFFD.
  public func excerpt(around mark: Mark) -> (text: String, column: Int) {
    var line = range(ofLine: mark.line)
    if line.last.map({ bytes[$0] }) == 0x0D { line = line.dropLast() }
    if mark.line == 1, bytes[line].starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }

    // The caret's offset, and the window in columns before and after it.
    let caret = offset(ofColumn: mark.column, in: line)
    var start = caret
    var before = 0
    let room = line.count <= Self.excerptWidth ? line.count : Self.excerptWidth / 2
    while start > line.lowerBound, before < room {
      start = bytes.scalarStart(before: start, from: line.lowerBound)
      before += 1
    }
    var end = caret
    var after = 0
    while end < line.upperBound, before + after < Self.excerptWidth {
      end = bytes.scalarEnd(after: end, to: line.upperBound)
      after += 1
    }
    let cutBefore = start > line.lowerBound
    let text =
      (cutBefore ? "…" : "") + String(decoding: bytes[start..<end], as: UTF8.self)
      + (end < line.upperBound ? "…" : "")
    return (text, before + 1 + (cutBefore ? 1 : 0))
  }

  /// The byte at a column of a line, or the line's end.
  private func offset(ofColumn column: Int, in line: Range<Int>) -> Int {
    var offset = line.lowerBound
    var current = 1
    while offset < line.upperBound, current < column {
      offset = bytes.scalarEnd(after: offset, to: line.upperBound)
      current += 1
    }
    return offset
  }
}

extension [UInt8] {
  /// The end of the scalar that begins at a byte.
  func scalarEnd(after start: Int, to limit: Int) -> Int {
    var end = start + 1
    while end < limit, self[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }

  /// The start of the scalar that ends before a byte.
  func scalarStart(before end: Int, from limit: Int) -> Int {
    var start = end - 1
    while start > limit, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }
}
