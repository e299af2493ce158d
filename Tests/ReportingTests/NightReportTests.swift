import Events
import Planning
import Platform
import Reporting
import Testing

@Suite struct NightReportTests {
  @Test func whatWaitsComesFirst() throws {
    let red = command(.test, "t", .failed, exit: 1)
    var attempt = AttemptRecord(number: 1, by: .model, model: "cheap", outcome: .fixed)
    attempt.usage = ModelUsage(requests: 1, inputTokens: 100, outputTokens: 20)
    var mended = step("b", [.created], [red], .repaired)
    mended.insert(.attemptEnded(step: "b", attempt), at: mended.count - 1)
    let reports = try [
      (RunEnd(outcome: .passed, exit: 0), step("a")),
      (RunEnd(outcome: .repaired, exit: 0), mended),
      (RunEnd(outcome: .failed, exit: 1, canUndo: true), step("c", [.created], [red], .failed)),
    ].map { end, kinds in try #require(RunReport(folding: events(end: end, kinds))) }
    let text = NightReport(reports, since: 0).markdown
    #expect(
      text.split(separator: "\n", maxSplits: 1).last.map(String.init) == """

        3 runs: 1 waiting for a person, 1 repaired, 1 green at no cost. 120 tokens.

        ## Waiting for a person

        - **hello** in /tree: step c failed: t: exit code 1 (hello.yaml:24); left in the tree; \
        mtor undo puts it back (run 20260131-120000-4f1a)

        ## Repaired

        - **hello** in /tree: b by cheap; 120 tokens (run 20260131-120000-4f1a)

        ## Green at no cost

        - **hello** in /tree: 1 created · 1 step · 0.04s · 0 tokens (run 20260131-120000-4f1a)

        """)
    #expect(NightReport([], since: 0).markdown.hasSuffix("No run is recorded.\n"))
    let json = NightReport(reports, since: 0).json.text()
    let run = "\"20260131-120000-4f1a\""
    #expect(json.hasPrefix("{\"ok\":false,\"title\":\"Runs since "))
    #expect(
      json.contains(
        "\"waiting\":[\(run)],\"green_since\":[],\"repaired\":[\(run)],\"green\":[\(run)],\"llm\":")
    )
    #expect(NightReport([], since: 0).json.text().hasPrefix("{\"ok\":true,"))
    let plain = NightReport(reports, title: "Batch a").text(Style(isColored: false))
    #expect(
      plain == """
        Batch a
        3 runs: 1 waiting for a person, 1 repaired, 1 green at no cost
        120 tokens

        Waiting for a person
          ✗ hello in /tree, run 20260131-120000-4f1a
            step c failed: t: exit code 1 (hello.yaml:24); left in the tree; mtor undo puts it back

        Repaired
          ↻ hello in /tree, run 20260131-120000-4f1a
            b by cheap; 120 tokens

        Green at no cost
          ✓ hello in /tree, run 20260131-120000-4f1a
            1 created · 1 step · 0.04s · 0 tokens

        """)
    #expect(
      NightReport([], title: "Batch a").text(Style(isColored: false))
        == "Batch a\nno run is recorded\n")
    let page = NightReport(reports, since: 0).page
    #expect(page.contains("<p>3 runs · 1 repaired · 1 green at no cost · 120 tokens</p>"))
    let titles = page.split(separator: "\n").filter { $0.hasPrefix("<h2>") }
    #expect(
      titles == [
        "<h2>Waiting for a person</h2>", "<h2>Repaired</h2>", "<h2>Green at no cost</h2>",
      ])
    #expect(page.contains("<p>mended: b by cheap</p>"))
    #expect(page.components(of: "<details class=\"step\" open>") == 1)
    #expect(NightReport([], since: 0).page.contains("<p>No run is recorded.</p>"))
  }

  @Test func whatIsGreenSinceWaitsForNobody() throws {
    let red = command(.test, "t", .failed, exit: 1)
    let reports = try [
      (RunEnd(outcome: .failed, exit: 1), step("a", [.created], [red], .failed)),
      (RunEnd(outcome: .passed, exit: 0), step("a")),
    ].map { end, kinds in try #require(RunReport(folding: events(end: end, kinds))) }
    let text = NightReport(reports, since: 0).markdown
    #expect(
      text.contains("2 runs: 0 waiting for a person, 1 green since, 0 repaired, 1 green at no"))
    #expect(text.contains("## Red, and green since\n"))
    let page = NightReport(reports, since: 0).page
    #expect(page.contains("✓ nothing waits"))
    #expect(page.contains("<p>2 runs · 1 green since · 0 repaired · 1 green at no cost"))
    let waiting = NightReport(reports.reversed(), since: 0).markdown
    #expect(waiting.contains("2 runs: 1 waiting for a person, 0 repaired, 1 green at no cost."))
  }
}
