import Platform
import YAMLTree

/// Files of JSON and YAML that do not parse.
enum SyntaxLint {
  static func findings(in bytes: [UInt8], path: String, name: Substring) -> [Finding] {
    // Of JSON or YAML by its last letter, before anything that costs.
    guard let last = name.utf8.last, "nNlL".utf8.contains(last) else { return [] }
    let lower = name.lowercased()
    if lower.hasSuffix(".json") {
      return allowsComments(path: path, name: lower) || isTemplate(bytes) ? [] : json(bytes)
    }
    if lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") {
      return isTemplate(bytes) ? [] : yaml(bytes)
    }
    return []
  }

  /// Files that are JSON by name and take comments by custom.
  private static func allowsComments(path: String, name: String) -> Bool {
    name.hasPrefix("tsconfig") || name.hasPrefix("jsconfig") || name.hasPrefix(".")
      || name == "devcontainer.json" || name == "settings.json"
      || path.split(separator: "/").dropLast().contains { $0 == ".vscode" || $0 == ".zed" }
  }

  /// True for a template that becomes JSON or YAML only when it is filled in.
  private static func isTemplate(_ bytes: [UInt8]) -> Bool {
    var previous: UInt8 = 0
    for byte in bytes {
      if previous == UInt8(ascii: "{"), byte == previous || byte == UInt8(ascii: "%") {
        return true
      }
      if previous == UInt8(ascii: "<"), byte == UInt8(ascii: "%") { return true }
      previous = byte
    }
    return false
  }

  private static func json(_ bytes: [UInt8]) -> [Finding] {
    do throws(JSONError) {
      _ = try JSON(parsing: bytes, depthLimit: 512)
      return []
    } catch {
      return [
        Finding(
          .warning, "content-json", "the file is not JSON: \(error.message)", line: error.line,
          column: error.column, hint: "correct the place, or name the file otherwise")
      ]
    }
  }

  private static func yaml(_ bytes: [UInt8]) -> [Finding] {
    guard let (message, mark) = YAMLSyntax.problem(in: bytes) else { return [] }
    return [
      Finding(
        .warning, "content-yaml", "the file is not YAML: \(message)", line: mark.line,
        column: mark.column, hint: "correct the place, or name the file otherwise")
    ]
  }
}
