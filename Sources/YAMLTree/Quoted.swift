import Platform

/// A text as it is written in quotes: the correction that a hint shows, and what a writer writes.
public enum Quoted {
  /// In single quotes where the text can stand in them, else in double quotes with escapes.
  public static func text(_ text: String) -> String {
    let needsEscape = text.unicodeScalars.contains { isControl($0) || $0 == "\n" || $0 == "\t" }
    if !needsEscape, !text.utf8.contains(UInt8(ascii: "'")) { return "'\(text)'" }
    return double(text)
  }

  /// As a message shows it, to be copied: what `Printable` would escape in its own way is escaped
  /// as YAML reads it.
  public static func shown(_ text: String) -> String {
    text.unicodeScalars.contains(where: Printable.isUnsafe)
      ? double(text, escapes: Printable.isUnsafe) : self.text(text)
  }

  /// In double quotes, with escapes for quotes, backslashes, controls and what else is said.
  public static func double(
    _ text: String, escapes: (Unicode.Scalar) -> Bool = { _ in false }
  ) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isControl(scalar) || scalar.value == 0xFEFF || escapes(scalar) {
          result += escape(scalar.value)
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  /// What may not stand in a manifest as it is.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  private static func escape(_ value: UInt32) -> String {
    value < 0x100 ? "\\x" + digits(value, width: 2) : "\\u" + digits(value, width: 4)
  }

  /// Upper-case hexadecimal digits, at least so many.
  static func digits(_ value: UInt32, width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
