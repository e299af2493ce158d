import Platform

/// The lines of a file that are most like a text that was not found in it.
enum NearestLines {
  /// Files beyond these sizes get no hint: looking would cost more than it says.
  private static let longestFile = 1 << 20, longestPattern = 16 << 10, mostShown = 12

  /// Where the lines stand that are nearest to what an edit looks for, and the edit with them in
  /// it.
  static func hint(for edit: TextEdit, in bytes: [UInt8]) -> String? {
    guard let correction = Correction(edit) else { return nil }
    if let text = correction.openEnd(of: bytes) {
      return "the file ends without a newline, and a block's last line has one; write\n" + text
    }
    guard bytes.count <= longestFile, correction.pattern.count <= longestPattern else { return nil }
    let wanted = correction.pattern.lines
    let lines = bytes.lines
    guard let start = place(of: wanted, in: lines) else { return nil }
    let found = lines[start..<min(start + wanted.count, lines.count)]
    let isOpen = found.endIndex == lines.count && bytes.last != 0x0A
    guard found.count <= mostShown, let text = correction.text(with: Array(found), isOpen: isOpen)
    else { return "the nearest is line \(start + 1): \(Printable.output(found[start]))" }
    let place =
      found.count == 1
      ? "the nearest is line \(start + 1)" : "the nearest begins at line \(start + 1)"
    return place + "; to \(correction.verb) it write\n" + text
  }

  /// Where the line stands that is nearest to another one.
  static func hint(forLine wanted: [UInt8], in bytes: [UInt8]) -> String? {
    guard bytes.count <= longestFile, wanted.count <= longestPattern else { return nil }
    let lines = bytes.lines
    return place(of: wanted.lines, in: lines).map {
      "the nearest is line \($0 + 1): \(Printable.output(lines[$0]))"
    }
  }

  /// The first of the lines that are most like the wanted ones; nil where nothing is like them.
  private static func place(
    of wanted: [ArraySlice<UInt8>], in lines: [ArraySlice<UInt8>]
  ) -> Int? {
    let keys = wanted.prefix(32).map(key)
    let file = lines.map(key)
    var best: (score: Int, start: Int)?
    for start in file.indices {
      var score = 0
      for (offset, key) in keys.enumerated() where !key.isEmpty && start + offset < file.count {
        if file[start + offset] == key { score += 1 }
      }
      if score > best?.score ?? 0 { best = (score, start) }
    }
    if let best { return best.start }
    guard let index = keys.firstIndex(where: { !$0.isEmpty }) else { return nil }
    return alike(keys[index], in: file).map { max(0, $0 - index) }
  }

  /// A line without the spaces in it: what differs in them alone is the same.
  private static func key(_ line: ArraySlice<UInt8>) -> [UInt8] {
    line.filter { $0 != 0x20 && $0 != 0x09 }
  }

  /// The line that shares most pairs of bytes with the wanted one, at least half of them.
  private static func alike(_ wanted: [UInt8], in lines: [[UInt8]]) -> Int? {
    let pairs = Set(pairs(wanted))
    guard !pairs.isEmpty else { return nil }
    var best: (score: Double, index: Int)?
    for (index, line) in lines.enumerated() where line.count <= 4096 {
      let own = Set(Self.pairs(line))
      guard !own.isEmpty else { continue }
      let score = 2 * Double(own.intersection(pairs).count) / Double(own.count + pairs.count)
      if score >= 0.5, score > best?.score ?? 0 { best = (score, index) }
    }
    return best?.index
  }

  private static func pairs(_ line: [UInt8]) -> [UInt16] {
    zip(line, line.dropFirst()).map { UInt16($0) << 8 | UInt16($1) }
  }
}
