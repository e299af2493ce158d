import Testing

@testable import mtor

@Suite struct ArgumentParserTests {
  @Test func readsVerbOperandsAndFlagsInAnyOrder() throws {
    let invocation = try ArgumentParser.parse([
      "-C", "there", "apply", "-j4", "a.yaml", "--param=A=b=c", "--param", "B=", "--", "--force",
    ])
    #expect(invocation.verb == .apply)
    #expect(invocation.operands == ["a.yaml", "--force"])
    #expect(invocation.value(.root) == "there")
    #expect(invocation.count(.jobs) == 4)
    #expect(invocation.all(.param).map(\.text) == ["A=b=c", "B="])
    #expect(!invocation.has(.force))
  }

  @Test func aDashIsAnOperand() throws {
    #expect(try ArgumentParser.parse(["apply", "-"]).operands == ["-"])
  }

  @Test(arguments: [["apply", "--help"], ["-h", "apply"], ["apply", "--nonsense", "-h", "x"]])
  func helpWinsOverEveryFault(arguments: [String]) throws {
    let invocation = try ArgumentParser.parse(arguments)
    #expect(invocation.verb == .help)
    #expect(invocation.operands == ["apply"])
  }

  @Test func collectsEveryFault() {
    let faults = faults(of: ["apply", "--fromat", "-j", "0", "--on-failure=kep", "--force=1"])
    #expect(
      faults.map(\.rule) == [
        "usage-unknown-flag", "usage-value", "usage-value", "usage-no-value",
        "usage-missing-operand",
      ])
    #expect(faults.map(\.argument) == [1, 3, 4, 5, nil])
    #expect(
      faults.map(\.hint) == [
        "did you mean '--format'?", "write a whole number from 1", "did you mean 'keep'?",
        "write --force alone", "write mtor apply [options] MANIFEST…",
      ])
  }

  @Test(arguments: [
    (["aply", "--force"], "usage-unknown-verb", "did you mean 'apply'?"),
    (["frobnicate"], "usage-unknown-verb", "'mtor help --all' lists the verbs"),
    ([], "usage-no-verb", "'mtor help' lists what mtor can do"),
    (["undo", "a", "b"], "usage-extra-operand", "write mtor undo [options] [RUN]"),
    (["completions", "bsh"], "usage-value", "did you mean 'bash'?"),
    (["apply", "m", "--root"], "usage-missing-value", "write --root DIR"),
    (["apply", "m", "--root="], "usage-missing-value", "write --root DIR"),
    (["apply", "m", "-C", "a", "--root", "b"], "usage-repeated", "give it once"),
    (
      ["--force", "apply", "m"], "usage-unknown-flag",
      "flags of a verb stand after it: mtor help --all"
    ),
  ])
  func namesTheCorrection(arguments: [String], rule: String, hint: String) {
    let faults = faults(of: arguments)
    #expect(faults.map(\.rule) == [rule])
    #expect(faults.map(\.hint) == [hint])
  }

  @Test func pointsAtTheArgumentAndHidesControls() {
    let arguments = ["apply", "a b", "--x\u{1B}[31m"]
    let text = faults(of: arguments).map { $0.text(arguments: arguments) }.joined()
    #expect(
      text == #"""
        error[usage-unknown-flag]: 'apply' has no flag '--x\u{1B}[31m'
          | mtor apply 'a b' '--x\u{1B}[31m'
          |                  ^^^^^^^^^^^^^^^
          = help: 'mtor help apply' lists its flags

        """#)
  }

  private func faults(of arguments: [String]) -> [UsageFault] {
    do {
      _ = try ArgumentParser.parse(arguments)
      return []
    } catch {
      return error.all
    }
  }
}
