/// Writes a tree as YAML in block style, in the subset that `Document` reads.
///
/// What was written is read back as the same values: a text stands without quotes only where
/// every YAML reads it as that text.
public struct YAMLWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// The pairs of a document's mapping, each on lines of its own.
  public static func document(_ pairs: [Tree.Pair]) -> [UInt8] {
    var writer = YAMLWriter()
    writer.write(pairs, column: 0, isFirstInline: false)
    return writer.bytes
  }

  private mutating func put(_ text: String) { bytes += text.utf8 }

  private mutating func newline(_ column: Int) {
    bytes.append(Byte.newline)
    indent(column)
  }

  private mutating func indent(_ column: Int) {
    for _ in 0..<column { bytes.append(Byte.space) }
  }

  /// Writes pairs from a column on; the first stands where the writer is, if that is a list's
  /// item.
  private mutating func write(_ pairs: [Tree.Pair], column: Int, isFirstInline: Bool) {
    for (index, pair) in pairs.enumerated() {
      if index > 0 || !isFirstInline { indent(column) }
      put(Self.scalar(pair.key) + ":")
      write(pair.value, after: column)
    }
  }

  /// Writes the value of a key at a column, with the newline at its end.
  private mutating func write(_ value: Tree, after column: Int) {
    switch value {
    case .list(let items) where items.isEmpty: put(" []\n")
    case .map(let pairs) where pairs.isEmpty: put(" {}\n")
    case .list(let items):
      put("\n")
      write(items, column: column + 2)
    case .map(let pairs):
      put("\n")
      write(pairs, column: column + 2, isFirstInline: false)
    default:
      put(" ")
      writeScalar(value, parent: column)
    }
  }

  private mutating func write(_ items: [Tree], column: Int) {
    for item in items {
      indent(column)
      switch item {
      case .map(let pairs) where !pairs.isEmpty:
        put("- ")
        write(pairs, column: column + 2, isFirstInline: true)
      case .list(let inner) where !inner.isEmpty:
        put("-\n")
        write(inner, column: column + 2)
      case .map: put("- {}\n")
      case .list: put("- []\n")
      default:
        put("- ")
        writeScalar(item, parent: column)
      }
    }
  }

  private mutating func writeScalar(_ value: Tree, parent: Int) {
    switch value {
    case .plain(let word): put(word)
    case .text(let text): write(text, parent: parent, isContent: false)
    case .content(let text): write(text.string, parent: parent, isContent: true)
    case .list, .map: break
    }
    put("\n")
  }

  /// A content is never plain, since its reader refuses that.
  private mutating func write(_ text: String, parent: Int, isContent: Bool) {
    if text.utf8.contains(Byte.newline), let block = LiteralBlock.text(text, parent: parent) {
      bytes += block.utf8
    } else {
      put(isContent ? Quoted.double(text) : Self.scalar(text))
    }
  }

  /// A text on one line: plain where that is safe, else in double quotes.
  static func scalar(_ text: String) -> String { isPlain(text) ? text : Quoted.double(text) }

  /// Words that some YAML reads as something else than a text.
  private static let reserved: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf",
  ]

  static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.last != Byte.space,
      isLetter(first) || [UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "$")].contains(first)
    else { return false }
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte < 0x20 || byte >= 0x7F { return false }
      if byte == Byte.hash, previous == Byte.space { return false }
      if previous == Byte.colon, byte == Byte.space { return false }
      previous = byte
    }
    return previous != Byte.colon && !reserved.contains(text.lowercased())
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
  }
}
