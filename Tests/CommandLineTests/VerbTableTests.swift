import Events
import Testing

@testable import mtor

/// What is made from the verb table says the same everywhere.
@Suite struct VerbTableTests {
  @Test func holdsEveryVerbOnce() {
    #expect(Verb.all.map(\.name.rawValue).sorted() == VerbName.allCases.map(\.rawValue).sorted())
  }

  @Test func usesEveryFlag() {
    let used = Set(Verb.all.flatMap(\.allFlags).map(\.name)).union(Flag.alone.map(\.name))
    #expect(used == Set(FlagName.allCases))
  }

  @Test func sevenVerbsAreCommon() {
    #expect(Verb.all.filter(\.isCommon).count == 7)
  }

  @Test(arguments: Verb.all.map(\.name))
  func isWellFormed(name: VerbName) {
    let verb = Verb.named(name)
    #expect(!verb.examples.isEmpty)
    #expect(!verb.summary.hasSuffix("."))
    let spellings = verb.allFlags.flatMap(\.spellings)
    #expect(spellings.count == Set(spellings).count)
    for flag in verb.allFlags { #expect(!flag.help.hasSuffix(".")) }
  }

  @Test(arguments: Verb.all.map(\.name))
  func examplesAreUnderstood(name: VerbName) throws {
    for example in Verb.named(name).examples {
      // What a shell makes of it.
      let command = example.command.replacing("source <(", with: "").replacing(")", with: "")
        .replacing("'make test'", with: "make")
      let words = command.split(separator: " ").map(String.init)
      try #require(words.first == "mtor")
      #expect(try ArgumentParser.parse(Array(words.dropFirst())).verb == name)
    }
  }

  @Test(arguments: Verb.all.map(\.name))
  func everyFlagIsInHelpManualAndCompletions(name: VerbName) {
    let verb = Verb.named(name)
    let help = HelpText.of(verb)
    let manual = ManualPage.text().replacing("\\-", with: "-")
    let shells = Completions.Shell.allCases.map { ($0, Completions.script(for: $0)) }
    #expect(manual.contains(".SS \"\(verb.usage.replacing("…", with: "..."))\""))
    for flag in verb.allFlags {
      #expect(help.contains(flag.synopsis))
      #expect(manual.contains("\\fB\(flag.name.rawValue)\\fR"))
      for (shell, script) in shells {
        let written = shell == .fish ? "-l \(flag.name.rawValue.dropFirst(2))" : flag.name.rawValue
        #expect(script.contains(written), "\(shell) lacks \(flag.name.rawValue)")
      }
    }
  }

  @Test func everyVerbAndExitCodeIsInTheWholeHelp() {
    let help = HelpText.everything()
    for verb in Verb.all {
      #expect(help.contains("\n  \(verb.usage)\n"))
      #expect(help.contains("$ \(verb.examples[0].command)\n"))
    }
    for code in ExitCode.allCases { #expect(help.contains("\n  \(code.rawValue) ")) }
  }

  @Test func whatNeedsNoVerbIsInHelpManualAndPage() {
    let manual = ManualPage.text().replacing("\\-", with: "-")
    for flag in Flag.alone {
      #expect(HelpText.everything().contains("\n  \(flag.synopsis) "))
      #expect(manual.contains("\\fB\(flag.name.rawValue)\\fR"))
      #expect(CommandLinePage.text().contains("| `\(flag.synopsis)` |"))
    }
  }

  @Test func thePageOfTheCommandLineIsThatOfTheTable() throws {
    let path = ScriptFolder.repository + "/docs/command-line.md"
    if ScriptTests.isUpdate { try write(CommandLinePage.text(), to: path) }
    #expect(try read(path) == CommandLinePage.text(), "scripts/test --update writes it")
  }

  @Test func noHelpLineIsWiderThanATerminal() {
    let texts = Verb.all.map(HelpText.of) + [HelpText.overview(), HelpText.everything()]
    for line in texts.joined().split(separator: "\n") where !line.contains("$ ") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func exitCodesHaveAnOrder() {
    #expect(Set(ExitCode.byPrecedence) == Set(ExitCode.allCases))
    #expect(ExitCode.byPrecedence.count == ExitCode.allCases.count)
    #expect(ExitCode.stronger(.failed, .conflict) == .conflict)
    #expect(ExitCode.stronger(.success, .pending) == .pending)
  }
}
