import YAMLTree

/// What stands behind the tildes that open a fence: words, and attributes `key=value` or `key`.
struct FenceInfo {
  struct Part {
    let text: String
    /// True if it stood in quotes, whole or behind its `=`.
    let isQuoted: Bool
    /// What stands before `=`; nil for a word.
    let key: String?
    let mark: Mark
  }

  /// Words and attributes in the order they were written.
  private(set) var parts: [Part] = []
  /// Where a quote opens that is never closed.
  private(set) var openQuote: Mark?

  var words: [Part] { parts.filter { $0.key == nil } }

  init(_ text: String, at mark: Mark, hasAttributes: Bool = true) {
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      if scalars[index] == " " || scalars[index] == "\t" {
        index += 1
        continue
      }
      let start = index
      let mark = Mark(line: mark.line, column: mark.column + start)
      var key: String?
      var value = ""
      var isQuoted = false
      while index < scalars.count, scalars[index] != " ", scalars[index] != "\t" {
        let scalar = scalars[index]
        if hasAttributes, scalar == "=", key == nil, !isQuoted, !value.isEmpty {
          key = value
          value = ""
          index += 1
        } else if (scalar == "\"" || scalar == "'") && value.isEmpty && !isQuoted {
          isQuoted = true
          guard let text = Self.quoted(scalars, &index) else {
            openQuote = mark
            return
          }
          value = text
        } else {
          value.unicodeScalars.append(scalar)
          index += 1
        }
      }
      parts.append(Part(text: value, isQuoted: isQuoted, key: key, mark: mark))
    }
  }

  /// The text in quotes that begins here, `\"` and `\\` undone in double ones; nil if it does not
  /// end.
  private static func quoted(_ scalars: [Unicode.Scalar], _ index: inout Int) -> String? {
    let quote = scalars[index]
    var text = ""
    index += 1
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      if scalar == quote { return text }
      if scalar == "\\", quote == "\"", index < scalars.count,
        scalars[index] == "\"" || scalars[index] == "\\"
      {
        text.unicodeScalars.append(scalars[index])
        index += 1
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return nil
  }

  /// A value as it is written behind `=`: in quotes where it must be. Nil for one that cannot
  /// stand on a line.
  static func written(_ value: String) -> String? {
    guard !value.unicodeScalars.contains(where: { $0.value < 0x20 }) else { return nil }
    let isBare =
      !value.isEmpty
      && value.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "'" && $0 != "=" }
    if isBare { return value }
    let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
