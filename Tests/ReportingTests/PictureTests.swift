import Events
import Planning
import Reporting
import Testing

/// What a page draws: when steps and commands ran, and what attempts cost.
@Suite struct PictureTests {
  private func page(
    _ kinds: [RunEvent.Kind], end: RunEnd = RunEnd(outcome: .passed, exit: 0)
  ) throws -> String {
    HTMLReport.text(try #require(RunReport(folding: events(end: end, kinds))))
  }

  @Test func commandsStandOnTheTimeLineInsideTheirStep() throws {
    let page = try page(step("a", [.created], [command(.test, "one"), command(.test, "two")]))
    // The step began 10 ms after the run and its commands say 250 ms: that is where they are drawn.
    #expect(page.contains("<a href=\"#step-1\">a</a></th><td class=\"good\">"))
    #expect(page.contains("<i style=\"left:3.85%;width:96.15%\">"))
    #expect(page.components(of: "<tr class=\"in\">") == 2)
    #expect(page.contains("</span> test: one</th>"))
    #expect(page.contains("<details class=\"step\" id=\"step-1\">"))
  }

  @Test func aLinkLeadsToWhatFailed() throws {
    let red = command(.test, "two", .failed, exit: 3)
    let kinds = step("a") + step("b", [.created], [red], .failed)
    let failed = try page(kinds, end: RunEnd(outcome: .failed, exit: 1))
    #expect(failed.contains(" <a href=\"#step-2\">To what failed</a></p>"))
    #expect(failed.contains("<details class=\"step\" id=\"step-2\" open>"))
    #expect(try !page(step("a")).contains("To what failed"))
    let verify = command(.verify, "all", .failed, exit: 1)
    let last = try page(
      [.commandEnded(step: nil, command(.verify, "some")), .commandEnded(step: nil, verify)],
      end: RunEnd(outcome: .failed, exit: 1))
    #expect(last.contains("<a href=\"#verify-2\">To what failed</a>"))
    #expect(last.contains("id=\"verify-2\" open>"))
  }

  @Test func manyCommandsAreLeftOutWhereTheyTookNoTime() throws {
    var short = command(.test, "short")
    short.seconds = 0.000_1
    let long = command(.test, "long")
    let red = command(.test, "red", .failed, exit: 1)
    let kinds = step("a", [.created], Array(repeating: short, count: 400) + [long, red], .failed)
    let page = try page(kinds, end: RunEnd(outcome: .failed, exit: 1))
    #expect(page.components(of: "<tr class=\"in\">") == 2)
    #expect(page.contains("<p class=\"faint\">400 commands of less than a hundredth"))
  }

  @Test func tokensAndMoneyAreDrawnByAttempt() throws {
    var first = AttemptRecord(number: 1, by: .model, model: "cheap", outcome: .notFixed)
    first.usage = ModelUsage(requests: 1, inputTokens: 300, outputTokens: 100, usd: 0.5)
    var second = AttemptRecord(number: 2, by: .model, model: "<b>", outcome: .fixed)
    second.usage = ModelUsage(requests: 1, inputTokens: 100, outputTokens: 100, usd: 0.25)
    var kinds = step("a", [.created], [], .repaired)
    kinds.insert(.attemptEnded(step: "a", first), at: kinds.count - 1)
    kinds.insert(.attemptEnded(step: "a", second), at: kinds.count - 1)
    let page = try page(kinds, end: RunEnd(outcome: .repaired, exit: 0))
    #expect(page.contains("a <span class=\"faint\">2, &lt;b&gt;</span>"))
    #expect(page.contains("<i class=\"news\" style=\"left:0;width:75.00%\">"))
    #expect(page.contains("<i class=\"odd\" style=\"left:25.00%;width:25.00%\">"))
    #expect(page.contains("<i class=\"good\" style=\"left:0;width:50.00%\">"))
    #expect(try !self.page(step("a")).contains("class=\"bar money\""))
  }

  @Test func whatWasSaidTwiceStandsOnce() throws {
    let page = try page([.noted("again"), .noted("again"), .noted("once")] + step("a"))
    #expect(page.components(of: "<li>") == 2)
    #expect(page.contains("</strong> again <span class=\"faint\">2 times</span></li>"))
    #expect(page.contains("</strong> once</li>"))
  }
}
