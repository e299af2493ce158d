import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@testable import Engine

/// Which commands a person's configuration lets run.
@Suite struct CommandRulesTests {
  @Test(arguments: [
    ("make *", "make test", true), ("make *", "make  all -j2 'a b' \"c\"", true),
    ("make *", "  make test\n", true), ("make *", "make", false), ("make*", "make", true),
    ("npm test*", "npm test", true), ("npm test*", "npm tests", true),
    ("npm test", "npm test -- x", false), ("*", "anything at all", true), ("", "", false),
    ("*.py", "python3 a.py", true), ("*.py", "python3 a.py b", false),
    ("a * c * e", "a b c d e", true), ("a * c * e", "a b d e", false), ("a*a", "a", false),
    ("a*ab", "aab", true), ("a*ba*c", "abac", true), ("cat a | wc *", "cat a | wc -l", true),
    ("*b*", "abc", true), ("**", "x", true),
  ])
  func patternsAreMatchedWhole(pattern: String, text: String, isMatch: Bool) {
    #expect(CommandPattern(pattern).matches(text) == isMatch)
  }

  /// A star never stands for a second command, an expansion, or a file that is written.
  @Test(arguments: [
    "make x; rm -rf ~", "make x && evil", "make x & evil", "make x | sh", "make $(evil)",
    "make `evil`", "make x > /etc/passwd", "make < in", "make $HOME", "make x\nevil",
    "make \\\nevil", "make x\revil", "make (x)", "evil; make x",
  ])
  func aStarStaysInItsCommand(text: String) {
    #expect(!CommandPattern("make *").matches(text))
    #expect(!CommandPattern("*").matches(text))
  }

  private func command(_ text: String, _ change: (inout PlannedCommand) -> Void = { _ in })
    -> PlannedCommand
  {
    var command = PlannedCommand(
      kind: .test, name: text, spec: CommandSpec(run: text, mark: Mark(line: 1, column: 1)))
    change(&command)
    return command
  }

  @Test func whatChangesTheProgramIsNotCovered() throws {
    var rules = CommandRules()
    rules.allowed = ["make *", "test -e x"]
    #expect(rules.allows(command("make a")))
    #expect(rules.allows(command("make a") { $0.environment = ["NO_COLOR": "1", "LC_ALL": "C"] }))
    #expect(!rules.allows(command("make a") { $0.environment = ["PATH": "/tmp"] }))
    #expect(!rules.allows(command("make a") { $0.environment = ["MAKEFLAGS": "-f x"] }))
    let bin = try RelativePath("bin")
    #expect(!rules.allows(command("make a") { $0.path = [bin] }))
    #expect(rules.allows(command("make a") { $0.spec.unless = "test -e x" }))
    #expect(!rules.allows(command("make a") { $0.spec.unless = "evil" }))
  }

  @Test func standardInputIsSandboxedUnlessSomebodySaysOtherwise() {
    typealias Rule = Configuration.CommandRule
    func others(_ written: Rule?, _ isInput: Bool, _ typed: Bool?, off: Bool = false) -> Rule {
      var configuration = Configuration()
      configuration.otherCommands = written
      if off { configuration.sandbox = .off }
      return CommandRules(configuration, fromStandardInput: isInput, sandbox: typed).others
    }
    #expect(others(nil, false, nil) == .run)
    #expect(others(nil, true, nil) == .sandbox)
    #expect(others(nil, true, false) == .run)
    #expect(others(nil, false, true) == .sandbox)
    #expect(others(nil, true, nil, off: true) == .run)
    #expect(others(.run, true, nil) == .run)
    #expect(others(.sandbox, false, nil) == .sandbox)
    #expect(others(.sandbox, false, false) == .run)
    #expect(others(.ask, true, nil) == .ask)
    #expect(others(.ask, false, true) == .sandbox)
    // Nobody types a refusal away.
    #expect(others(.refuse, true, false) == .refuse)
    #expect(others(.refuse, false, true) == .refuse)
  }

  @Test func whatIsAllowedRunsFreelyUnlessAllAreSandboxed() {
    var configuration = Configuration()
    configuration.allowedCommands = ["make *"]
    let input = CommandRules(configuration, fromStandardInput: true, sandbox: nil)
    #expect(input.usesSandbox)
    #expect(input.runsFreely(command("make a")))
    #expect(!input.runsFreely(command("cc a")))
    let typed = CommandRules(configuration, fromStandardInput: false, sandbox: true)
    #expect(!typed.runsFreely(command("make a")))
    let file = CommandRules(configuration, fromStandardInput: false, sandbox: nil)
    #expect(!file.usesSandbox)
  }
}
