/// Plain text in lines of limited width.
enum Lines {
  /// Breaks at spaces so that no line is longer than `width` columns, where words allow it.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && line.count + 1 + word.count > width {
        lines.append(line)
        line = String(word)
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }

  /// A table of two columns, the second wrapped to 80 columns in all, with a newline after each.
  static func table(_ rows: [(String, String)], indent: Int = 2, limit: Int = 26) -> String {
    let widest = rows.lazy.map(\.0.count).filter { $0 <= limit }.max() ?? 0
    let left = indent + widest + 2
    var result = ""
    for (name, text) in rows {
      let margin = String(repeating: " ", count: left)
      var first = String(repeating: " ", count: indent) + name
      if name.count > widest {
        result += first + "\n"
        first = margin
      } else {
        first += String(repeating: " ", count: left - first.count)
      }
      for (index, line) in wrapped(text, width: 80 - left).enumerated() {
        result += (index == 0 ? first : margin) + line + "\n"
      }
    }
    return result
  }
}
