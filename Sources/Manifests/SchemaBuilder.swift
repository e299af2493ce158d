public import Platform

/// Words for JSON Schemas (draft 2020-12), so that a schema in Swift reads like what it says.
public enum SchemaBuilder {
  /// A whole schema with its title; `members` are the top mapping's keywords.
  public static func document(
    _ title: String, id: String, _ members: JSON, definitions: JSON
  ) -> JSON {
    merged([
      [
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": .string("https://mtor.dev/schemas/\(id).schema.json"),
        "title": .string(title),
      ], members, ["$defs": definitions],
    ])
  }

  /// The members of several objects as one, in order.
  public static func merged(_ objects: [JSON]) -> JSON {
    .object(objects.flatMap { $0.object ?? [] })
  }

  public static func described(_ description: String, _ members: JSON) -> JSON {
    merged([["description": .string(description)], members])
  }

  /// A scalar that is read as the text that was written, whatever type YAML would give it.
  public static func text(_ description: String, pattern: String? = nil) -> JSON {
    var members: JSON = ["type": ["string", "number", "boolean"]]
    if let pattern { members = merged([members, ["pattern": .string(pattern)]]) }
    return described(description, members)
  }

  /// A text that YAML takes for nothing else: quoted, a block, or a word.
  public static func string(
    _ description: String, pattern: String? = nil, notEmpty: Bool = false
  ) -> JSON {
    var members: [JSON] = [["type": "string"]]
    if notEmpty { members.append(["minLength": 1]) }
    if let pattern { members.append(["pattern": .string(pattern)]) }
    return described(description, merged(members))
  }

  public static func flag(_ description: String) -> JSON {
    described(description, ["type": "boolean"])
  }

  public static func onlyTrue(_ description: String) -> JSON {
    described(description, ["const": true])
  }

  public static func integer(_ description: String, _ low: Int = 0, _ high: Int? = nil) -> JSON {
    var members: JSON = ["type": "integer", "minimum": .integer(low)]
    if let high { members = merged([members, ["maximum": .integer(high)]]) }
    return described(description, members)
  }

  public static func number(_ description: String) -> JSON {
    described(description, ["type": "number", "minimum": 0])
  }

  public static func words(_ description: String, _ words: [String]) -> JSON {
    described(description, ["enum": .array(words.map { .string($0) })])
  }

  public static func list(_ description: String, of item: JSON) -> JSON {
    described(description, ["type": "array", "items": item])
  }

  public static func reference(_ name: String) -> JSON { ["$ref": .string("#/$defs/\(name)")] }

  public static func reference(_ name: String, _ description: String) -> JSON {
    described(description, reference(name))
  }

  /// A mapping of these keys and no others.
  public static func mapping(
    _ description: String, required: [String] = [], _ properties: JSON
  ) -> JSON {
    var members: [JSON] = [["type": "object", "additionalProperties": false]]
    if !required.isEmpty { members.append(["required": names(required)]) }
    return described(description, merged(members + [["properties": properties]]))
  }

  /// A mapping with keys of one's own.
  public static func dictionary(_ description: String, keys: String, _ value: JSON) -> JSON {
    described(
      description,
      [
        "type": "object", "propertyNames": ["pattern": .string(keys)],
        "additionalProperties": value,
      ])
  }

  public static func names(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }

  public static func oneOf(_ schemas: [JSON]) -> JSON { ["oneOf": .array(schemas)] }
  public static func anyOf(_ schemas: [JSON]) -> JSON { ["anyOf": .array(schemas)] }

  /// Exactly one of some keys.
  public static func exactlyOne(of keys: [String]) -> JSON {
    oneOf(keys.map { ["required": [.string($0)]] })
  }

  /// Where a key stands, these others may not.
  public static func without(_ key: String, _ others: [String]) -> JSON {
    [
      "if": ["required": [.string(key)]],
      "then": .object([
        .init("properties", .object(others.map { .init($0, .bool(false)) }))
      ]),
    ]
  }
}
