extension Digest {
  /// Reads 64 hexadecimal digits of lower case as bytes; nil for anything else.
  public init?(hexDigits digits: ArraySlice<UInt8>) {
    guard digits.count == 64 else { return nil }
    var parts: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var index = digits.startIndex
    func word() -> UInt64? {
      var value: UInt64 = 0
      for _ in 0..<16 {
        switch digits[index] {
        case let digit where (0x30...0x39).contains(digit):
          value = value << 4 | UInt64(digit - 0x30)
        case let digit where (0x61...0x66).contains(digit):
          value = value << 4 | UInt64(digit - 0x57)
        default: return nil
        }
        index += 1
      }
      return value
    }
    guard let a = word(), let b = word(), let c = word(), let d = word() else { return nil }
    parts = (a, b, c, d)
    self.init(words: parts)
  }

  /// Appends the 64 digits: what `hex` is, without a string.
  public func appendHex(to bytes: inout [UInt8]) {
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 60, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
        bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
    }
  }
}
