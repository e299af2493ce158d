/// The search for a text in bytes.
typealias ByteSearch = Search<UInt8>

/// The search for a sequence in another one, in time linear in both, whatever they hold (Knuth,
/// Morris and Pratt).
struct Search<Element: Equatable> {
  let pattern: [Element]
  /// For each prefix of the pattern, the length of its longest proper border.
  private let borders: [Int]

  /// The pattern may not be empty: it would be found everywhere.
  init?(_ pattern: [Element]) {
    guard !pattern.isEmpty else { return nil }
    self.pattern = pattern
    var borders = [0]
    borders.reserveCapacity(pattern.count)
    var length = 0
    for byte in pattern.dropFirst() {
      while length > 0, pattern[length] != byte { length = borders[length - 1] }
      if pattern[length] == byte { length += 1 }
      borders.append(length)
    }
    self.borders = borders
  }

  /// Where the pattern begins in the text, overlapping places too, at most `limit` of them.
  func places(in text: [Element], limit: Int = .max) -> [Int] {
    var found: [Int] = []
    guard text.count >= pattern.count else { return found }
    pattern.withUnsafeBufferPointer { pattern in
      text.withUnsafeBufferPointer { text in
        var length = 0
        for index in 0..<text.count {
          while length > 0, pattern[length] != text[index] { length = borders[length - 1] }
          if pattern[length] == text[index] { length += 1 }
          guard length == pattern.count else { continue }
          found.append(index + 1 - length)
          if found.count >= limit { return }
          length = borders[length - 1]
        }
      }
    }
    return found
  }

  /// The places that do not overlap the one taken before them, the first ones first.
  func disjoint(_ places: [Int]) -> [Int] {
    var taken: [Int] = []
    var end = 0
    for place in places where place >= end {
      taken.append(place)
      end = place + pattern.count
    }
    return taken
  }
}

extension [UInt8] {
  /// A letter, a digit, an underscore or a part of a character beyond ASCII.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...0xFF: true
    default: false
    }
  }

  /// True if no word goes on over either end of the range.
  func isWord(at range: Range<Int>) -> Bool {
    (range.lowerBound == 0 || !Self.isWord(self[range.lowerBound - 1]))
      && (range.upperBound >= count || !Self.isWord(self[range.upperBound]))
  }

  /// The bytes with every range replaced by other bytes; the ranges are in order and disjoint.
  func replacing(_ ranges: [Range<Int>], with replacement: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(
      count + ranges.reduce(0) { $0 + replacement.count - $1.count })
    var done = 0
    for range in ranges {
      result += self[done..<range.lowerBound]
      result += replacement
      done = range.upperBound
    }
    result += self[done...]
    return result
  }

  /// True if the bytes from an offset on begin with a text.
  func holds(_ text: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset + text.count <= count else { return false }
    return self[offset..<(offset + text.count)].elementsEqual(text)
  }
}
