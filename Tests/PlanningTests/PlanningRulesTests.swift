import Manifests
import Planning
import Platform
import Testing
import YAMLTree

/// The examples of the rules that need a tree.
@Suite struct PlanningRulesTests {
  private static let ids = Rules.all.filter { $0.frame == .tree }.map(\.id)

  @Test(arguments: ids)
  func theBadExampleBreaksItsRule(id: String) throws {
    let rule = try #require(Rules.rule(id))
    let said = try Self.said(of: rule.bad)
    #expect(said.contains { $0.hasPrefix("error \(id):") }, "\(said)")
  }

  @Test(arguments: ids)
  func theGoodExampleBreaksNone(id: String) throws {
    let rule = try #require(Rules.rule(id))
    #expect(try Self.said(of: rule.good) == [])
  }

  /// Every conflict that the planner's page names is a rule with an example.
  @Test func everyConflictIsARule() {
    let conflicts = Rules.all.filter { $0.id.hasPrefix("conflict-") }
    #expect(conflicts.count >= 20)
    #expect(conflicts.allSatisfy { $0.frame == .tree || $0.frame == .typed })
  }

  private static func said(of example: String) throws -> [String] {
    var planning = try Planning()
    planning.options.manifestPaths = [try RelativePath("m.yaml")]
    var beside = MemoryTree()
    var (top, files) = ("", "")
    for part in ("\n" + example).split(separator: "\n== ") {
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      let words = lines[0].split(separator: " ")
      let text = lines.count > 1 ? String(lines[1]) + (lines[1].hasSuffix("\n") ? "" : "\n") : ""
      let name = String(words.last ?? "")
      switch words.count == 1 ? name : String(words[0]) {
      case "top": top = text
      case "files": files = text
      case "param":
        let pair = name.split(separator: "=")
        planning.options.params[String(pair[0])] = String(pair[1])
      case "only": planning.options.only = name
      case "limit": planning.options.fileLimit = try #require(Int(name))
      case "beside": beside.write(text, to: try RelativePath(name))
      case "link":
        planning.tree.link(try RelativePath(name), to: String(text.dropLast()))
      case "pipe": planning.tree.makeSpecial(try RelativePath(name))
      case "hard": planning.tree.write(text.utf8, to: try RelativePath(name), links: 2)
      case "submodule":
        planning.owner.obstacles[name + "/a.txt"] = "is in the submodule '\(name)'"
      case let kind:
        planning.tree.write(text, to: try RelativePath(name))
        if kind == "person" { planning.owner.claims[name] = .persons("is not tracked by git") }
        if kind == "differs" { planning.owner.differing.append(name) }
        if kind == "edited" { planning.owner.originals[name] = .gone(run: "r1") }
      }
    }
    planning.options.sources = beside
    return try planning.said(top + Self.steps(files))
  }

  private static func steps(_ files: String) -> String {
    let entries = files.split(separator: "\n").map { "      \($0)\n" }.joined()
    return "steps:\n  - id: s\n"
      + (entries.isEmpty ? "    tests: [\"true\"]\n" : "    files:\n" + entries)
  }
}

extension Planning {
  /// Every diagnostic and conflict: severity, rule and message.
  fileprivate func said(_ text: String) throws -> [String] {
    do {
      let plan = try plan(text)
      return plan.diagnostics.map { "\($0.severity.rawValue) \($0.rule): \($0.message)" }
        + plan.conflicts.map { "error \($0.rule): \($0.message)" }
    } catch let faults as DiagnosticList {
      return faults.all.map { "\($0.severity.rawValue) \($0.rule): \($0.message)" }
    }
  }
}
