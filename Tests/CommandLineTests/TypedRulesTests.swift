import Manifests
import Testing

/// The examples of the rules that only a run can meet, typed as the page of rules shows them.
@Suite struct TypedRulesTests {
  private static let ids = Rules.all.filter { $0.frame == .typed }.map(\.id)
  /// What the page says of each.
  private static let codes = ["command-refused": 3, "tree-unreadable": 7]

  @Test(arguments: ids)
  func theBadExampleBreaksItsRule(id: String) throws {
    let rule = try #require(Rules.rule(id))
    let (output, exit) = try ScriptFolder().run(rule.bad)
    #expect(output.contains("[\(id)]"), "\(output)")
    #expect(exit == Self.codes[id] ?? 4, "\(output)")
    #expect(rule.meaning.contains("exit code \(exit)"))
  }

  @Test(arguments: ids)
  func theGoodExampleBreaksNone(id: String) throws {
    let rule = try #require(Rules.rule(id))
    let (output, exit) = try ScriptFolder().run(rule.good)
    #expect(exit == 0 && !output.contains("[\(id)]"), "\(output)")
  }
}
