import Events
import Planning
import Platform
import Reporting
import Testing
import YAMLTree

@Suite struct FileReportTests {
  private let evil = "<script>alert(1)</script> ]]> & \u{1B}[2J \u{FFFF} ::error::x ##[error]y `|"

  private func report(_ end: RunEnd, _ kinds: [RunEvent.Kind]) throws -> RunReport {
    try #require(RunReport(folding: events(end: end, kinds)))
  }

  private func hostileRun() throws -> RunReport {
    var red = command(.test, evil, .failed, exit: 1, output: evil + "\n" + evil)
    red.reason = evil
    var attempt = AttemptRecord(number: 1, by: .model, model: evil, outcome: .rejected)
    attempt.reason = evil
    attempt.files = [evil]
    attempt.usage = ModelUsage(requests: 1, inputTokens: 5, outputTokens: 5)
    var kinds = step(evil, [.created], [red], .failed, reason: evil)
    kinds.insert(.attemptEnded(step: evil, attempt), at: kinds.count - 1)
    return try report(
      RunEnd(outcome: .failed, exit: 1, reason: evil), [.noted(evil)] + kinds)
  }

  @Test func aRunAsJUnit() throws {
    let kinds =
      [.commandEnded(step: nil, command(.setup, "make deps"))]
      + step(
        "a", [.created],
        [
          command(.test, "ok"), command(.test, "<bad>", .failed, exit: 1, output: "no & no\n"),
          command(.test, "slow", .timedOut, exit: nil), command(.test, "later", .skipped),
        ], .failed)
    let text = JUnitReport.text(try report(RunEnd(outcome: .failed, exit: 1), kinds))
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="hello" tests="6" failures="1" errors="1" time="0.130">
          <testsuite name="setup" tests="1" failures="0" errors="0" skipped="0" time="0.250" \
        timestamp="1970-01-01T00:00:00">
            <testcase classname="setup" name="setup: make deps" time="0.250"/>
          </testsuite>
          <testsuite name="a" tests="5" failures="1" errors="1" skipped="1" time="1.000" \
        timestamp="1970-01-01T00:00:00">
            <testcase classname="a" name="files" time="0.000"/>
            <testcase classname="a" name="test: ok" time="0.250"/>
            <testcase classname="a" name="test: &lt;bad&gt;" time="0.250">
              <failure message="exit code 1" type="failure"/>
              <system-out>no &amp; no
        </system-out>
            </testcase>
            <testcase classname="a" name="test: slow" time="0.250">
              <error message="timed out" type="error"/>
            </testcase>
            <testcase classname="a" name="test: later" time="0.250">
              <skipped message="exit code 0"/>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func aRunWithoutStepsIsStillACase() throws {
    let text = JUnitReport.text(
      try report(RunEnd(outcome: .conflict, exit: 4, reason: "in the way"), []))
    #expect(text.contains("<error message=\"in the way\" type=\"error\"/>"))
  }

  @Test func nothingHostileLeavesItsPlace() throws {
    let report = try hostileRun()
    for text in [JUnitReport.text(report), HTMLReport.text(report), MarkdownReport.text(report)] {
      #expect(!text.contains("<script>alert"))
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Printable.isUnsafe($0) })
    }
    // XML has no way to write it.
    #expect(!JUnitReport.text(report).unicodeScalars.contains("\u{FFFF}"))
    let sarif = SARIFReport.json(report).text()
    #expect(sarif.unicodeScalars.allSatisfy { !Printable.isUnsafe($0) })
  }

  @Test func outputIssuesNoWorkflowCommand() throws {
    let output = "::error::no\n##[error]no\n  ::set-env name=A::b\n::mtor::\n"
    let capture = Capture()
    let reporter = GitHubReporter(capture.console())
    let red = command(.test, "t", .failed, exit: 1, output: output)
    for event in events(
      end: RunEnd(outcome: .failed, exit: 1), step("a", [.created], [red], .failed))
    {
      reporter.receive(event)
    }
    let lines = capture.text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "::group::✗      failed  a  1 created · 1 of 1 test failed · 0.04s")
    #expect(lines[1] == "$ t")
    #expect(lines[2].hasPrefix("::stop-commands::mtor-"))
    let token = lines[2].dropFirst("::stop-commands::".count)
    let end = try #require(lines.firstIndex(of: "::\(token)::"))
    #expect(
      lines[3..<end] == [
        "| ::error::no", "| ## [error]no", "|   ::set-env name=A::b", "| ::mtor::", "| ",
      ])
    #expect(lines[end + 1] == "::endgroup::")
    #expect(
      lines[end + 2]
        == "::error file=hello.yaml,line=24,col=1,title=test-failed::step a: t: exit code 1")
    #expect(!capture.text.contains("##["))
  }

  @Test func aRunAsSARIF() throws {
    let conflict = Conflict(
      path: "a b/é.py", rule: "conflict-changed", message: "differs from HEAD", hint: "commit it",
      step: "s", mark: Mark(line: 3, column: 5))
    let red = command(.test, "t", .failed, exit: 1)
    let json = SARIFReport.json(
      try report(
        RunEnd(outcome: .failed, exit: 1),
        [.conflicted(step: "s", [conflict])] + step("a", [.created], [red], .failed)))
    let run = json["runs"]?.array?.first
    #expect(
      run?["tool"]?["driver"]?["rules"]?.array?.map { $0["id"] }
        == ["conflict-changed", "test-failed"])
    let results = run?["results"]?.array
    #expect(results?.map { $0["ruleIndex"] } == [0, 1])
    #expect(
      results?.first?["locations"]?.array?.first?["physicalLocation"]?.text()
        == #"{"artifactLocation":{"uri":"hello.yaml"},"region":{"startLine":3,"startColumn":5}}"#)
    #expect(
      results?.first?["relatedLocations"]?.array?.first?["physicalLocation"]?["artifactLocation"]?[
        "uri"] == "a%20b/%C3%A9.py")
  }

  @Test func everyEventIsALineOfJSON() throws {
    let capture = Capture()
    let listener = EventLines(capture.console())
    var kinds = step("a", [.created], [command(.test, "t")])
    kinds += [.noted(evil), .committed(id: "1", message: evil)]
    kinds.append(.stepsSkipped(ids: ["b", "c"], reason: "over"))
    let all = events(end: RunEnd(outcome: .passed, exit: 0), kinds)
    for event in all { listener.receive(event) }
    let lines = capture.text.split(separator: "\n")
    #expect(lines.count == all.count)
    let names = try lines.map { try JSON(parsing: String($0))["event"] }
    #expect(
      names == [
        "run_started", "step_started", "files_landed", "command_started", "command_ended",
        "step_ended", "noted", "committed", "steps_skipped", "run_ended",
      ])
  }

  @Test func aPageStaysSmallAndAsksForNothing() throws {
    let noise = String(repeating: "a line of output & more\n", count: 5000)
    let kinds = (0..<100).flatMap { index in
      step(
        "step-\(index)", [.created], [command(.test, "t", .failed, exit: 1, output: noise)], .failed
      )
    }
    let text = HTMLReport.text(try report(RunEnd(outcome: .failed, exit: 1), kinds))
    #expect(text.utf8.count < 500_000)
    #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("src="))
    #expect(text.contains("default-src 'none'"))
  }
}
