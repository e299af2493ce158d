import Platform

/// Text for XML and HTML.
package enum Markup {
  /// The text with `&`, `<`, `>` and quotes as entities, and without what XML 1.0 does not allow:
  /// such characters are written as escapes.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      default:
        if Printable.isUnsafe(scalar) || scalar.value & 0xFFFE == 0xFFFE {
          result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  /// An attribute with a space before it.
  package static func attribute(_ name: String, _ value: String) -> String {
    // A newline in an attribute is read back as a space; escaped it stays visible.
    " \(name)=\"\(escaped(Printable.escaped(value)))\""
  }
}
