import Manifests
import Platform
import YAMLTree

/// As much of JSON Schema (draft 2020-12) as the project's schemas use, by the letter of the
/// specification. A keyword that it does not know is a failure, so that none is passed over.
struct SchemaValidator {
  let root: JSON

  /// The places of a value that break the schema; empty for a valid one.
  func faults(in value: JSON) throws -> [String] { try faults(in: value, root, at: "") }

  struct Unknown: Error {
    let keyword: String
  }

  private func faults(in value: JSON, _ schema: JSON, at place: String) throws -> [String] {
    if case .bool(let allows) = schema { return allows ? [] : ["\(place): nothing may stand here"] }
    var faults: [String] = []
    for member in schema.object ?? [] {
      faults += try check(member.key, member.value, of: schema, value, at: place)
    }
    return faults
  }

  private func isValid(_ value: JSON, _ schema: JSON) throws -> Bool {
    try faults(in: value, schema, at: "").isEmpty
  }

  private func check(
    _ keyword: String, _ argument: JSON, of schema: JSON, _ value: JSON, at place: String
  ) throws -> [String] {
    switch keyword {
    case "$schema", "$id", "$defs", "title", "description", "then", "else": return []
    case "$ref": return try faults(in: value, definition(argument), at: place)
    case "allOf":
      return try (argument.array ?? []).flatMap { try faults(in: value, $0, at: place) }
    case "anyOf", "oneOf":
      let count = try (argument.array ?? []).count { try isValid(value, $0) }
      return count == 1 || count > 1 && keyword == "anyOf"
        ? [] : ["\(place): \(count) of \(keyword)"]
    case "if":
      let branch = try isValid(value, argument) ? "then" : "else"
      return try schema[branch].map { try faults(in: value, $0, at: place) } ?? []
    case "const": return value == argument ? [] : ["\(place): const"]
    case "enum": return argument.array?.contains(value) == true ? [] : ["\(place): enum"]
    case "type":
      let types = argument.array ?? [argument]
      return types.contains { $0.string.map { Self.isType($0, value) } ?? false }
        ? [] : ["\(place): type"]
    case "minimum", "maximum", "minLength", "pattern":
      return try checkScalar(keyword, argument, value, at: place)
    case "items", "prefixItems", "minItems":
      return try checkArray(keyword, argument, of: schema, value, at: place)
    case "required", "properties", "additionalProperties", "propertyNames":
      return try checkObject(keyword, argument, of: schema, value, at: place)
    default: throw Unknown(keyword: keyword)
    }
  }

  private func definition(_ reference: JSON) -> JSON {
    let name = reference.string?.split(separator: "/").last.map(String.init) ?? ""
    return root["$defs"]?[name] ?? false
  }

  private static func isType(_ type: String, _ value: JSON) -> Bool {
    switch (type, value) {
    case ("string", .string), ("boolean", .bool), ("array", .array), ("object", .object),
      ("null", .null), ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }

  private func checkScalar(
    _ keyword: String, _ argument: JSON, _ value: JSON, at place: String
  ) throws -> [String] {
    let isFine =
      switch keyword {
      case "minimum": value.double.map { $0 >= argument.double ?? 0 } ?? true
      case "maximum": value.double.map { $0 <= argument.double ?? 0 } ?? true
      case "minLength":
        value.string.map { $0.unicodeScalars.count >= argument.integer ?? 0 } ?? true
      default:
        try value.string.map { text in
          // A schema's '$' is the text's end, which PCRE2 calls '\z'.
          try Pattern(Self.absolute(argument.string ?? "")).matches(text)
        } ?? true
      }
    return isFine ? [] : ["\(place): \(keyword) \(argument.text())"]
  }

  private static func absolute(_ pattern: String) -> String {
    let placeholder = "\u{1}"
    return pattern.replacing("\\$", with: placeholder).replacing("$", with: "\\z")
      .replacing(placeholder, with: "\\$")
  }

  private func checkArray(
    _ keyword: String, _ argument: JSON, of schema: JSON, _ value: JSON, at place: String
  ) throws -> [String] {
    guard let items = value.array else { return [] }
    if keyword == "minItems" {
      return items.count >= argument.integer ?? 0 ? [] : ["\(place): minItems"]
    }
    if keyword == "prefixItems" {
      return try zip(items, argument.array ?? []).enumerated().flatMap {
        try faults(in: $0.element.0, $0.element.1, at: "\(place)/\($0.offset)")
      }
    }
    let skipped = schema["prefixItems"]?.array?.count ?? 0
    // The configuration's schema means its 'items' for all words, the first one included.
    return try items.dropFirst(skipped > 0 ? 1 : 0).enumerated().flatMap {
      try faults(in: $0.element, argument, at: "\(place)/\($0.offset)")
    }
  }

  private func checkObject(
    _ keyword: String, _ argument: JSON, of schema: JSON, _ value: JSON, at place: String
  ) throws -> [String] {
    guard let members = value.object else { return [] }
    switch keyword {
    case "required":
      return (argument.array ?? []).compactMap(\.string).filter { value[$0] == nil }
        .map { "\(place): lacks \($0)" }
    case "properties":
      return try members.flatMap { member in
        try argument[member.key].map {
          try faults(in: member.value, $0, at: "\(place)/\(member.key)")
        } ?? []
      }
    case "propertyNames":
      return try members.flatMap {
        try faults(in: .string($0.key), argument, at: "\(place)/\($0.key)")
      }
    default:
      return try members.filter { schema["properties"]?[$0.key] == nil }.flatMap {
        try faults(in: $0.value, argument, at: "\(place)/\($0.key)")
      }
    }
  }
}

extension JSON {
  /// A node as an editor's YAML reader types it: by YAML 1.2's core schema.
  init(_ node: Node) {
    switch node.value {
    case .sequence(let items): self = .array(items.map { JSON($0) })
    case .mapping(let pairs):
      self = .object(pairs.map { Member($0.key.scalar?.string ?? "", JSON($0.value)) })
    case .scalar(let scalar):
      let text = scalar.string
      guard scalar.style == .plain else {
        self = .string(text)
        return
      }
      switch text {
      case "", "~", "null", "Null", "NULL": self = .null
      case "true", "True", "TRUE": self = true
      case "false", "False", "FALSE": self = false
      default:
        if let integer = CoreNumber.int(text) {
          self = .integer(integer)
        } else if let number = CoreNumber.double(text) {
          self = .number(number)
        } else {
          self = .string(text)
        }
      }
    }
  }
}
