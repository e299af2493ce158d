/// How many columns of a terminal a text takes, and how to make it take fewer.
package enum Columns {
  /// The columns of a text without escape codes and control characters.
  package static func count(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }

  /// The text, cut with an ellipsis where it takes more than `limit` columns.
  static func cut(_ text: String, to limit: Int) -> String {
    if text.utf8.count <= limit || count(text) <= limit { return text }
    guard limit > 0 else { return "" }
    var result = ""
    var used = 0
    for scalar in text.unicodeScalars {
      let next = width(of: scalar)
      if used + next > limit - 1 { break }
      result.unicodeScalars.append(scalar)
      used += next
    }
    return result + "…"
  }

  /// The text with spaces before it, so that it ends at `width`.
  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count(text))) + text
  }

  /// The text with spaces after it, so that what follows begins at `width`.
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - count(text)))
  }

  /// The text in lines of at most `width` columns, broken at spaces where its words allow it; the
  /// lines after the first are indented.
  package static func wrapped(_ text: String, to width: Int, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let columns = count(String(word))
      if used > 0 && used + 1 + columns > width {
        lines.append(line)
        line = margin + word
        used = indent + columns
      } else {
        used += columns + (line.isEmpty ? 0 : 1)
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    lines.append(line)
    return lines
  }

  /// 0 for marks that join the character before, 2 for East Asian wide and emoji, else 1.
  private static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }
}
