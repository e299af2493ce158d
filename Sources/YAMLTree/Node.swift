/// A value of a document that remembers where and how it was written.
public struct Node: Sendable {
  public enum Style: Hashable, Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

  public struct Pair: Sendable {
    public let key: Node
    public let value: Node

    public init(key: Node, value: Node) {
      self.key = key
      self.value = value
    }
  }

  public enum Value: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Pair])
  }

  public let value: Value
  public let start: Mark
  public let end: Mark
  /// Line 0: there is none.
  private let commentMark: Mark
  /// True inside `[…]` or `{…}`.
  public let isInFlow: Bool
  /// True if the value could not be told and that was reported: say nothing more about it.
  public let isFaulty: Bool

  /// A comment that follows the value on its last line.
  public var comment: Mark? { commentMark.line == 0 ? nil : commentMark }

  public init(
    _ value: Value, start: Mark, end: Mark, comment: Mark? = nil, isInFlow: Bool = false,
    isFaulty: Bool = false
  ) {
    self.value = value
    self.start = start
    self.end = end
    commentMark = comment ?? Mark(line: 0, column: 0)
    self.isInFlow = isInFlow
    self.isFaulty = isFaulty
  }

  /// How many columns of its first line the node takes; 1 for a node of several lines.
  public var width: Int { start.line == end.line ? max(1, end.column - start.column) : 1 }

  /// The scalar, if it is one.
  public var scalar: Scalar? {
    guard case .scalar(let scalar) = value else { return nil }
    return scalar
  }

  /// What it is in the words of a person: `a text`, `a list`, `a mapping`.
  public var kind: String {
    switch value {
    case .scalar: "a text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// A scalar: its bytes and the style it was written in. What type it has, the reading field says.
public struct Scalar: Sendable {
  public let style: Node.Style
  public let bytes: Text

  public init(style: Node.Style, bytes: Text) {
    self.style = style
    self.bytes = bytes
  }

  public var string: String { bytes.string }
}

/// Bytes of a value: held, or still standing in the source and decoded when asked for.
///
/// A manifest of many large contents is thus in memory once. `decoded()` costs a copy of this
/// value's own length; keep the result where it is used more than once.
public struct Text: Sendable {
  enum Storage: Sendable {
    case held([UInt8])
    /// Short ones without memory of their own.
    case string(String)
    case block(BlockText)
    case quoted(QuotedText)
  }

  let storage: Storage

  public init(_ bytes: [UInt8]) { storage = .held(bytes) }

  public init(_ string: String) { storage = .string(string) }

  /// A literal block, left where it stands.
  init(_ block: BlockText) { storage = .block(block) }

  /// A text in quotes, left where it stands.
  init(_ quoted: QuotedText) { storage = .quoted(quoted) }

  /// UTF-8, as a parser has it.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    storage =
      bytes.count <= 64 ? .string(String(decoding: bytes, as: UTF8.self)) : .held(Array(bytes))
  }

  /// In bytes, after decoding.
  public var count: Int {
    switch storage {
    case .held(let bytes): bytes.count
    case .string(let string): string.utf8.count
    case .block(let block): block.count
    case .quoted(let quoted): quoted.count
    }
  }

  /// True if the bytes are known to be UTF-8 without NUL: they stand as they are in a text whose
  /// characters were checked.
  public var isCheckedText: Bool { if case .block = storage { true } else { false } }

  /// The bytes themselves.
  public func decoded() -> [UInt8] {
    switch storage {
    case .held(let bytes): bytes
    case .string(let string): Array(string.utf8)
    case .block(let block): block.decoded()
    case .quoted(let quoted): quoted.decoded()
    }
  }

  public var string: String {
    if case .string(let string) = storage { return string }
    return String(decoding: decoded(), as: UTF8.self)
  }
}
