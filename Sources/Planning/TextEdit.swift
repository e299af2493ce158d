import Manifests

/// One edit with its texts decoded and their line ends made those of the file.
///
/// Each kind of edit can be applied and, where the rules say that it can be seen in the result,
/// taken back: an edit stands in a file if taking it back and applying it gives that file.
enum TextEdit {
  case replace(find: ByteSearch, with: [UInt8], count: Edit.Count, extent: Edit.Extent)
  case insert(anchor: ByteSearch, text: [UInt8], isAfter: Bool)
  case append([UInt8])
  case prepend([UInt8])
  /// `readsLF`: the file has no line end but CRLF, and the pattern sees newlines.
  case match(Pattern, with: ReplacementTemplate, count: Edit.Count, readsLF: Bool)
  case set(ValueEdit)

  /// The result on some bytes.
  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] {
    switch self {
    case .replace(let find, let replacement, let count, let extent):
      let places = try places(of: find, in: bytes, count: count, extent: extent)
      return bytes.replacing(places.map { $0..<($0 + find.pattern.count) }, with: replacement)
    case .insert(let anchor, let text, let isAfter):
      let place = try places(of: anchor, in: bytes, count: .exactly(1), extent: .bytes)[0]
      let offset = isAfter ? place + anchor.pattern.count : place
      try checkLine(of: text, in: bytes, at: offset, isAfter: isAfter)
      return bytes.replacing([offset..<offset], with: text)
    case .append(let text):
      if let last = bytes.last, last != 0x0A, let first = text.first, first != 0x0A, first != 0x0D {
        throw EditFailure(
          "edit-joins-lines",
          "the file does not end with a newline, so that the appended text would join its last line",
          hint: "begin the text with a newline")
      }
      return bytes + text
    case .prepend(let text): return text + bytes
    case .match(let pattern, let template, let count, let readsLF):
      let text = readsLF ? bytes.withLF : bytes
      // A carriage return elsewhere would not survive the way back.
      if !readsLF || text.contains(0x0D) {
        return try replaced(pattern, template, count, in: bytes)
      }
      return try replaced(pattern, template, count, in: text).withCRLF
    case .set(let edit): return try edit.applied(to: bytes)
    }
  }

  /// The bytes from which `applied` makes these; nil where the edit does not stand in them.
  func unapplied(from bytes: [UInt8]) -> [UInt8]? {
    switch self {
    case .replace(let find, let replacement, let count, let extent):
      return Self.reversed(find, replacement, count, extent, in: bytes)
    case .insert(let anchor, let text, let isAfter):
      return Self.removed(text, from: bytes, beside: anchor, isAfter: isAfter)
    case .append(let text):
      return bytes.count >= text.count && bytes.suffix(text.count).elementsEqual(text)
        ? Array(bytes.dropLast(text.count)) : nil
    case .prepend(let text):
      return bytes.holds(text, at: 0) ? Array(bytes.dropFirst(text.count)) : nil
    case .match: return nil
    // What the value was is not to be seen, but that it is equal.
    case .set(let edit): return edit.stands(in: bytes) ? bytes : nil
    }
  }

  private func replaced(
    _ pattern: Pattern, _ template: ReplacementTemplate, _ count: Edit.Count, in bytes: [UInt8]
  ) throws(EditFailure) -> [UInt8] {
    let matches: [PatternMatch]
    do throws(PatternError) {
      matches = try pattern.all(in: bytes)
    } catch {
      throw EditFailure("conflict-pattern", error.message, hint: "use 'find'")
    }
    if matches.isEmpty {
      throw EditFailure(
        "conflict-no-match", "the pattern matches nothing in the file",
        hint: "correct the pattern; '^' and '$' match at lines")
    }
    if case .exactly(let wanted) = count, matches.count != wanted {
      let lines = matches.prefix(8).map { String(bytes.lineNumber(at: $0.range.lowerBound)) }
      throw EditFailure(
        "conflict-count",
        "the pattern matches \(Self.times(matches.count)) (lines \(lines.joined(separator: ", "))"
          + "\(matches.count > 8 ? ", …" : "")), and must match \(Self.times(wanted))",
        hint: "make the pattern more exact, or correct 'count'")
    }
    var result: [UInt8] = []
    var done = 0
    for match in matches {
      result += bytes[done..<match.range.lowerBound]
      result += template.expanded(for: match, in: bytes)
      done = match.range.upperBound
    }
    return result + bytes[done...]
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

  /// The replacement stands exactly `count` times, and what was to be found only within it.
  private static func reversed(
    _ find: ByteSearch, _ replacement: [UInt8], _ count: Edit.Count, _ extent: Edit.Extent,
    in bytes: [UInt8]
  ) -> [UInt8]? {
    guard let reverse = ByteSearch(replacement) else { return nil }
    let length = replacement.count
    let all = reverse.places(in: bytes).filter { extent.holds($0..<($0 + length), in: bytes) }
    let places = reverse.disjoint(all)
    switch count {
    case .exactly(let wanted):
      guard places.count == wanted, all.count == wanted else { return nil }
    case .all:
      guard !places.isEmpty else { return nil }
    }
    var index = 0
    for place in find.places(in: bytes) {
      let end = place + find.pattern.count
      if !extent.holds(place..<end, in: bytes) { continue }
      while index < places.count, places[index] + length < end { index += 1 }
      guard index < places.count, places[index] <= place else { return nil }
    }
    return bytes.replacing(places.map { $0..<($0 + length) }, with: find.pattern)
  }

  /// The text stands beside its anchor, once, and without it the anchor stands once.
  private static func removed(
    _ text: [UInt8], from bytes: [UInt8], beside anchor: ByteSearch, isAfter: Bool
  ) -> [UInt8]? {
    let both = isAfter ? anchor.pattern + text : text + anchor.pattern
    guard let search = ByteSearch(both) else { return nil }
    let places = search.places(in: bytes, limit: 2)
    guard places.count == 1 else { return nil }
    let start = isAfter ? places[0] + anchor.pattern.count : places[0]
    let rest = bytes.replacing([start..<(start + text.count)], with: [])
    return anchor.places(in: rest, limit: 2).count == 1 ? rest : nil
  }

  /// Where a text stands that must stand so many times; overlapping places are ambiguous.
  private func places(
    of search: ByteSearch, in bytes: [UInt8], count: Edit.Count, extent: Edit.Extent
  ) throws(EditFailure) -> [Int] {
    let length = search.pattern.count
    let all = search.places(in: bytes).filter { extent.holds($0..<($0 + length), in: bytes) }
    let places = search.disjoint(all)
    if places.isEmpty {
      throw EditFailure(
        "conflict-no-match", "\(subject) does not occur in the file",
        hint: NearestLines.hint(for: self, in: bytes)
          ?? "copy it from the file as it is now, or write the whole file by 'content'")
    }
    guard case .exactly(let wanted) = count else { return places }
    if places.count == wanted, all.count == wanted { return places }
    let lines = all.prefix(8).map { String(bytes.lineNumber(at: $0)) }.joined(separator: ", ")
    let found =
      all.count == 1
      ? "once (line \(lines))"
      : "\(all.count) times (lines \(lines)"
        + (all.count > 8 ? ", …)" : ")")
    if all.count != places.count, wanted > 1 {
      throw EditFailure(
        "conflict-count",
        "\(subject) occurs \(found) and overlaps itself: what is meant is unclear",
        hint: "write the text so long that no two places share a byte")
    }
    throw EditFailure(
      "conflict-count",
      "\(subject) occurs \(found), and must occur \(wanted == 1 ? "once" : "\(wanted) times")",
      hint: wanted == 1
        ? "add lines around it until it is the only one, or say 'count'" : "correct 'count'")
  }

  /// What was to be found, in words.
  private var subject: String {
    switch self {
    case .insert(_, _, true): "the text of 'after'"
    case .insert(_, _, false): "the text of 'before'"
    default: "the text to find"
    }
  }

  /// A text of whole lines inserted into the middle of one is a slip: `after: "def f():"` with an
  /// insert that does not begin with a newline.
  private func checkLine(
    of text: [UInt8], in bytes: [UInt8], at offset: Int, isAfter: Bool
  ) throws(EditFailure) {
    guard text.contains(0x0A) else { return }
    let startsLine = offset == 0 || bytes[offset - 1] == 0x0A
    let endsLine = offset == bytes.count || bytes[offset] == 0x0A || bytes[offset] == 0x0D
    if isAfter, !startsLine, endsLine, text.first != 0x0A, text.first != 0x0D {
      throw EditFailure(
        "edit-joins-lines", "the inserted lines would begin in the line that 'after' ends",
        hint: "end the text of 'after' with a newline, or begin 'insert' with one")
    }
    if !isAfter, startsLine, offset < bytes.count, text.last != 0x0A {
      throw EditFailure(
        "edit-joins-lines", "the inserted lines would end in the line that 'before' begins",
        hint: "end 'insert' with a newline")
    }
  }
}
