extension JSON {
  /// How a value is laid out.
  public enum Layout: Sendable {
    /// One line without spaces.
    case compact
    /// Two spaces a level and one member a line.
    case pretty
  }

  /// The value as UTF-8 text, without a final newline; members in their order.
  ///
  /// Controls, bidirectional and zero-width characters are written as `\u` escapes, so the text
  /// may go to a terminal as it is.
  public func bytes(_ layout: Layout = .compact) -> [UInt8] {
    var result: [UInt8] = []
    write(to: &result, indent: layout == .pretty ? 0 : nil)
    return result
  }

  /// `bytes` as a string.
  public func text(_ layout: Layout = .compact) -> String {
    String(decoding: bytes(layout), as: UTF8.self)
  }

  /// `indent` is the depth for the pretty layout, nil for the compact one.
  private func write(to result: inout [UInt8], indent: Int?) {
    switch self {
    case .null: result += "null".utf8
    case .bool(let value): result += (value ? "true" : "false").utf8
    case .integer(let value): result += String(value).utf8
    case .number(let value): result += (value.isFinite ? value.description : "null").utf8
    case .string(let value): Self.write(string: value, to: &result)
    case .array(let values):
      Self.list("[", values, "]", to: &result, indent) { value, result, inner in
        value.write(to: &result, indent: inner)
      }
    case .object(let members):
      Self.list("{", members, "}", to: &result, indent) { member, result, inner in
        Self.write(string: member.key, to: &result)
        result += (inner == nil ? ":" : ": ").utf8
        member.value.write(to: &result, indent: inner)
      }
    }
  }

  private static func list<Element>(
    _ open: String, _ elements: [Element], _ close: String, to result: inout [UInt8],
    _ indent: Int?, write: (Element, inout [UInt8], Int?) -> Void
  ) {
    result += open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { result.append(UInt8(ascii: ",")) }
      newline(indent.map { $0 + 1 }, to: &result)
      write(element, &result, indent.map { $0 + 1 })
    }
    if !elements.isEmpty { newline(indent, to: &result) }
    result += close.utf8
  }

  private static func newline(_ indent: Int?, to result: inout [UInt8]) {
    guard let indent else { return }
    result.append(UInt8(ascii: "\n"))
    result += repeatElement(UInt8(ascii: " "), count: 2 * indent)
  }

  private static func write(string: String, to result: inout [UInt8]) {
    result.append(UInt8(ascii: "\""))
    if string.utf8.allSatisfy(isPlain) {
      result += string.utf8
    } else {
      for scalar in string.unicodeScalars { write(scalar, to: &result) }
    }
    result.append(UInt8(ascii: "\""))
  }

  /// Printable ASCII that stands for itself.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func write(_ scalar: Unicode.Scalar, to result: inout [UInt8]) {
    switch scalar {
    case "\"": result += "\\\"".utf8
    case "\\": result += "\\\\".utf8
    case "\n": result += "\\n".utf8
    case "\r": result += "\\r".utf8
    case "\t": result += "\\t".utf8
    default:
      if Printable.isUnsafe(scalar) {
        // All of them stand in the basic plane: one unit of four digits.
        let digits = String(scalar.value, radix: 16)
        result += "\\u".utf8
        result += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
        result += digits.utf8
      } else {
        result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      }
    }
  }
}
