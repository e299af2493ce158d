/// `${{ params.NAME }}` in a text: found, checked and replaced, once and never recursively.
public struct Expansion: Sendable {
  /// A part of a text: as it stands, or the value of a parameter.
  enum Part: Sendable, Hashable {
    case text(Range<Int>)
    case parameter(String)
  }

  /// A `${{ params.` that is not followed by a name and ` }}`.
  public struct Fault: Error, Hashable, Sendable {
    /// In bytes from the text's beginning.
    public let offset: Int

    public init(offset: Int) { self.offset = offset }
  }

  static let opening = Array("${{ params.".utf8)
  static let closing = Array(" }}".utf8)

  private let bytes: [UInt8]
  private let parts: [Part]

  /// Takes a text apart.
  public init(_ bytes: [UInt8]) throws(Fault) {
    self.bytes = bytes
    var parts: [Part] = []
    var plain = 0
    var index = 0
    while let dollar = Self.next(in: bytes, from: index) {
      let nameStart = dollar + Self.opening.count
      var nameEnd = nameStart
      while nameEnd < bytes.count, Self.isName(bytes[nameEnd], first: nameEnd == nameStart) {
        nameEnd += 1
      }
      guard nameEnd > nameStart, bytes[nameEnd...].starts(with: Self.closing) else {
        throw Fault(offset: dollar)
      }
      if plain < dollar { parts.append(.text(plain..<dollar)) }
      parts.append(.parameter(String(decoding: bytes[nameStart..<nameEnd], as: UTF8.self)))
      index = nameEnd + Self.closing.count
      plain = index
    }
    if plain < bytes.count { parts.append(.text(plain..<bytes.count)) }
    self.parts = parts
  }

  public init(_ text: String) throws(Fault) { try self.init(Array(text.utf8)) }

  /// The names that stand in the text, in order, each as often as it stands there.
  public var names: [String] {
    parts.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
  }

  /// The text with every parameter's value in its place; a name without a value stays as it was
  /// written.
  public func expanded(with values: [String: String]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for part in parts {
      switch part {
      case .text(let range): result += bytes[range]
      case .parameter(let name):
        if let value = values[name] {
          result += value.utf8
        } else {
          result += Self.opening + name.utf8 + Self.closing
        }
      }
    }
    return result
  }

  /// True if a text has a `${{ params.` at all.
  public static func stands(in text: String) -> Bool {
    text.utf8.contains(opening[0]) && next(in: Array(text.utf8), from: 0) != nil
  }

  /// A text with its parameters' values; the text itself where it has none or a faulty one, which
  /// the manifest's reader has refused long before.
  public static func expand(_ text: String, with values: [String: String]) -> String {
    guard stands(in: text), let expansion = try? Expansion(text) else { return text }
    return String(decoding: expansion.expanded(with: values), as: UTF8.self)
  }

  /// True for what may be a parameter's name: letters of ASCII, digits and `_`, no digit first.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.enumerated().allSatisfy { isName($0.element, first: $0.offset == 0) }
  }

  private static func isName(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
    default: false
    }
  }

  private static func next(in bytes: [UInt8], from start: Int) -> Int? {
    var index = start
    while let dollar = bytes.position(of: opening[0], from: index) {
      if bytes[dollar...].starts(with: opening) { return dollar }
      index = dollar + 1
    }
    return nil
  }
}
