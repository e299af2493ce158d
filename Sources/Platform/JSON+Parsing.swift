/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence without a final stop, safe to print.
  public let message: String
  /// In bytes, from 0.
  public let offset: Int
  /// From 1.
  public let line: Int
  /// From 1, in Unicode scalars.
  public let column: Int

  public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSON {
  /// Reads one JSON text, strictly by RFC 8259, in time linear in its length.
  ///
  /// Refused too: a byte order mark, duplicate keys (two readers would see two values), lone
  /// surrogates, invalid UTF-8, numbers beyond a Double, and nesting over `depthLimit`.
  public init(parsing bytes: [UInt8], depthLimit: Int = 64) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, depthLimit: depthLimit)
    self = try parser.document()
  }

  /// The same for a string.
  public init(parsing text: String, depthLimit: Int = 64) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), depthLimit: depthLimit)
  }
}

/// A recursive descent over the bytes; the depth limit bounds the stack.
private struct JSONParser {
  let bytes: [UInt8]
  let depthLimit: Int
  var at = 0
  var depth = 0

  init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  mutating func document() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw error("the text begins with a byte order mark", at: 0)
    }
    skipSpace()
    let value = try value()
    skipSpace()
    if at < bytes.count { throw error("\(found()) after the end of the value", at: at) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    guard let byte = peek else { throw error("the text ends where a value is expected", at: at) }
    switch byte {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw error("\(found()) where a value is expected", at: at)
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    depth += 1
    if depth > depthLimit { throw error("nesting is deeper than \(depthLimit)", at: at) }
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func array() throws(JSONError) -> JSON {
    at += 1
    var values: [JSON] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      skipSpace()
      values.append(try value())
      skipSpace()
      if take("]") { return .array(values) }
      if !take(",") { throw error("\(found()) where ',' or ']' is expected", at: at) }
    }
  }

  private mutating func object() throws(JSONError) -> JSON {
    at += 1
    var members: [JSON.Member] = []
    var seen = KeySet()
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      let start = at
      if peek != UInt8(ascii: "\"") { throw error("\(found()) where a key is expected", at: at) }
      let key = try string()
      if !seen.insert(key) {
        throw error("the key '\(Printable.escaped(key))' stands twice in one object", at: start)
      }
      skipSpace()
      if !take(":") { throw error("\(found()) where ':' is expected", at: at) }
      skipSpace()
      members.append(JSON.Member(key, try value()))
      skipSpace()
      if take("}") { return .object(members) }
      if !take(",") { throw error("\(found()) where ',' or '}' is expected", at: at) }
    }
  }

  private mutating func word(_ text: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[at...].starts(with: text.utf8) else {
      throw error("\(found()) where a value is expected", at: at)
    }
    at += text.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = at
    var isInteger = true
    _ = take("-")
    if take("0") {
      if isDigit(peek) { throw error("a number begins with a superfluous 0", at: start) }
    } else {
      try digits()
    }
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isInteger, text != "-0", let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw error("a number is too large", at: start)
    }
    return .number(value)
  }

  private mutating func digits() throws(JSONError) {
    guard isDigit(peek) else { throw error("\(found()) where a digit is expected", at: at) }
    while isDigit(peek) { at += 1 }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = at
    at += 1
    var result: [UInt8] = []
    var run = at
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        result += bytes[run..<at]
        at += 1
        guard let text = String(validating: result, as: UTF8.self) else {
          throw error("a string is not valid UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"):
        result += bytes[run..<at]
        at += 1
        try escape(into: &result)
        run = at
      case 0..<0x20: throw error("a raw control character in a string", at: at)
      default: at += 1
      }
    }
    throw error("a string is not closed", at: start)
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
    let start = at - 1
    guard let byte = peek else { throw error("a string is not closed", at: start) }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try escapedScalar(from: start)
      result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    default: throw error("an unknown escape in a string", at: start)
    }
  }

  private mutating func escapedScalar(from start: Int) throws(JSONError) -> Unicode.Scalar {
    let first = try unit(from: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), take("\\"), take("u") else {
      throw error("half of a surrogate pair in a string", at: start)
    }
    let second = try unit(from: start)
    guard UTF16.isTrailSurrogate(second) else {
      throw error("half of a surrogate pair in a string", at: start)
    }
    let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    guard let scalar = Unicode.Scalar(value) else {
      throw error("half of a surrogate pair in a string", at: start)
    }
    return scalar
  }

  private mutating func unit(from start: Int) throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("\\u needs four hexadecimal digits", at: start)
      }
      value = value << 4 | UInt16(digit)
      at += 1
    }
    return value
  }

  // MARK: Bytes

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: scalar) else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  /// What stands here, for a message.
  private func found() -> String {
    guard let byte = peek else { return "the text ends" }
    return byte > 0x20 && byte < 0x7F ? "'\(Unicode.Scalar(byte))'" : "an unexpected character"
  }

  private func error(_ message: String, at offset: Int) -> JSONError {
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONError(
      message: message, offset: offset,
      line: before.count { $0 == 0x0A } + 1,
      // Continuation bytes begin no scalar.
      column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1)
  }
}

/// The keys of one object by their bytes: a few are compared, many are hashed.
private struct KeySet {
  private struct Key: Hashable {
    let text: String
    static func == (a: Key, b: Key) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  private var few: [Key] = []
  private var many: Set<Key> = []

  /// False where the key is there already.
  mutating func insert(_ text: String) -> Bool {
    let key = Key(text: text)
    if many.isEmpty {
      if few.contains(key) { return false }
      few.append(key)
      if few.count == 16 { many = Set(few) }
      return true
    }
    return many.insert(key).inserted
  }
}
