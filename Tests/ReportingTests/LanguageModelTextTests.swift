import Events
import Planning
import Platform
import Reporting
import Testing
import YAMLTree

@Suite struct LanguageModelTextTests {
  private func text(_ end: RunEnd, _ kinds: [RunEvent.Kind]) throws -> String {
    LanguageModelText.text(try #require(RunReport(folding: events(end: end, kinds))))
  }

  @Test func greenIsOneLine() throws {
    #expect(
      try text(RunEnd(outcome: .passed, exit: 0), step("a"))
        == "passed: 1 created; 1 step; 0.04s; 0 tokens\n")
  }

  @Test func redSaysWhatFailedAndWhatToSend() throws {
    let red = command(
      .test, "pytest -q", .failed, exit: 1, output: "collected 3\n\nE  assert 1 == 2\nend\n")
    #expect(
      try text(RunEnd(outcome: .failed, exit: 1), step("a", [.created, .edited], [red], .failed))
        == """
        failed: 1 created, 1 edited; 1 step (1 failed); 0.06s; 0 tokens
        step: a
        command: pytest -q
        result: exit code 1
        where: hello.yaml:24
        output:
        collected 3
        E  assert 1 == 2
        end
        files: f0, f1
        next: send the step again with corrected `content` for these files; mtor replaces what it \
        wrote itself

        """)
  }

  @Test func itNeverGrowsOverItsLimitAndShowsTheError() throws {
    let noise = (0..<5000).map { "line \($0) \u{1B}[1m" }
    let output = (noise[..<4000] + ["TypeError: no é"] + noise[4000...]).joined(separator: "\n")
    var red = command(.test, String(repeating: "é", count: 9000), .failed, exit: 1, output: output)
    red.reason = String(repeating: "because ", count: 50)
    let files = [PlannedFile.Action](repeating: .created, count: 400)
    let text = try text(
      RunEnd(outcome: .failed, exit: 1), step("a", files, [red], .failed))
    #expect(text.utf8.count <= 2048)
    #expect(text.utf8.count > 1500)
    #expect(text.contains("TypeError: no é\n"))
    #expect(text.contains("line 3999 "))
    #expect(text.contains("next: send the step again"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test func faultsOfAManifestFitToo() {
    let faults = (0..<900).map { number in
      Diagnostic(
        number == 899 ? .error : .warning, "rule", "message \(number)", file: "m.yaml",
        at: .init(line: number + 1, column: 2), hint: number == 899 ? "write\n\ta\u{1B}\nb" : "h")
    }
    let text = LanguageModelText.text(faults)
    #expect(text.utf8.count <= 2048 && text.utf8.count > 1900)
    #expect(
      text.hasPrefix(
        "m.yaml:900:2: error[rule]: message 899; help: write\n\ta\\u{1B}\nb\n"
          + "m.yaml:1:2: warning[rule]: message 0; help: h\n"))
    #expect(text.hasSuffix(" more\n1 error, 899 warnings\n"))
    #expect(
      LanguageModelText.text([faults[0]], end: "m.yaml: valid\n")
        == "m.yaml:1:2: warning[rule]: message 0; help: h\nm.yaml: valid\n")
    let long = Diagnostic(
      .error, "rule", String(repeating: "é", count: 9000), file: "m.yaml", hint: "h")
    let one = LanguageModelText.text([long, long])
    #expect(one.utf8.count <= 2048 && one.hasSuffix("…\n… and 1 more\n2 errors\n"))
  }

  @Test func aConflictNamesEveryPath() throws {
    let conflict = Conflict(
      path: "a/b", rule: "conflict-changed", message: "differs from HEAD", hint: "commit it",
      step: "s", mark: .init(line: 1, column: 1))
    let text = try text(
      RunEnd(outcome: .conflict, exit: 4), [.conflicted(step: nil, [conflict])])
    #expect(text.contains("a/b: differs from HEAD: commit it\n"))
    #expect(text.contains("next: correct the entries named above"))
  }
}
