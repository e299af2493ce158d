import Glibc
import Manifests

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
    text.withUnsafeBufferPointer { _ = scan($0, from: 0, limit, into: &found, untilLost: false) }
    return found
  }

  /// Looks from an offset on; with `untilLost` only as far as something of the pattern is seen.
  /// Returns where it stopped.
  private func scan(
    _ text: UnsafeBufferPointer<Element>, from start: Int, _ limit: Int, into found: inout [Int],
    untilLost: Bool
  ) -> Int {
    var index = start
    pattern.withUnsafeBufferPointer { pattern in
      var length = 0
      while index < text.count {
        while length > 0, pattern[length] != text[index] { length = borders[length - 1] }
        if pattern[length] == text[index] { length += 1 }
        index += 1
        if length == pattern.count {
          found.append(index - length)
          if found.count >= limit { return }
          length = borders[length - 1]
        }
        if length == 0, untilLost { return }
      }
    }
    return index
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

extension Search where Element == UInt8 {
  /// Where the pattern begins in the text, overlapping places too, at most `limit` of them.
  ///
  /// What cannot hold it is passed over by the byte under the pattern's end (Horspool), as long as
  /// that pays: a text that is made to deceive it is read byte by byte.
  func places(in text: [UInt8], limit: Int = .max) -> [Int] {
    var found: [Int] = []
    let count = pattern.count
    guard text.count >= count else { return found }
    text.withUnsafeBufferPointer { text in
      pattern.withUnsafeBufferPointer { pattern in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { shift in
          shift.initialize(repeating: count)
          for index in 0..<(count - 1) { shift[Int(pattern[index])] = count - 1 - index }
          var compared = 0
          var start = 0
          while start + count <= text.count {
            let last = text[start + count - 1]
            guard last == pattern[count - 1] else {
              start += shift[Int(last)]
              continue
            }
            compared += count
            let isDeceived = compared > text.count
            guard isDeceived || memcmp(text.baseAddress! + start, pattern.baseAddress!, count) == 0
            else {
              start += shift[Int(last)]
              continue
            }
            start = scan(text, from: start, limit, into: &found, untilLost: !isDeceived)
            if found.count >= limit { return }
          }
        }
      }
    }
    return found
  }
}

extension Edit.Extent {
  /// True if such a text may stand at a range.
  func holds(_ range: Range<Int>, in bytes: [UInt8]) -> Bool {
    switch self {
    case .bytes: true
    case .words: bytes.isWord(at: range)
    case .lines: bytes.isLines(at: range)
    }
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

  /// True if the range begins a line and ends one, with or without its line end.
  func isLines(at range: Range<Int>) -> Bool {
    (range.lowerBound == 0 || self[range.lowerBound - 1] == 0x0A)
      && (range.upperBound >= count || range.isEmpty || self[range.upperBound - 1] == 0x0A
        || self[range.upperBound] == 0x0A || self[range.upperBound] == 0x0D)
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
