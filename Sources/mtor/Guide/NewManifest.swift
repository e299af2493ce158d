import Glibc
import Platform

/// A manifest to start from; it passes `mtor check` as it is.
struct NewManifest {
  let name: String
  let test: String

  /// True for what a manifest may be called: `[a-z0-9][a-z0-9._-]{0,62}`.
  static func isName(_ text: String) -> Bool {
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    guard let first = text.first, letters.contains(first), text.utf8.count <= 63 else {
      return false
    }
    return text.allSatisfy { letters.contains($0) || "._-".contains($0) }
  }

  /// The test command that a project of this kind usually has.
  static func usualTest(in folder: String) -> String {
    let kinds = [
      ("Package.swift", "swift test"), ("Cargo.toml", "cargo test"), ("go.mod", "go test ./..."),
      ("package.json", "npm test"), ("pyproject.toml", "python3 -m unittest -q"),
      ("Makefile", "make test"),
    ]
    return kinds.first { access(folder + "/" + $0.0, F_OK) == 0 }?.1
      ?? "grep -q 'One line' notes/\(NewManifest.placeholder).txt"
  }

  private static let placeholder = "example"

  var text: String {
    """
    mtor: 1
    name: \(name)
    description: "One sentence: what is different afterwards."
    steps:
      - id: example
        intent: "One sentence: what this step is for."
        files:
          # 'content' lands byte for byte. 'mtor guide' tells what else an entry can say.
          - path: notes/\(Self.placeholder).txt
            content: |
              One line.
              Another.
        tests:
          # What would fail if the files were wrong.
          - \(Self.quoted(test))
    ...

    """
  }

  /// A double-quoted scalar.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where Printable.isUnsafe(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
