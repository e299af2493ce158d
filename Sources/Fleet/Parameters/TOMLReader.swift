import Planning
import Platform

/// Reads a TOML 1.0 text into values. Dates are texts; numbers stay as they are written.
struct TOMLReader {
  /// A table in the making: a class, so that a path into it is followed once.
  private final class Table {
    var keys: [String] = []
    var values: [String: Item] = [:]
    /// Made by a header of its own, or by a value in braces: it gets no second one.
    var isClosed = false

    func set(_ key: String, _ item: Item) {
      if values[key] == nil { keys.append(key) }
      values[key] = item
    }
  }

  /// A list of tables in the making.
  private final class Tables {
    var all: [Table]
    init(_ first: Table) { all = [first] }
  }

  private enum Item {
    case value(DataValue)
    case table(Table)
    case tables(Tables)
  }

  let bytes: [UInt8]
  var at = 0
  private let root = Table()
  private var current: Table
  /// How deep the current table stands.
  private var currentDepth = 0

  private static let depthLimit = 128

  static func read(_ bytes: [UInt8]) throws(DataPointer.Fault) -> DataValue {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw DataPointer.Fault("the file is no TOML: it is not UTF-8")
    }
    var reader = TOMLReader(bytes)
    try reader.readAll()
    return value(of: reader.root)
  }

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    current = root
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  private static func value(of table: Table) -> DataValue {
    .map(
      table.keys.map { key in
        switch table.values[key] {
        case .value(let value)?: (key, value)
        case .table(let table)?: (key, value(of: table))
        case .tables(let tables)?: (key, .list(tables.all.map(value(of:))))
        case nil: (key, .null)
        }
      })
  }

  func fault(_ message: String) -> DataPointer.Fault {
    let line = bytes[..<min(at, bytes.count)].reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    return DataPointer.Fault("the file is no TOML: line \(line): \(message)")
  }

  var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  // MARK: Lines

  private mutating func readAll() throws(DataPointer.Fault) {
    while true {
      try skip(newlines: true)
      guard let byte else { return }
      if byte == UInt8(ascii: "[") {
        try readHeader()
      } else {
        try readPair(into: current, depth: currentDepth)
      }
      try skip(newlines: false)
      if self.byte != nil, !isLineEnd { throw fault("text after the end of the value") }
    }
  }

  /// LF, or CR with LF behind it.
  private var isLineEnd: Bool {
    byte == 0x0A || byte == 0x0D && at + 1 < bytes.count && bytes[at + 1] == 0x0A
  }

  /// Passes over blanks and comments.
  private mutating func skip(newlines: Bool) throws(DataPointer.Fault) {
    while let byte {
      switch byte {
      case 0x20, 0x09: at += 1
      case 0x0A, 0x0D:
        guard newlines, isLineEnd else { return }
        at += 1
      case UInt8(ascii: "#"):
        while self.byte != nil, !isLineEnd { try passOver() }
      default: return
      }
    }
  }

  /// Passes over one byte of a text or a comment, where no control character may stand.
  mutating func passOver() throws(DataPointer.Fault) {
    if let byte, byte < 0x20 && byte != 0x09 || byte == 0x7F {
      throw fault("a control character stands in a text or a comment")
    }
    at += 1
  }

  private mutating func readHeader() throws(DataPointer.Fault) {
    let start = at
    at += 1
    let isList = byte == UInt8(ascii: "[")
    if isList { at += 1 }
    let path = try readKey()
    currentDepth = path.count
    try skip(newlines: false)
    for _ in 0..<(isList ? 2 : 1) {
      guard byte == UInt8(ascii: "]") else { throw fault("']' is expected") }
      at += 1
    }
    guard let last = path.last else { return }
    let parent = try table(at: path.dropLast(), from: root)
    switch (parent.values[last], isList) {
    case (nil, false):
      let table = Table()
      table.isClosed = true
      parent.set(last, .table(table))
      current = table
    case (.table(let table)?, false) where !table.isClosed:
      table.isClosed = true
      current = table
    case (nil, true):
      current = Table()
      parent.set(last, .tables(Tables(current)))
    case (.tables(let tables)?, true):
      current = Table()
      tables.all.append(current)
    default:
      at = start
      throw fault("'\(Printable.escaped(last))' is there already")
    }
  }

  private func table(
    at path: ArraySlice<String>, from start: Table
  ) throws(DataPointer.Fault) -> Table {
    var table = start
    for key in path {
      switch table.values[key] {
      case nil:
        let new = Table()
        table.set(key, .table(new))
        table = new
      case .table(let next)?: table = next
      case .tables(let tables)?:
        guard let last = tables.all.last else { throw fault("a list has no table") }
        table = last
      case .value?: throw fault("'\(Printable.escaped(key))' is a value, not a table")
      }
    }
    return table
  }

  private mutating func readPair(into table: Table, depth: Int) throws(DataPointer.Fault) {
    let path = try readKey()
    let depth = depth + path.count
    if depth > Self.depthLimit { throw fault("nesting is too deep") }
    try skip(newlines: false)
    guard byte == UInt8(ascii: "=") else { throw fault("'=' is expected") }
    at += 1
    try skip(newlines: false)
    guard let last = path.last else { return }
    let place = try self.table(at: path.dropLast(), from: table)
    guard place.values[last] == nil else {
      throw fault("'\(Printable.escaped(last))' is there already")
    }
    place.set(last, .value(try readValue(depth)))
  }

  // MARK: Keys

  private mutating func readKey() throws(DataPointer.Fault) -> [String] {
    var parts: [String] = []
    while true {
      skipBlanks()
      switch byte {
      case UInt8(ascii: "\""): parts.append(try readBasic())
      case UInt8(ascii: "'"): parts.append(try readLiteral())
      default:
        let start = at
        while let byte, Self.isBare(byte) { at += 1 }
        if at == start { throw fault("a key is expected") }
        parts.append(String(decoding: bytes[start..<at], as: UTF8.self))
      }
      skipBlanks()
      guard byte == UInt8(ascii: ".") else { return parts }
      if parts.count > Self.depthLimit { throw fault("nesting is too deep") }
      at += 1
    }
  }

  private mutating func skipBlanks() { while byte == 0x20 || byte == 0x09 { at += 1 } }

  static func isBare(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
      || byte == 0x5F || byte == 0x2D
  }

  // MARK: Values

  private mutating func readValue(_ depth: Int) throws(DataPointer.Fault) -> DataValue {
    if depth > Self.depthLimit { throw fault("nesting is too deep") }
    switch byte {
    case UInt8(ascii: "\""):
      return .string(isTriple(0x22) ? try readLong(0x22) : try readBasic())
    case UInt8(ascii: "'"):
      return .string(isTriple(0x27) ? try readLong(0x27) : try readLiteral())
    case UInt8(ascii: "["): return try readList(depth)
    case UInt8(ascii: "{"): return try readInline(depth)
    default: return try readWord()
    }
  }

  func isTriple(_ quote: UInt8) -> Bool {
    at + 2 < bytes.count && bytes[at + 1] == quote && bytes[at + 2] == quote
  }

  private mutating func readList(_ depth: Int) throws(DataPointer.Fault) -> DataValue {
    at += 1
    var values: [DataValue] = []
    while true {
      try skip(newlines: true)
      if byte == UInt8(ascii: "]") { break }
      values.append(try readValue(depth + 1))
      try skip(newlines: true)
      if byte == UInt8(ascii: ",") {
        at += 1
      } else if byte != UInt8(ascii: "]") {
        throw fault("',' or ']' is expected")
      }
    }
    at += 1
    return .list(values)
  }

  private mutating func readInline(_ depth: Int) throws(DataPointer.Fault) -> DataValue {
    at += 1
    let table = Table()
    skipBlanks()
    while byte != UInt8(ascii: "}") {
      try readPair(into: table, depth: depth)
      skipBlanks()
      if byte == UInt8(ascii: ",") {
        at += 1
        skipBlanks()
        if byte == UInt8(ascii: "}") { throw fault("a key is expected") }
      } else if byte != UInt8(ascii: "}") {
        throw fault("',' or '}' is expected")
      }
    }
    at += 1
    return Self.value(of: table)
  }

  /// A number, a truth or a date.
  private mutating func readWord() throws(DataPointer.Fault) -> DataValue {
    let start = at
    while let byte, Self.isBare(byte) || [0x2B, 0x2E, 0x3A].contains(byte) { at += 1 }
    // A date and a time may be parted by a space.
    if at - start == 10, byte == 0x20, at + 1 < bytes.count, (0x30...0x39).contains(bytes[at + 1]),
      bytes[start + 4] == 0x2D
    {
      at += 1
      while let byte, Self.isBare(byte) || [0x2B, 0x2E, 0x3A].contains(byte) { at += 1 }
    }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "": throw fault("a value is expected")
    default: break
    }
    if TOMLWord.isNumber(word) { return .number(word) }
    if TOMLWord.isTime(word) { return .string(word) }
    throw fault("'\(Printable.escaped(word))' is no value")
  }
}
