import Manifests
import Platform
import Testing

/// `docs/manifest.md` says nothing that the reader refuses.
@Suite struct FormatPage {
  /// The fenced examples of a page, with what follows `yaml` on the fence's line.
  private static func examples(of page: String) -> [(kind: String, line: Int, text: String)] {
    var result: [(String, Int, String)] = []
    var open: (kind: String, line: Int, text: String)?
    for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if let example = open {
        if line == "```" {
          result.append(example)
          open = nil
        } else {
          open?.text += line + "\n"
        }
      } else if line.hasPrefix("```yaml") {
        open = (line.dropFirst(7).drop { $0 == " " }.description, index + 1, "")
      }
    }
    return result
  }

  @Test func everyExamplePassesCheck() throws {
    let page = String(decoding: try Repository.read("docs/manifest.md"), as: UTF8.self)
    let examples = Self.examples(of: page)
    #expect(examples.count >= 9)
    for (kind, line, text) in examples {
      let body = String(text.dropLast())
      let manifest =
        switch kind {
        case "files": Reading.withFiles(body)
        case "tests": Reading.withTests(body)
        case "top": "mtor: 1\nname: m\nsteps: []\n" + text + "...\n"
        default: text
        }
      #expect(Reading.said(of: manifest) == [], "docs/manifest.md:\(line)")
    }
  }

  @Test func everyKeyOfTheSchemaIsOnThePage() throws {
    let page = String(decoding: try Repository.read("docs/manifest.md"), as: UTF8.self)
    let definitions = ManifestSchema.document["$defs"]
    let places =
      [ManifestSchema.document]
      + ["step", "file", "edit", "longCommand"].compactMap {
        definitions?[$0]
      }
    for place in places {
      for member in place["properties"]?.object ?? [] {
        #expect(page.contains(member.key), "\(member.key)")
      }
    }
  }

  @Test func everyRuleThatThePageNamesIsOne() throws {
    let page = String(decoding: try Repository.read("docs/manifest.md"), as: UTF8.self)
    let table = page.split(separator: "## Mistakes that models make")[1]
    let named = try Pattern("\\| `([a-z]+-[a-z-]+)`").all(in: Array(table.utf8)).compactMap {
      $0.groups[1].map { String(decoding: Array(table.utf8)[$0], as: UTF8.self) }
    }
    #expect(named.count >= 7)
    for id in named { #expect(Rules.rule(id) != nil, "\(id)") }
  }
}
