/// A text in quotes on one line as it stands in its source, its escapes checked; decoded when it is
/// asked for, by the rules that libyaml has.
final class QuotedText: Sendable {
  private let source: SourceText
  /// What stands between the quotes.
  private let range: Range<Int>
  private let isDouble: Bool

  /// How long the decoded text is.
  let count: Int

  init(source: SourceText, range: Range<Int>, isDouble: Bool) {
    (self.source, self.range, self.isDouble) = (source, range, isDouble)
    count = Self.write(source.bytes, range, isDouble, into: nil)
  }

  /// The text's bytes.
  func decoded() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = Self.write(source.bytes, range, isDouble, into: buffer)
    }
  }

  /// Writes the text, or only counts; returns how many bytes it has.
  private static func write(
    _ source: [UInt8], _ range: Range<Int>, _ isDouble: Bool,
    into buffer: UnsafeMutableBufferPointer<UInt8>?
  ) -> Int {
    let sign = isDouble ? Byte.backslash : Byte.apostrophe
    return source.withUnsafeBufferPointer { bytes in
      var count = 0
      var position = range.lowerBound
      func put(_ part: some Collection<UInt8>) {
        if let buffer {
          _ = UnsafeMutableBufferPointer(rebasing: buffer[count...]).update(fromContentsOf: part)
        }
        count += part.count
      }
      while position < range.upperBound {
        let rest = bytes[position..<range.upperBound]
        let end = rest.firstIndex(of: sign) ?? range.upperBound
        put(bytes[position..<end])
        if end == range.upperBound { break }
        if isDouble {
          let (scalar, width) = escape(bytes[end + 1..<range.upperBound])
          if scalar.isASCII {
            put(CollectionOfOne(UInt8(scalar.value)))
          } else {
            put(Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter))
          }
          position = end + 1 + width
        } else {
          // Two apostrophes stand for one.
          put(bytes[end..<end + 1])
          position = end + 2
        }
      }
      return count
    }
  }

  /// What an escape stands for, and how many bytes it takes behind its backslash. The outline has
  /// refused every other.
  private static func escape(
    _ text: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (scalar: Unicode.Scalar, width: Int) {
    guard let sign = text.first else { return ("\\", 0) }
    switch sign {
    case UInt8(ascii: "0"): return ("\0", 1)
    case UInt8(ascii: "a"): return ("\u{7}", 1)
    case UInt8(ascii: "b"): return ("\u{8}", 1)
    case UInt8(ascii: "t"), Byte.tab: return ("\t", 1)
    case UInt8(ascii: "n"): return ("\n", 1)
    case UInt8(ascii: "v"): return ("\u{B}", 1)
    case UInt8(ascii: "f"): return ("\u{C}", 1)
    case UInt8(ascii: "r"): return ("\r", 1)
    case UInt8(ascii: "e"): return ("\u{1B}", 1)
    case UInt8(ascii: "N"): return ("\u{85}", 1)
    case UInt8(ascii: "_"): return ("\u{A0}", 1)
    case UInt8(ascii: "L"): return ("\u{2028}", 1)
    case UInt8(ascii: "P"): return ("\u{2029}", 1)
    case UInt8(ascii: "x"): return (scalar(text.dropFirst().prefix(2)), 3)
    case UInt8(ascii: "u"): return (scalar(text.dropFirst().prefix(4)), 5)
    case UInt8(ascii: "U"): return (scalar(text.dropFirst().prefix(8)), 9)
    default: return (Unicode.Scalar(sign), 1)
    }
  }

  private static func scalar(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Unicode.Scalar {
    UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
      ?? "\u{FFFD}"
  }
}
