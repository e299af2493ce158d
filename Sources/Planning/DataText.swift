import Platform

/// How values are written into a file.
enum DataText {
  /// A number by JSON's grammar.
  static func isJSONNumber(_ text: String) -> Bool {
    var rest = Substring(text).utf8
    if rest.first == 0x2D { rest.removeFirst() }
    let whole = rest.prefix { (0x30...0x39).contains($0) }
    guard !whole.isEmpty, whole.count == 1 || whole.first != 0x30 else { return false }
    rest = rest.dropFirst(whole.count)
    if rest.first == 0x2E {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return false }
      rest = rest.dropFirst(1 + digits.count)
    }
    if rest.first == 0x65 || rest.first == 0x45 {
      rest = rest.dropFirst()
      if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
      guard !rest.isEmpty, rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
      return true
    }
    return rest.isEmpty
  }

  /// A value as JSON: on one line without `indent`, else with one member a line.
  ///
  /// `indent` is the white space before the line that the value begins in, `unit` what is added
  /// for each level.
  static func json(
    _ value: DataValue, indent: String? = nil, unit: String = "  ", colon: String = ": ",
    newline: String = "\n"
  ) throws(EditFailure) -> String {
    switch value {
    case .null: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .number(let text):
      if isJSONNumber(text) { return text }
      throw EditFailure(
        "set-number", "'\(text)' is no number of JSON",
        hint: "write it with decimal digits before and after the point")
    case .string(let text): return JSON.string(text).text()
    case .list(let values):
      var items: [String] = []
      for value in values {
        items.append(
          try json(
            value, indent: indent.map { $0 + unit }, unit: unit, colon: colon, newline: newline))
      }
      return joined("[", items, "]", indent, unit, newline)
    case .map(let members):
      var items: [String] = []
      for (key, value) in members {
        let text = try json(
          value, indent: indent.map { $0 + unit }, unit: unit, colon: colon, newline: newline)
        items.append(JSON.string(key).text() + colon + text)
      }
      return joined("{", items, "}", indent, unit, newline)
    }
  }

  private static func joined(
    _ open: String, _ items: [String], _ close: String, _ indent: String?, _ unit: String,
    _ newline: String
  ) -> String {
    if items.isEmpty { return open + close }
    guard let indent else { return open + items.joined(separator: ", ") + close }
    let inner = newline + indent + unit
    return open + inner + items.joined(separator: "," + inner) + newline + indent + close
  }

  /// A value for YAML, on one line; texts are plain only where nothing could read them otherwise.
  static func yaml(_ value: DataValue, like style: DataNode.Style?) throws(EditFailure) -> String {
    switch value {
    case .number(let text): return text
    case .string(let text):
      if case .singleQuoted? = style, !text.contains("'"), isPrintable(text) { return "'\(text)'" }
      if case .inline? = style { return JSON.string(text).text() }
      return isPlain(text) ? text : JSON.string(text).text()
    default: return try json(value)
    }
  }

  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !Printable.isUnsafe($0) }
  }

  /// Words of letters, digits and a few signs that YAML 1.1 and 1.2 read as this very text.
  static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first,
      (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) || first == 0x2F
    else { return false }
    if case .string = DataValue(plain: text) {} else { return false }
    if ["y", "n", "yes", "no", "on", "off"].contains(text.lowercased()) { return false }
    var previous: UInt8 = 0
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2F, 0x2D, 0x2B, 0x40: break
      case 0x20: if previous == 0x20 { return false }
      default: return false
      }
      previous = byte
    }
    return previous != 0x20
  }
}
