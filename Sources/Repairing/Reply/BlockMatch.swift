/// Finds the lines of a search text in a file, by four readings of equality, the strictest first.
enum BlockMatch {
  /// What a block makes of a file's bytes, or why it does not fit.
  static func apply(_ block: ReplyText.Block, to bytes: [UInt8]) throws(Rejection) -> [UInt8] {
    let file = bytes.linesWithEnds
    let search = block.search.linesWithEnds
    if search.isEmpty {
      guard bytes.isEmpty else {
        throw Rejection(.mismatch, "a SEARCH text is empty, but the file is not")
      }
      return block.replace
    }
    for reading in Reading.allCases {
      let places = places(of: search, in: file, reading)
      if places.count > 1 {
        throw Rejection(
          .mismatch,
          "the SEARCH text matches \(places.count) places (lines "
            + places.prefix(5).map { String($0.line + 1) }.joined(separator: ", ")
            + "); add lines around it until it matches one")
      }
      if let place = places.first {
        return replace(place, search.count, by: block.replace, in: file)
      }
    }
    throw Rejection(
      .mismatch, "the SEARCH text does not stand in the file",
      nearest: NearestWindow.find(search, in: file))
  }

  private enum Reading: CaseIterable { case exact, lineEnds, trailingSpace, indent }

  private struct Place {
    var line: Int
    /// What the file has in front of every line more than the search text, or less.
    var shift: Shift = .none
  }

  private enum Shift: Equatable {
    case none
    case more([UInt8])
    case less([UInt8])
  }

  private static func places(
    of search: [ArraySlice<UInt8>], in file: [ArraySlice<UInt8>], _ reading: Reading
  ) -> [Place] {
    guard search.count <= file.count else { return [] }
    var result: [Place] = []
    for start in 0...(file.count - search.count) {
      let window = file[start..<(start + search.count)]
      switch reading {
      case .exact:
        if zip(search, window).allSatisfy({ $0.elementsEqual($1) }) {
          result.append(Place(line: start))
        }
      case .lineEnds:
        if zip(search, window).allSatisfy({ $0.withoutLineEnd.elementsEqual($1.withoutLineEnd) }) {
          result.append(Place(line: start))
        }
      case .trailingSpace:
        if zip(search, window).allSatisfy({
          $0.withoutTrailingSpace.elementsEqual($1.withoutTrailingSpace)
        }) {
          result.append(Place(line: start))
        }
      case .indent:
        if let shift = shift(search, window) { result.append(Place(line: start, shift: shift)) }
      }
    }
    return result
  }

  /// The one indent that makes all lines equal; nil where there is none.
  private static func shift(
    _ search: [ArraySlice<UInt8>], _ window: ArraySlice<ArraySlice<UInt8>>
  ) -> Shift? {
    var found: Shift?
    for (wanted, line) in zip(search, window) {
      if wanted.isBlank && line.isBlank { continue }
      let wanted = wanted.withoutTrailingSpace
      let line = line.withoutTrailingSpace
      guard let shift = shift(wanted, line), found == nil || found == shift else { return nil }
      found = shift
    }
    return found
  }

  private static func shift(_ wanted: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>) -> Shift? {
    let a = wanted.indent
    let b = line.indent
    guard wanted[a.endIndex...].elementsEqual(line[b.endIndex...]) else { return nil }
    if b.elementsEqual(a) { return Shift.none }
    if b.count > a.count, b.suffix(a.count).elementsEqual(a) {
      return .more(Array(b.dropLast(a.count)))
    }
    if a.count > b.count, a.suffix(b.count).elementsEqual(b) {
      return .less(Array(a.dropLast(b.count)))
    }
    return nil
  }

  private static func replace(
    _ place: Place, _ count: Int, by replacement: [UInt8], in file: [ArraySlice<UInt8>]
  ) -> [UInt8] {
    let taken = file[place.line..<(place.line + count)]
    // The file's own line end, as the lines that go have it; a last line without one stays so.
    let hasReturn = taken.first.map { $0.count >= 2 && $0.suffix(2).elementsEqual([0x0D, 0x0A]) }
    let isLast = place.line + count == file.count
    let endsOpen = isLast && file.last?.last != 0x0A
    var result: [UInt8] = file[..<place.line].flatMap { $0 }
    for line in replacement.plainLines {
      if !line.isBlank {
        switch place.shift {
        case .none: break
        case .more(let indent): result += indent
        case .less: break
        }
      }
      if case .less(let indent) = place.shift, line.starts(with: indent) {
        result += line.dropFirst(indent.count)
      } else {
        result += line
      }
      result += hasReturn == true ? [0x0D, 0x0A] : [0x0A]
    }
    if endsOpen, !replacement.isEmpty {
      result.removeLast(hasReturn == true ? 2 : 1)
    }
    for line in file[(place.line + count)...] { result += line }
    return result
  }
}

/// The lines of a file that are most like lines that were not found in it.
enum NearestWindow {
  static func find(_ wanted: [ArraySlice<UInt8>], in file: [ArraySlice<UInt8>]) -> String? {
    guard !file.isEmpty, file.count <= 50_000 else { return nil }
    let keys = wanted.prefix(24).map(key)
    let lines = file.map(key)
    var best = (score: 0, start: 0)
    for start in lines.indices {
      var score = 0
      for (offset, key) in keys.enumerated() where !key.isEmpty && start + offset < lines.count {
        if lines[start + offset] == key { score += 1 }
      }
      if score > best.score { best = (score, start) }
    }
    if best.score == 0 {
      guard let start = mostAlike(keys.first { !$0.isEmpty } ?? [], lines) else { return nil }
      best.start = start
    }
    let shown = file[best.start..<min(best.start + max(wanted.count, 1), file.count)].prefix(12)
    return shown.map { $0.withoutLineEnd.text }.joined(separator: "\n")
  }

  private static func key(_ line: ArraySlice<UInt8>) -> [UInt8] {
    line.filter { $0 > 0x20 }
  }

  /// The line that shares at least half of the pairs of bytes with the wanted one.
  private static func mostAlike(_ wanted: [UInt8], _ lines: [[UInt8]]) -> Int? {
    let pairs = Self.pairs(wanted)
    guard !pairs.isEmpty else { return nil }
    var best: (score: Double, index: Int)?
    for (index, line) in lines.enumerated() where line.count <= 2000 {
      let own = Self.pairs(line)
      guard !own.isEmpty else { continue }
      let score = 2 * Double(own.intersection(pairs).count) / Double(own.count + pairs.count)
      if score >= 0.5, score > best?.score ?? 0 { best = (score, index) }
    }
    return best?.index
  }

  private static func pairs(_ line: [UInt8]) -> Set<UInt16> {
    Set(zip(line, line.dropFirst()).map { UInt16($0) << 8 | UInt16($1) })
  }
}
