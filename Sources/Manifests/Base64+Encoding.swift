extension Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text that stands for some bytes, in lines of 76 characters, each with a newline.
  public static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 3 * 4 + bytes.count / 57 + 5)
    for start in stride(from: 0, to: bytes.count, by: 57) {
      let line = bytes[start..<min(start + 57, bytes.count)]
      for group in stride(from: line.startIndex, to: line.endIndex, by: 3) {
        append(line[group..<min(group + 3, line.endIndex)], to: &result)
      }
      result.append(0x0A)
    }
    return result
  }

  private static func append(_ group: ArraySlice<UInt8>, to result: inout [UInt8]) {
    var bits: UInt32 = 0
    for byte in group { bits = bits << 8 | UInt32(byte) }
    bits <<= UInt32(8 * (3 - group.count))
    for index in 0..<4 {
      result.append(
        index <= group.count
          ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
    }
  }
}
