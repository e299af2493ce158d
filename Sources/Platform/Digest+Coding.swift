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
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * Self.byteCount) { digits in
      writeHex(to: digits)
      bytes.append(contentsOf: UnsafeBufferPointer(digits))
    }
  }

  /// Writes the 64 digits, for which there must be room.
  func writeHex(to digits: UnsafeMutableBufferPointer<UInt8>) {
    withBigEndianBytes { raw in
      for index in 0..<Self.byteCount {
        digits.initializeElement(at: 2 * index, to: Self.digit(raw[index] >> 4))
        digits.initializeElement(at: 2 * index + 1, to: Self.digit(raw[index] & 15))
      }
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

  /// How many bytes a digest is where it is not written as digits.
  public static let byteCount = 32

  /// Appends the 32 bytes.
  public func append(to bytes: inout [UInt8]) {
    withBigEndianBytes { bytes.append(contentsOf: $0) }
  }

  /// Reads 32 bytes as `append` wrote them; there must be as many from `place` on.
  public init(bytes: UnsafeRawBufferPointer, at place: Int) {
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place + 8 * index, as: UInt64.self))
    }
    self.init(words: (word(0), word(1), word(2), word(3)))
  }

  private func withBigEndianBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeBytes(
      of: (
        words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
      ), body)
  }
}
