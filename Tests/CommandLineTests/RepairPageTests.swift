import Manifests
import Testing
import YAMLTree

@testable import mtor

/// `docs/repair.md` shows configurations that are read as they stand.
@Suite struct RepairPageTests {
  private static func page() throws -> String {
    try read(ScriptFolder.repository + "/docs/repair.md")
  }

  /// The texts in its fences for YAML, each with the line it begins at.
  private static func examples() throws -> [(line: Int, text: String)] {
    var result: [(line: Int, text: String)] = []
    var open: (line: Int, text: String)?
    let lines = try page().split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if let example = open {
        if line == "```" {
          result.append(example)
          open = nil
        } else {
          open?.text += line + "\n"
        }
      } else if line == "```yaml" {
        open = (index + 2, "")
      }
    }
    return result
  }

  @Test func everyConfigurationIsReadWithoutAWord() throws {
    let examples = try Self.examples()
    #expect(examples.count >= ProviderPreset.all.count + 2)
    for (line, text) in examples {
      do throws(DiagnosticList) {
        let source = SourceText(name: "docs/repair.md", bytes: Array(text.utf8))
        let result = try ConfigurationReader.read(source)
        #expect(result.warnings.map(\.message) == [], "docs/repair.md:\(line)")
        #expect(!result.configuration.models.isEmpty, "docs/repair.md:\(line)")
      } catch {
        Issue.record("docs/repair.md:\(line): \(error.all.map(\.message))")
      }
    }
  }

  /// Ten providers and four agents at least, each as `mtor models add` writes it.
  @Test func everyPresetStandsThereAsItIsWritten() throws {
    let agents = ProviderPreset.all.filter { $0.api == "command" }
    #expect(agents.count >= 4 && ProviderPreset.all.count - agents.count >= 10)
    let texts = Set(try Self.examples().map(\.text))
    for preset in ProviderPreset.all {
      let text = "models:\n" + preset.entry(called: preset.name, model: nil, url: nil)
      #expect(texts.contains(text), "\(preset.name)")
      #expect(try Self.page().contains("`mtor models add \(preset.name)`"))
    }
  }
}
