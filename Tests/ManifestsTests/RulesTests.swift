import Manifests
import Testing
import YAMLTree

@Suite struct RulesTable {
  @Test func everyIdIsOneRule() {
    let ids = Rules.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.count >= 90)
  }

  /// Those that need neither tree nor run; the others are tested beside the planner and the fleet,
  /// and by the built executable.
  private static let ids = Rules.all.filter {
    ![.tree, .typed, .fleet].contains($0.frame)
  }.map(\.id)

  @Test(arguments: ids)
  func theBadExampleBreaksItsRule(id: String) throws {
    let rule = try #require(Rules.rule(id))
    let said = Self.said(of: rule.bad, in: rule.frame)
    #expect(said.contains { $0.rule == id && $0.severity == rule.severity }, "\(said)")
  }

  @Test(arguments: ids)
  func theGoodExampleBreaksNone(id: String) throws {
    let rule = try #require(Rules.rule(id))
    #expect(Self.said(of: rule.good, in: rule.frame) == [])
  }

  /// A rule's id and severity for everything that is said about an example.
  struct Said: Hashable, CustomStringConvertible {
    let rule: String
    let severity: Diagnostic.Severity
    let message: String

    var description: String { "\(severity.rawValue) \(rule): \(message)" }
  }

  static func said(of example: String, in frame: Rule.Frame) -> [Said] {
    switch frame {
    case .content(let path):
      return said(
        ContentLints.findings(in: Array(example.utf8), path: path, replacing: .unknown))
    case .replacement(let path):
      let parts = example.split(separator: Character(Rule.division)).map { Array($0.utf8) }
      return said(ContentLints.findings(in: parts[1], path: path, replacing: .file(parts[0])))
    default: break
    }
    let isMarkdown = frame == .markdown || frame == .wholeMarkdown
    let source = SourceText(name: isMarkdown ? "m.md" : "m.yaml", bytes: bytes(example, frame))
    do throws(DiagnosticList) {
      switch frame {
      case .imported:
        _ = try Importer.read(source, name: "m")
        return []
      case .configuration: return said(try ConfigurationReader.read(source).warnings)
      case .treeConfiguration:
        return said(try ConfigurationReader.tighten(Configuration(), by: source).warnings)
      default:
        var options = ManifestReader.Options()
        if frame == .few { options.limits = Limits(steps: 3, files: 2) }
        if frame == .limited { options.limits = Limits(manifest: 100, file: 20) }
        // An example is about its own rule; whether it ends well, others are about.
        return said(try ManifestReader.read(source, options: options).warnings)
          .filter { $0.rule != "content-final-newline" }
      }
    } catch { return said(error.all) }
  }

  private static func said(_ all: [Diagnostic]) -> [Said] {
    all.map { Said(rule: $0.rule, severity: $0.severity, message: $0.message) }
  }

  private static func said(_ all: [Finding]) -> [Said] {
    all.map { Said(rule: $0.rule, severity: $0.severity, message: $0.message) }
  }

  private static func bytes(_ example: String, _ frame: Rule.Frame) -> [UInt8] {
    let text =
      switch frame {
      case .top: "mtor: 1\nname: m\nsteps: []\n" + example + "\n...\n"
      case .step: "mtor: 1\nname: m\nsteps:\n  - id: s\n" + indented(example, by: 4) + "...\n"
      case .files: Reading.withFiles(example)
      case .tests: Reading.withTests(example)
      case .configuration, .treeConfiguration: example + "\n"
      case .markdown: "---\nmtor: 1\nname: m\n---\n\n" + example + "\n<!-- end -->\n"
      default: example
      }
    return text.unicodeScalars.flatMap { scalar in
      String(scalar) == Rule.invalidByte ? [0xFF] : Array(String(scalar).utf8)
    }
  }

  private static func indented(_ text: String, by width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { ($0.isEmpty ? "" : String(repeating: " ", count: width)) + $0 + "\n" }.joined()
  }
}
