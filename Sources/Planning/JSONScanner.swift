/// Reads a JSON text with the places of its values; comments are passed over.
struct JSONScanner {
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0

  private static let depthLimit = 128

  static func read(_ bytes: [UInt8]) throws(EditFailure) -> DataNode {
    var scanner = JSONScanner(bytes: bytes)
    try scanner.skip()
    let node = try scanner.value()
    try scanner.skip()
    if scanner.at < bytes.count { throw scanner.fault("text after the end of the value") }
    return node
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ message: String) -> EditFailure {
    EditFailure(
      "conflict-set", "the file is no JSON: line \(bytes.lineNumber(at: at)): \(message)",
      hint: "use 'find'")
  }

  private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  /// Passes over white space and comments.
  private mutating func skip() throws(EditFailure) {
    while let byte {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      case UInt8(ascii: "/"):
        let next = at + 1 < bytes.count ? bytes[at + 1] : 0
        if next == UInt8(ascii: "/") {
          at = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
        } else if next == UInt8(ascii: "*") {
          at += 2
          while at + 1 < bytes.count, !(bytes[at] == 0x2A && bytes[at + 1] == 0x2F) { at += 1 }
          guard at + 1 < bytes.count else { throw fault("a comment is not closed") }
          at += 2
        } else {
          throw fault("an unexpected '/'")
        }
      default: return
      }
    }
  }

  private mutating func value() throws(EditFailure) -> DataNode {
    guard let byte else { throw fault("the text ends where a value is expected") }
    let start = at
    switch byte {
    case UInt8(ascii: "{"): return try container(start, UInt8(ascii: "}"), isMap: true)
    case UInt8(ascii: "["): return try container(start, UInt8(ascii: "]"), isMap: false)
    case UInt8(ascii: "\""):
      let text = try string()
      return DataNode(content: .scalar(.string(text)), range: start..<at, style: .inline)
    default:
      while let next = self.byte, Self.isWord(next) { at += 1 }
      let word = String(decoding: bytes[start..<at], as: UTF8.self)
      return DataNode(content: .scalar(try scalar(word)), range: start..<at, style: .inline)
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
    default: false
    }
  }

  private func scalar(_ word: String) throws(EditFailure) -> DataValue {
    switch word {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard DataText.isJSONNumber(word) else { throw fault("a value is expected") }
      return .number(word)
    }
  }

  private mutating func container(
    _ start: Int, _ close: UInt8, isMap: Bool
  ) throws(EditFailure) -> DataNode {
    depth += 1
    guard depth <= Self.depthLimit else { throw fault("nesting is too deep") }
    at += 1
    var nodes: [DataNode] = []
    var members: [DataNode.Member] = []
    try skip()
    while byte != close {
      if !nodes.isEmpty || !members.isEmpty {
        guard byte == UInt8(ascii: ",") else { throw fault("',' is expected") }
        at += 1
        try skip()
      }
      if isMap {
        members.append(try member())
      } else {
        nodes.append(try value())
      }
      try skip()
      if byte == nil { throw fault("a bracket is not closed") }
    }
    at += 1
    depth -= 1
    return DataNode(
      content: isMap ? .map(members) : .list(nodes), range: start..<at, style: .inline)
  }

  private mutating func member() throws(EditFailure) -> DataNode.Member {
    let start = at
    guard byte == UInt8(ascii: "\"") else { throw fault("a key is expected") }
    let key = try string()
    let range = start..<at
    try skip()
    guard byte == UInt8(ascii: ":") else { throw fault("':' is expected") }
    at += 1
    try skip()
    return DataNode.Member(key: key, keyRange: range, value: try value())
  }

  /// A string with its escapes undone.
  private mutating func string() throws(EditFailure) -> String {
    at += 1
    var result: [UInt8] = []
    while let byte, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("a control character in a text") }
      at += 1
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let sign = self.byte else { break }
      at += 1
      switch sign {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(sign)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"): result += Array(String(try scalar()).utf8)
      default: throw fault("an unknown escape in a text")
      }
    }
    guard byte != nil else { throw fault("a text is not closed") }
    at += 1
    guard let text = String(validating: result, as: UTF8.self) else {
      throw fault("a text is not UTF-8")
    }
    return text
  }

  private mutating func scalar() throws(EditFailure) -> Unicode.Scalar {
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), byte == UInt8(ascii: "\\"), at + 1 < bytes.count,
      bytes[at + 1] == UInt8(ascii: "u")
    else { throw fault("half of a surrogate pair") }
    at += 2
    let second = try unit()
    guard UTF16.isTrailSurrogate(second) else { throw fault("half of a surrogate pair") }
    let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    guard let scalar = Unicode.Scalar(value) else { throw fault("half of a surrogate pair") }
    return scalar
  }

  private mutating func unit() throws(EditFailure) -> UInt16 {
    guard at + 4 <= bytes.count,
      let value = UInt16(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16),
      bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-")
    else { throw fault("\\u needs four hexadecimal digits") }
    at += 4
    return value
  }
}
