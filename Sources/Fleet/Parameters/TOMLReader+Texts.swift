import Planning

/// Texts in quotes, of one line and of several.
extension TOMLReader {
  mutating func readLiteral() throws(DataPointer.Fault) -> String {
    at += 1
    let start = at
    while let byte, byte != 0x27, byte != 0x0A { try passOver() }
    guard byte == 0x27 else { throw fault("a text is not closed") }
    at += 1
    return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
  }

  mutating func readBasic() throws(DataPointer.Fault) -> String {
    at += 1
    var result: [UInt8] = []
    while let byte, byte != 0x22, byte != 0x0A {
      try passOver()
      if byte == 0x5C { result += try readEscape(isLong: false) } else { result.append(byte) }
    }
    guard byte == 0x22 else { throw fault("a text is not closed") }
    at += 1
    return String(decoding: result, as: UTF8.self)
  }

  mutating func readLong(_ quote: UInt8) throws(DataPointer.Fault) -> String {
    at += 3
    if byte == 0x0D, at + 1 < bytes.count, bytes[at + 1] == 0x0A { at += 1 }
    if byte == 0x0A { at += 1 }
    var result: [UInt8] = []
    while let byte {
      if byte == quote && isTriple(quote) {
        at += 3
        // One or two quotes may stand before the closing three.
        for _ in 0..<2 where self.byte == quote {
          result.append(quote)
          at += 1
        }
        return String(decoding: result, as: UTF8.self)
      }
      let isLineEnd = byte == 0x0A || byte == 0x0D && at + 1 < bytes.count && bytes[at + 1] == 0x0A
      if isLineEnd { at += 1 } else { try passOver() }
      if byte == 0x5C && quote == 0x22 {
        result += try readEscape(isLong: true)
      } else {
        result.append(byte)
      }
    }
    throw fault("a text is not closed")
  }

  private mutating func readEscape(isLong: Bool) throws(DataPointer.Fault) -> [UInt8] {
    guard let byte else { throw fault("a text is not closed") }
    at += 1
    switch byte {
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case 0x22, 0x5C: return [byte]
    case UInt8(ascii: "u"): return try readScalar(4)
    case UInt8(ascii: "U"): return try readScalar(8)
    case 0x0A, 0x0D, 0x20, 0x09:
      // Only a line that ends there goes on behind its blanks.
      var end = at - 1
      while end < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[end]) { end += 1 }
      guard isLong, end < bytes.count, bytes[end] == 0x0A else {
        throw fault("an unknown escape in a text")
      }
      while let byte = self.byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
      return []
    default: throw fault("an unknown escape in a text")
    }
  }

  private mutating func readScalar(_ digits: Int) throws(DataPointer.Fault) -> [UInt8] {
    guard at + digits <= bytes.count,
      bytes[at..<(at + digits)].allSatisfy({ Self.isBare($0) && $0 != 0x2D && $0 != 0x5F }),
      let number = UInt32(String(decoding: bytes[at..<(at + digits)], as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(number)
    else { throw fault("\\u needs \(digits) hexadecimal digits of a character") }
    at += digits
    return Array(String(scalar).utf8)
  }
}
