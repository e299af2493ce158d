/// The keys of one mapping, read by name.
///
/// Making it reports unknown keys; each reading method reports what is wrong with its key, and a
/// required one that is missing. A method returns nil where there is nothing to return.
public struct Fields {
  public let node: Node
  public let reader: NodeReader
  /// What the mapping is, with its article, such as `a step`.
  public let what: String
  /// True if there was a key that means nothing here, which was reported.
  public private(set) var hasUnknownKeys = false
  /// In the order of the text. Mappings of a schema are small: to look through them is cheaper
  /// than a dictionary.
  private let pairs: [Node.Pair]
  /// Their names: to look through them copies no nodes.
  private let names: [String]

  /// Reads a mapping with such keys; nil for a node that is none, which was reported.
  public init?(_ node: Node, _ what: String, known: [String], _ diagnostics: Diagnostics) {
    let reader = NodeReader(diagnostics)
    guard let pairs = reader.pairs(node, what) else { return nil }
    var names: [String] = []
    names.reserveCapacity(pairs.count)
    for pair in pairs {
      let name = pair.key.scalar?.string ?? ""
      names.append(name)
      if !known.contains(name) {
        hasUnknownKeys = true
        diagnostics.error(
          "unknown-key", "\(what) has no key '\(Excerpt.short(name))'", at: pair.key,
          hint: Self.hint(for: name, known))
      }
    }
    self.node = node
    self.reader = reader
    self.what = what
    self.pairs = pairs
    self.names = names
  }

  private static func hint(for name: String, _ known: [String]) -> String {
    if name.contains(" ") {
      return "if the whole line is one text, put it in quotes: ': ' makes it a key and a value"
    }
    return NodeReader.suggestion(for: name, among: known)
  }

  public var diagnostics: Diagnostics { reader.diagnostics }

  private func index(of name: String) -> Int? { names.firstIndex(of: name) }

  public subscript(name: String) -> Node? { index(of: name).map { pairs[$0].value } }
  public func has(_ name: String) -> Bool { names.contains(name) }
  /// Those of some keys that are there, in the order of the text.
  public func present(of keys: [String]) -> [String] {
    var present: [String] = []
    for name in names where keys.contains(name) { present.append(name) }
    return present
  }
  /// How many keys there are.
  public var count: Int { names.count }
  /// Where a key stands; the mapping's own start for one that is not there.
  public func mark(of name: String) -> Mark {
    index(of: name).map { pairs[$0].key.start } ?? node.start
  }
  /// The key's node.
  public func key(_ name: String) -> Node? { index(of: name).map { pairs[$0].key } }

  /// The value of a key that must be there.
  public func required(_ name: String, hint: String? = nil) -> Node? {
    if let value = self[name] { return value }
    diagnostics.error(
      "missing-key", "\(what) lacks the key '\(name)'", at: node.start,
      hint: hint ?? "add '\(name): …'")
    return nil
  }

  public func text(_ name: String) -> String? {
    self[name].flatMap { reader.text($0, "'\(name)'") }
  }
  public func wholeText(_ name: String) -> String? {
    self[name].flatMap { reader.wholeText($0, "'\(name)'") }
  }
  public func content(_ name: String) -> Text? {
    self[name].flatMap { reader.content($0, "'\(name)'") }
  }
  public func bool(_ name: String) -> Bool? {
    self[name].flatMap { reader.bool($0, "'\(name)'") }
  }
  public func int(_ name: String, in range: ClosedRange<Int> = 0...Int.max) -> Int? {
    self[name].flatMap { reader.int($0, "'\(name)'", in: range) }
  }
  public func double(_ name: String) -> Double? {
    self[name].flatMap { reader.double($0, "'\(name)'") }
  }
  public func choice<Value>(_ name: String, _ type: Value.Type = Value.self) -> Value?
  where Value: RawRepresentable<String> & CaseIterable {
    self[name].flatMap { reader.choice($0, "'\(name)'", type) }
  }
  public func list(_ name: String) -> [Node]? {
    self[name].flatMap { reader.list($0, "'\(name)'") }
  }
  public func texts(_ name: String) -> [String]? {
    self[name].flatMap { reader.texts($0, "'\(name)'") }
  }
  public func pairs(_ name: String) -> [Node.Pair]? {
    self[name].flatMap { reader.pairs($0, "'\(name)'") }
  }
}
