/// A shell command cut into words and operators, as far as lints need it.
///
/// Quotes, comments, substitutions and here-documents are seen, so that an operator inside them is
/// none. What a shell would refuse is cut somehow; the shell will say so itself.
struct ShellText {
  enum Kind: Hashable {
    /// As written, quotes included.
    case word
    /// `|`, `||`, `&&`, `;`, `&`, `(`, `)`, a newline, or a redirection.
    case sign
  }

  struct Token: Hashable {
    let kind: Kind
    let text: String
    /// The bytes it takes in the command.
    let range: Range<Int>
  }

  private(set) var tokens: [Token] = []
  private let bytes: [UInt8]
  private var index = 0
  /// End words of here-documents that begin at the next line.
  private var pending: [(word: [UInt8], stripsTabs: Bool)] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
    while index < bytes.count { step() }
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    index + ahead < bytes.count ? bytes[index + ahead] : nil
  }

  private mutating func step() {
    switch bytes[index] {
    case 0x20, 0x09, 0x0D: index += 1
    case UInt8(ascii: "\\") where peek(1) == 0x0A: index += 2
    case 0x0A:
      add(.sign, length: 1)
      skipDocuments()
    case UInt8(ascii: "#"): while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"):
      sign()
    default: word()
    }
  }

  private static let signs: [[UInt8]] = [
    "<<<", "<<-", "&>>", ";;", "||", "&&", "|&", "&>", "<<", ">>", "<&", ">&", "<(", ">(", "<>",
    ">|", "((", "|", "&", ";", "(", ")", "<", ">",
  ].map { Array($0.utf8) }

  private mutating func sign() {
    guard let sign = Self.signs.first(where: { bytes[index...].starts(with: $0) }) else { return }
    let isDocument = sign == Array("<<".utf8) || sign == Array("<<-".utf8)
    let isSubstitution = sign == Array("<(".utf8) || sign == Array(">(".utf8)
    add(.sign, length: sign.count)
    if isSubstitution { skipParentheses() }
    if isDocument {
      while let byte = peek(), byte == 0x20 || byte == 0x09 { index += 1 }
      let start = index
      word()
      let word = bytes[start..<index].filter { !"'\"\\".utf8.contains($0) }
      pending.append((word, sign.count == 3))
    }
  }

  private mutating func add(_ kind: Kind, length: Int) {
    let range = index..<min(index + length, bytes.count)
    tokens.append(
      Token(kind: kind, text: String(decoding: bytes[range], as: UTF8.self), range: range))
    index = range.upperBound
  }

  private mutating func word() {
    let start = index
    scan: while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ";"),
        UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"):
        break scan
      case UInt8(ascii: "("):
        // `x=(…)` is one word; so is `f()`'s name, without the parenthesis.
        guard bytes[start..<index].last == UInt8(ascii: "=") else { break scan }
        index += 1
        skipParentheses()
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "'"): skipSingleQuotes()
      case UInt8(ascii: "\""): skipDoubleQuotes()
      case UInt8(ascii: "`"): skip(to: byte)
      case UInt8(ascii: "$"): skipDollar()
      default: index += 1
      }
    }
    index = min(max(index, start + 1), bytes.count)
    tokens.append(
      Token(
        kind: .word, text: String(decoding: bytes[start..<index], as: UTF8.self),
        range: start..<index))
  }

  private mutating func skipSingleQuotes() {
    index += 1
    while let byte = peek(), byte != UInt8(ascii: "'") { index += 1 }
    index += 1
  }

  private mutating func skipDoubleQuotes() {
    index += 1
    while let byte = peek(), byte != UInt8(ascii: "\"") {
      switch byte {
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "$"): skipDollar()
      default: index += 1
      }
    }
    index += 1
  }

  private mutating func skip(to end: UInt8) {
    index += 1
    while let byte = peek(), byte != end { index += byte == UInt8(ascii: "\\") ? 2 : 1 }
    index += 1
  }

  private mutating func skipDollar() {
    index += 1
    switch peek() {
    case UInt8(ascii: "(")?:
      index += 1
      skipParentheses()
    case UInt8(ascii: "{")?: skipBraces()
    case UInt8(ascii: "'")?: skip(to: UInt8(ascii: "'"))
    default: break
    }
  }

  /// From behind an opening parenthesis to behind the one that closes it. Not recursive: a
  /// command of a million parentheses must not use up the stack.
  private mutating func skipParentheses() {
    var depth = 1
    while depth > 0, let byte = peek() {
      switch byte {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "'"):
        skipSingleQuotes()
        continue
      case UInt8(ascii: "\""):
        skip(to: byte)
        continue
      default: break
      }
      index += 1
    }
  }

  private mutating func skipBraces() {
    while let byte = peek(), byte != UInt8(ascii: "}") {
      index += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    index += 1
  }

  private mutating func skipDocuments() {
    for document in pending {
      while index < bytes.count {
        let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
        var line = bytes[index..<end]
        if document.stripsTabs { line = line.drop { $0 == 0x09 } }
        index = min(end + 1, bytes.count)
        if line.elementsEqual(document.word) { break }
      }
    }
    pending = []
  }
}
