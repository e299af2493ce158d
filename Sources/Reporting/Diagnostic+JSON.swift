public import Platform
public import YAMLTree

extension Diagnostic {
  /// The diagnostic as an object: `code`, `severity`, `message`, `location`, `notes`, `hint`.
  public var json: JSON {
    var object: [JSON.Member] = [
      JSON.Member("code", .string(rule)), JSON.Member("severity", .string(severity.rawValue)),
      JSON.Member("message", .string(message)),
      JSON.Member("location", Self.location(file, mark)),
    ]
    if !notes.isEmpty {
      let notes = notes.map { note -> JSON in
        ["message": .string(note.message), "location": Self.location(file, note.mark)]
      }
      object.append(JSON.Member("notes", .array(notes)))
    }
    object.append(JSON.Member("hint", JSON(hint)))
    return .object(object)
  }

  private static func location(_ file: String, _ mark: Mark?) -> JSON {
    guard let mark else { return ["file": .string(file)] }
    return ["file": .string(file), "line": .integer(mark.line), "column": .integer(mark.column)]
  }
}
