import YAMLTree

/// A value of a JSON or YAML document, for comparing.
package enum DataValue: Equatable {
  case null
  case bool(Bool)
  /// As it was written, so that `1.10` stays `1.10`.
  case number(String)
  case string(String)
  case list([DataValue])
  /// In the order of the text.
  case map([(key: String, value: DataValue)])

  /// Equal whatever the order of keys is. Numbers are equal as they are written, since readers
  /// differ in what they make of them: `3.10` is a version, and `010` is 8 for many.
  package static func == (a: DataValue, b: DataValue) -> Bool {
    switch (a, b) {
    case (.null, .null): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.number(let x), .number(let y)): return x == y
    case (.string(let x), .string(let y)): return x.utf8.elementsEqual(y.utf8)
    case (.list(let x), .list(let y)): return x == y
    case (.map(let x), .map(let y)):
      guard x.count == y.count else { return false }
      let byKey = Dictionary(y.map { (Key(text: $0.key), $0.value) }) { first, _ in first }
      return byKey.count == y.count && x.allSatisfy { byKey[Key(text: $0.key)] == $0.value }
    default: return false
    }
  }

  /// A key by its bytes: two normalisations are two keys.
  private struct Key: Hashable {
    let text: String
    static func == (a: Key, b: Key) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  /// A value as YAML's core schema types it: what was quoted is a text.
  init(_ node: Node) {
    switch node.value {
    case .sequence(let nodes): self = .list(nodes.map { DataValue($0) })
    case .mapping(let pairs):
      self = .map(pairs.map { ($0.key.scalar?.string ?? "", DataValue($0.value)) })
    case .scalar(let scalar):
      self = scalar.style == .plain ? DataValue(plain: scalar.string) : .string(scalar.string)
    }
  }

  /// A plain scalar.
  init(plain text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default:
      self =
        CoreNumber.int(text) != nil || CoreNumber.double(text) != nil
        ? .number(text) : .string(text)
    }
  }

  /// The value with another one at a place below it, which exists or can be added; nil where
  /// there is no such place.
  func replacing(at path: ArraySlice<String>, with value: DataValue) -> DataValue? {
    guard let token = path.first else { return value }
    switch self {
    case .map(var members):
      guard let index = members.firstIndex(where: { $0.key.utf8.elementsEqual(token.utf8) }) else {
        guard path.count == 1 else { return nil }
        return .map(members + [(token, value)])
      }
      guard let new = members[index].value.replacing(at: path.dropFirst(), with: value) else {
        return nil
      }
      members[index].value = new
      return .map(members)
    case .list(var values):
      guard let index = JSONPointer.index(token, count: values.count) else { return nil }
      if index == values.count { return path.count == 1 ? .list(values + [value]) : nil }
      guard let new = values[index].replacing(at: path.dropFirst(), with: value) else { return nil }
      values[index] = new
      return .list(values)
    default: return nil
    }
  }
}

/// A path to a value of a document (RFC 6901).
struct JSONPointer {
  let text: String
  /// The keys and indices from the root.
  let tokens: [String]

  init(_ text: String) throws(EditFailure) {
    guard text.isEmpty || text.utf8.first == UInt8(ascii: "/") else {
      throw EditFailure(
        "pointer", "the pointer '\(Excerpt.short(text))' does not begin with '/'",
        hint: "write '/' before every key: /scripts/test")
    }
    self.text = text
    var tokens: [String] = []
    for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard let token = Self.unescaped(part) else {
        throw EditFailure(
          "pointer", "the pointer '\(Excerpt.short(text))' has a '~' without 0 or 1",
          hint: "write '~0' for '~' and '~1' for '/'")
      }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  private static func unescaped(_ part: Substring) -> String? {
    var result = ""
    var rest = part.unicodeScalars
    while let scalar = rest.popFirst() {
      guard scalar == "~" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "0": result += "~"
      case "1": result += "/"
      default: return nil
      }
    }
    return result
  }

  /// The index that a token names in a list; `-` and the count name the place behind the last.
  static func index(_ token: String, count: Int) -> Int? {
    if token == "-" { return count }
    guard (1...9).contains(token.utf8.count), token.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      token == "0" || !token.hasPrefix("0"), let index = Int(token), index <= count
    else { return nil }
    return index
  }
}
