/// A text written as a literal block.
public enum LiteralBlock {
  /// The block from its `|` to its last line, without a newline at the end; nil for a text that
  /// no literal block can hold as it is (controls, an empty text, spaces alone).
  ///
  /// `parent` is the column of the key or dash, from 0; the lines are indented by `indentation`
  /// more, 1 to 9.
  public static func text(_ text: String, parent: Int, indentation: Int = 2) -> String? {
    let bytes = Array(text.utf8)
    guard canHold(text, bytes) else { return nil }
    let margin = [UInt8](repeating: Byte.space, count: parent + indentation)
    var result = Array(header(bytes, indentation).utf8)
    result.reserveCapacity(bytes.count + bytes.count / 8)
    // What ends in a newline has no further line after it.
    let body = bytes.last == Byte.newline ? bytes.dropLast() : bytes[...]
    for line in body.split(separator: Byte.newline, omittingEmptySubsequences: false) {
      result.append(Byte.newline)
      if !line.isEmpty {
        result += margin
        result += line
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func canHold(_ text: String, _ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, bytes.contains(where: { $0 != Byte.newline }) else { return false }
    return !text.unicodeScalars.contains(where: Quoted.isControl)
  }

  /// `|`, with the indentation where the first text line would hide it, and what becomes of the
  /// newlines at the end.
  private static func header(_ bytes: [UInt8], _ indentation: Int) -> String {
    let first = bytes.first { $0 != Byte.newline }
    let needsIndentation = first == Byte.space || first == Byte.tab
    let chomping =
      bytes.last != Byte.newline
      ? "-" : bytes.count > 1 && bytes[bytes.count - 2] == Byte.newline ? "+" : ""
    return "|" + (needsIndentation ? String(indentation) : "") + chomping
  }
}
