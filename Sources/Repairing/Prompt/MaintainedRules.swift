import Glibc
import Manifests

/// Where secrets of the maintained rules stand in a text.
///
/// Lines are looked through for keywords, and a rule's pattern is tried on lines with one of its
/// own. Long lines are read in pieces that overlap, so that time grows with the text.
struct MaintainedRules {
  private static let index = KeywordIndex(MaintainedRule.all.map(\.keywords))
  /// A piece of a long line; the longest secret that a rule describes fits in the half of it.
  private static let pieceSize = 20_480
  /// How many lines above and below a match its companion is looked for.
  private static let reach = 10
  /// How long all patterns together may take on one text, in seconds of this thread's processor
  /// time. After that, what holds a keyword is taken out unread.
  private static let patience = 2.0

  private let bytes: [UInt8]
  /// The lines, without their ends.
  private let lines: [Range<Int>]
  private var found: [Range<Int>] = []
  /// The lines that a rule's companion is looked for in, by the rule.
  private var companions: [Int: Set<Int>] = [:]
  private var spent = 0.0

  /// The ranges of secrets; bytes must be UTF-8.
  static func find(in bytes: [UInt8]) -> [Range<Int>] {
    var search = MaintainedRules(bytes)
    search.run()
    return search.found
  }

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    lines = bytes.linesWithEnds.map { line in
      let text = line.withoutLineEnd
      return text.startIndex..<text.endIndex
    }
  }

  private mutating func run() {
    for (number, line) in lines.enumerated() {
      for piece in Self.pieces(of: line, in: bytes) { search(piece, line: number) }
    }
    for (rule, numbers) in companions.sorted(by: { $0.key < $1.key }) {
      guard let pattern = MaintainedRule.all[rule].companion else { continue }
      for number in numbers.sorted() {
        for piece in Self.pieces(of: lines[number], in: bytes) {
          _ = take(pattern, .none, in: piece, of: lines[number])
        }
      }
    }
  }

  private mutating func search(_ piece: Range<Int>, line number: Int) {
    let owners = bytes.withUnsafeBufferPointer {
      Self.index.owners(in: UnsafeBufferPointer(rebasing: $0[piece]))
    }
    var run: Int?
    for owner in owners {
      let rule = MaintainedRule.all[owner]
      if piece.count < rule.shortestLine { continue }
      if rule.shortestRun > 0 {
        let longest = run ?? Self.longestRun(in: bytes[piece])
        run = longest
        if longest < rule.shortestRun { continue }
      }
      let isFound = take(rule.pattern, rule.check, in: piece, of: lines[number])
      guard isFound, rule.companion != nil else { continue }
      let first = max(0, number - Self.reach)
      let last = min(lines.count - 1, number + Self.reach)
      companions[owner, default: []].formUnion(first...last)
    }
  }

  /// Takes what a pattern finds; true where it matches at all. A pattern that gives up takes the
  /// whole piece: better too much is taken out than too little.
  private mutating func take(
    _ text: String, _ check: MaintainedRule.Check, in piece: Range<Int>, of line: Range<Int>
  ) -> Bool {
    let began = Self.seconds()
    defer { spent += Self.seconds() - began }
    do throws(PatternError) {
      if spent > Self.patience {
        throw PatternError(message: "the text takes too long", offset: nil)
      }
      let pattern = try MaintainedPatterns.pattern(text)
      let group = pattern.group(named: "value") ?? 0
      let matches = try pattern.all(in: Array(bytes[piece]))
      for match in matches {
        guard let value = match.groups[group] else { continue }
        var range = value.lowerBound + piece.lowerBound..<value.upperBound + piece.lowerBound
        if !range.isEmpty, check.accepts(bytes[range]) {
          // A value that the end of its piece cuts goes on as far as it can.
          if range.upperBound == piece.upperBound {
            range = range.lowerBound..<Self.tokenEnd(from: range.upperBound, to: line, in: bytes)
          }
          found.append(range)
        }
      }
      return !matches.isEmpty
    } catch {
      found.append(piece)
      return true
    }
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// A line in pieces that begin and end at characters; each begins in the middle of the one before.
  private static func pieces(of line: Range<Int>, in bytes: [UInt8]) -> [Range<Int>] {
    if line.count <= pieceSize { return [line] }
    var result: [Range<Int>] = []
    var start = line.lowerBound
    while true {
      let end = characterStart(at: min(start + pieceSize, line.upperBound), in: bytes)
      result.append(start..<end)
      if end >= line.upperBound { return result }
      start = characterStart(at: start + pieceSize / 2, in: bytes)
    }
  }

  /// The place, or behind the character that goes over it.
  private static func characterStart(at place: Int, in bytes: [UInt8]) -> Int {
    var place = place
    while place < bytes.count, bytes[place] & 0xC0 == 0x80 { place += 1 }
    return place
  }

  private static func tokenEnd(from start: Int, to line: Range<Int>, in bytes: [UInt8]) -> Int {
    bytes[start..<line.upperBound].firstIndex { !isOfRun($0) && !"+/=.".utf8.contains($0) }
      ?? line.upperBound
  }

  private static func longestRun(in bytes: ArraySlice<UInt8>) -> Int {
    var (longest, run) = (0, 0)
    for byte in bytes {
      run = isOfRun(byte) ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  private static func isOfRun(_ byte: UInt8) -> Bool {
    SecretRules.Characters.alphanumerics.contains(byte) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }
}
