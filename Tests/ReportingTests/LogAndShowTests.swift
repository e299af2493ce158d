import Events
import Planning
import Platform
import Reporting
import Testing
import YAMLTree

@Suite struct LogAndShowTests {
  private let plain = Style(isColored: false)

  private let runs = [
    RunSummary(
      run: "20260131-120000-4f1a", manifest: "hello", root: "/t", started: 0, seconds: 0.42,
      outcome: .repaired, exit: 0, files: 1234, steps: 2, stepsWithModel: 1,
      usage: ModelUsage(requests: 1, inputTokens: 3000, outputTokens: 120)),
    RunSummary(
      run: "20260131-110000-0001", manifest: "a\u{1B}[2J", root: "/t", started: 0, seconds: nil,
      outcome: nil, exit: nil, files: 0, steps: 1, stepsWithModel: 0, usage: ModelUsage()),
  ]

  @Test func theLogLinesUp() {
    let text = LogText.text(runs, plain, width: nil)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("20260131-120000-4f1a  "))
    #expect(lines[1].hasSuffix("repaired    1,234      2         1   3,120  0.42s"))
    #expect(lines[2].hasSuffix("unfinished      0      1         0       0      -"))
    #expect(lines[2].contains("a\\u{1B}[2J"))
    #expect(LogText.text([], plain, width: nil) == "no runs are recorded here\n")
  }

  @Test func aNarrowLogKeepsWhatMatters() {
    let text = LogText.text([runs[0]], plain, width: 44)
    #expect(
      text == """
        run                   manifest  outcome
        20260131-120000-4f1a  hello     repaired

        """)
  }

  @Test func theLogAsJSONHasEveryRun() {
    let json = LogText.json(runs)
    #expect(json["runs"]?.array?.map { $0["outcome"] } == ["repaired", .null])
    #expect(json["runs"]?.array?.first?["llm"]?["input_tokens"] == 3000)
  }

  @Test func aRunIsShownAsItWasTold() throws {
    let red = command(.test, "pytest", .failed, exit: 1, output: "boom\n")
    let kinds = step("a", [.created, .unchanged], [red], .failed)
    let end = RunEnd(outcome: .failed, exit: 1, canUndo: true)
    let report = try #require(RunReport(folding: events(end: end, kinds)))
    let text = ShowText.text(report, plain, width: nil)
    let told = told(end: end, kinds)
    #expect(
      text.hasPrefix("          run  20260131-120000-4f1a\n     manifest  hello (hello.yaml)\n"))
    #expect(text.hasSuffix(told.split(separator: "\n").suffix(3).joined(separator: "\n") + "\n"))
    #expect(text.contains("\n      created  f0\n✗        test  pytest  exit code 1 · 0.25s\n"))
    #expect(text.contains("  │ boom\n"))
  }

  @Test func errorsHaveOneShape() {
    let fault = Diagnostic(
      .error, "duplicate-key", "twice", file: "a.yaml", at: Mark(line: 3, column: 2), hint: "once")
    let json = ErrorReport.json(code: "invalid", [fault])
    #expect(
      json["error"]?.text()
        == #"{"code":"invalid","message":"twice","location":{"file":"a.yaml","line":3,"column":2},"#
        + #""hint":"once"}"#)
    #expect(json["ok"] == false)
    #expect(json["diagnostics"]?.array?.count == 1)
    #expect(
      ErrorReport.text(message: "no\u{7}", hint: "try", plain)
        == "error: no\\u{7}\n = help: try\n")
  }
}
