import Platform
import YAMLTree

extension JSON {
  /// A value of a YAML document: plain scalars by YAML's core forms, all others as text.
  init(node: Node) {
    switch node.value {
    case .sequence(let nodes): self = .array(nodes.map(JSON.init(node:)))
    case .mapping(let pairs):
      self = .object(
        pairs.map { pair in
          var key = ""
          if case .scalar(let scalar) = pair.key.value { key = scalar.string }
          return Member(key, JSON(node: pair.value))
        })
    case .scalar(let scalar):
      let text = scalar.string
      self = scalar.style == .plain ? Self.core(text) : .string(text)
    }
  }

  private static func core(_ text: String) -> JSON {
    switch text {
    case "true", "True", "TRUE": .bool(true)
    case "false", "False", "FALSE": .bool(false)
    case "null", "Null", "NULL", "~": .null
    default: number(text) ?? .string(text)
    }
  }

  private static func number(_ text: String) -> JSON? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    if let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { return nil }
    return .number(value)
  }
}
