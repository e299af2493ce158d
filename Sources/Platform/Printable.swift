/// Text made safe to print: what a file name, a file or a command may not do to a terminal.
public enum Printable {
  /// The text with every control, bidirectional-control and zero-width character written as an
  /// escape (`\u{1B}`, `\n`, `\t`); everything else stays as it is.
  public static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      guard isUnsafe(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return result
  }

  /// Output of a command, line by line safe: newline and tab are kept, ANSI colour and all other
  /// control characters are escaped, and bytes that are no UTF-8 are written as `\xHH`.
  public static func output(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      let start = position
      while position < bytes.count, isPlain(bytes[position]) { position += 1 }
      result += bytes[start..<position]
      guard position < bytes.count else { break }
      guard let (value, length) = bytes.scalar(at: position),
        let scalar = Unicode.Scalar(value)
      else {
        result += "\\x\(hex(bytes[position]))".utf8
        position += 1
        continue
      }
      if isUnsafe(scalar) {
        result += escaped(String(scalar)).utf8
      } else {
        result += bytes[position..<position + length]
      }
      position += length
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// True for ASCII that a terminal shows as it is, line by line.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20..<0x7F).contains(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
  }

  /// True for what `escaped` escapes: C0, DEL, C1, line and paragraph separators, zero-width and
  /// bidirectional controls (the characters of CVE-2021-42574).
  public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
    default: false
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }
}
