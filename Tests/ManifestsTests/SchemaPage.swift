import Platform

/// A page of Markdown made from a JSON Schema: a table for each object, its keys with their types.
struct SchemaPage {
  private let document: JSON
  /// What stands before the names of definitions, so that two schemas can share a page.
  private let prefix: String
  private var text = ""

  /// The tables of a schema, below headings of the third level.
  static func tables(of document: JSON, prefix: String = "") -> String {
    var page = SchemaPage(document: document, prefix: prefix)
    page.write(document, name: nil)
    for definition in document["$defs"]?.object ?? [] {
      page.write(definition.value, name: definition.key)
    }
    return page.text
  }

  private init(document: JSON, prefix: String) {
    self.document = document
    self.prefix = prefix
  }

  private mutating func write(_ schema: JSON, name: String?) {
    let alternatives = (schema["oneOf"]?.array ?? []).filter { $0["properties"] != nil }
    if !Self.isTold(schema) { return }
    if let name { text += "\n### \(heading(name))\n" }
    if name != nil, let description = schema["description"]?.string {
      text += "\n\(description)\n"
    }
    if schema["properties"] != nil { text += "\n" + table(of: schema) }
    for alternative in alternatives {
      if let event = alternative["properties"]?["event"]?["const"]?.string {
        text += "\n### \(event)\n"
      } else if let description = alternative["description"]?.string {
        text += "\n\(description)\n"
      } else if name != nil {
        text += "\nEither:\n"
      }
      text += "\n" + table(of: alternative)
    }
  }

  /// True for what has keys of its own; texts with a pattern are told where they are used.
  private static func isTold(_ schema: JSON) -> Bool {
    schema["properties"] != nil
      || (schema["oneOf"]?.array ?? []).contains { $0["properties"] != nil }
  }

  private func heading(_ name: String) -> String {
    prefix.isEmpty ? name : "\(prefix) \(name)"
  }

  private func table(of schema: JSON) -> String {
    var rows = "| key | type | meaning |\n| --- | --- | --- |\n"
    add(schema, below: "", to: &rows)
    return rows
  }

  /// A row for each key, and for the keys of an object within it.
  private func add(_ schema: JSON, below place: String, to rows: inout String) {
    let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
    for member in schema["properties"]?.object ?? [] {
      let value = member.value
      let path = place + member.key
      var meaning = value["description"]?.string ?? ""
      if meaning.isEmpty, let target = target(of: value), !Self.isTold(target) {
        meaning = target["description"]?.string ?? ""
      }
      let isOptional = required.contains(member.key) ? "" : ", optional"
      rows += "| `\(path)` | \(type(of: value))\(isOptional) | \(Self.cell(meaning)) |\n"
      if value["properties"] != nil {
        add(value, below: path + ".", to: &rows)
      } else if let items = value["items"], items["properties"] != nil {
        add(items, below: path + "[].", to: &rows)
      } else if let values = value["additionalProperties"], values["properties"] != nil {
        add(values, below: path + ".NAME.", to: &rows)
      }
      for choice in value["oneOf"]?.array ?? [] where choice["properties"] != nil {
        add(choice, below: path + ".", to: &rows)
      }
    }
  }

  private func target(of schema: JSON) -> JSON? {
    guard let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last
    else { return nil }
    return document["$defs"]?[String(name)]
  }

  private func type(of schema: JSON) -> String {
    let name = schema["$ref"]?.string?.split(separator: "/").last
    if let target = target(of: schema), let name {
      guard Self.isTold(target) else { return type(of: target) }
      let title = heading(String(name))
      return "[\(name)](#\(title.lowercased().replacing(" ", with: "-")))"
    }
    if let words = schema["enum"]?.array { return words.map(Self.word).joined(separator: ", ") }
    if let word = schema["const"] { return Self.word(word) }
    for key in ["oneOf", "anyOf"] {
      if let choices = schema[key]?.array {
        return choices.map { type(of: $0) }.joined(separator: " or ")
      }
    }
    if let items = schema["items"], items.object != nil { return "list of \(type(of: items))" }
    if let values = schema["additionalProperties"], values.object != nil {
      return "mapping to \(type(of: values))"
    }
    let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "any"]
    // A scalar of YAML that is read as it was written.
    if types == ["string", "number", "boolean"] { return "text" }
    return types.map(Self.name(ofType:)).joined(separator: " or ")
  }

  private static func name(ofType type: String) -> String {
    switch type {
    case "string": "text"
    case "integer": "whole number"
    case "array": "list"
    case "object": "mapping"
    case "boolean": "true or false"
    default: type
    }
  }

  private static func word(_ value: JSON) -> String { "`\(value.string ?? value.text())`" }

  /// A `|` would end the cell.
  private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
