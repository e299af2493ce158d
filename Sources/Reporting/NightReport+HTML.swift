import Events
import Platform

extension NightReport {
  /// The same as a page: each run to be opened, those that wait for a person open already.
  public var page: String {
    let (waiting, overtaken, repaired, green) = (waiting, overtaken, repaired, green)
    var room = 300_000
    let count = max(waiting.count, tasks.count(where: \.isWaiting))
    var body = HTMLPage.header(
      title, badge: count == 0 ? "✓ nothing waits" : "✗ \(count) waiting",
      isGood: count == 0, hasDetails: !reports.isEmpty)
    body += "<main id=\"content\" tabindex=\"-1\">\n"
    body += taskTable
    if reports.isEmpty { body += "<p>No run is recorded.</p>\n" }
    if !reports.isEmpty {
      body += "<p>\(Phrases.count(reports.count, "run")) · "
      if !overtaken.isEmpty { body += "\(overtaken.count) green since · " }
      body += "\(repaired.count) repaired · "
      body +=
        "\(green.count) green at no cost · \(cost.map(HTMLPage.escape).joined(separator: " · "))</p>\n"
    }
    body += Self.section("Waiting for a person", waiting, isOpen: true, &room)
    body += Self.section("Red, and green since", overtaken, isOpen: false, &room)
    body += Self.section("Repaired", repaired, isOpen: false, &room)
    body += Self.section("Green at no cost", green, isOpen: false, &room)
    return HTMLPage.text(title: title, body: body + "</main>\n" + HTMLPage.footer)
  }

  private var taskTable: String {
    if tasks.isEmpty { return "" }
    let rows = tasks.prefix(2000).map { task in
      let (name, sign) = task.isWaiting ? ("bad", "✗") : ("good", "✓")
      return "<tr><td class=\"k \(name)\">\(sign)</td><th scope=\"row\">"
        + "\(HTMLPage.escape(task.name))</th><td>\(HTMLPage.escape(task.words))</td></tr>\n"
    }
    return "<table class=\"steps\">\n\(rows.joined())</table>\n"
  }

  private static func section(
    _ title: String, _ reports: [RunReport], isOpen: Bool, _ room: inout Int
  ) -> String {
    if reports.isEmpty { return "" }
    var text = "<h2>\(title)</h2>\n"
    for (index, report) in reports.enumerated() {
      let run = run(report, isOpen: isOpen && index < 10)
      guard run.utf8.count < room else {
        return text + "<p class=\"faint\">\(Phrases.count(reports.count - index, "more run"))"
          + ": see mtor log</p>\n"
      }
      room -= run.utf8.count
      text += run
    }
    return text
  }

  private static func run(_ report: RunReport, isOpen: Bool) -> String {
    let line = RunSummaryText.line(of: report)
    let details = line.details.map(HTMLPage.escape).joined(separator: " · ")
    var text = "<details class=\"step\"\(isOpen ? " open" : "")><summary>"
    text += "<span class=\"\(HTMLPage.name(line.meaning))\">\(line.symbol) "
    text += "\(HTMLPage.escape(line.verb))</span> "
    text += "<span class=\"name\">\(HTMLPage.escape(report.manifestName))</span> "
    text += "<span class=\"what\">\(HTMLPage.escape(report.root)) · \(details)</span>"
    text += "</summary><div class=\"inner\">\n"
    if let next = RunSummaryText.next(report) {
      text += "<p class=\"next\">\(HTMLPage.escape(next))</p>\n"
    }
    let mended = fixes(report)
    if !mended.isEmpty {
      text += "<p>mended: \(HTMLPage.escape(mended.joined(separator: ", ")))</p>\n"
    }
    text += steps(of: report)
    if let (_, command) = RunSummaryText.firstFailure(report), !command.output.isEmpty {
      let tail = HTMLReport.tail(command.output, 4000)
      text += "<pre tabindex=\"0\">\(Markup.escaped(tail))</pre>\n"
    }
    text += "<p class=\"faint\"><code>mtor show \(HTMLPage.escape(report.run)) "
    return text + "-C \(HTMLPage.escape(report.root))</code></p>\n</div></details>\n"
  }

  /// Each step of a short run; of a long one those that did not simply pass.
  private static func steps(of report: RunReport) -> String {
    let isLong = report.steps.count > 12
    let shown = report.steps.filter { !isLong || $0.outcome != .passed }.prefix(100)
    var text = ""
    for step in shown {
      let line = StepLine(step)
      text += "<tr><td class=\"k \(HTMLPage.name(line.meaning))\">\(line.symbol) "
      text += "\(HTMLPage.escape(line.verb))</td><th scope=\"row\">\(HTMLPage.escape(step.id))</th>"
      text += "<td>\(line.details.map(HTMLPage.escape).joined(separator: " · "))</td></tr>\n"
    }
    if !text.isEmpty { text = "<table class=\"steps\">\n\(text)</table>\n" }
    let passed = isLong ? report.steps.count { $0.outcome == .passed } : 0
    if passed > 0 { text += "<p class=\"good\">✓ \(Phrases.count(passed, "step")) passed</p>\n" }
    let rest = report.steps.count - shown.count - passed
    return rest > 0
      ? text + "<p class=\"faint\">\(Phrases.count(rest, "more step")): see mtor show</p>\n" : text
  }
}
