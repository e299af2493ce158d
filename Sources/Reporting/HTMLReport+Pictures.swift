import Events
import Planning
import Platform

/// The pictures of a page: what took the time, and what took the tokens.
extension HTMLReport {
  /// Something that took time, on the run's own clock.
  private struct Span {
    let text: String
    /// What the page holds about it; nil for a command of a step.
    let anchor: String?
    let symbol: String
    let meaning: Style.Meaning
    var start: Double
    let seconds: Double

    init(_ command: CommandRecord, anchor: String? = nil, start: Double) {
      let line = StepLine(command)
      text = "\(line.verb): \(LanguageModelText.cut(line.subject, 120))"
      self.anchor = anchor
      symbol = line.symbol
      meaning = line.meaning
      self.start = start
      seconds = command.seconds
    }

    init(_ step: RunReport.Step, anchor: String, start: Double) {
      let look = StepLine.look(of: step.outcome ?? .interrupted)
      text = step.id
      self.anchor = anchor
      symbol = look.symbol
      meaning = look.meaning
      self.start = start
      seconds = step.ended.map { Double($0 - step.started) / 1e9 } ?? 0
    }

    var end: Double { start + seconds }
  }

  // MARK: Time

  /// Every step and every command as a bar on the run's time, and all of them in one strip.
  func timeline() -> String {
    guard report.steps.contains(where: { $0.ended != nil }) || !report.commands.isEmpty else {
      return ""
    }
    let spans = spans()
    let whole = max(report.seconds, spans.map(\.end).max() ?? 0, 0.001)
    let strip = spans.filter { $0.anchor != nil }
    // What is red is drawn last: no green hides it.
    let sorted = strip.filter { $0.meaning != .bad } + strip.filter { $0.meaning == .bad }
    let segments = sorted.map {
      "<i class=\"\(name($0.meaning))\"\(place($0, whole))></i>"
    }
    var rows = spans
    if spans.count - strip.count > 300 {
      rows = spans.filter { $0.anchor != nil || $0.meaning == .bad || $0.seconds > whole / 100 }
    }
    let leftOut = spans.count - rows.count
    var table =
      "<table class=\"bars\"><caption class=\"hidden\">what ran when, and for how long</caption>\n"
    for span in rows { table += row(span, whole) }
    table += "</table>\n"
    if leftOut > 0 {
      table +=
        "<p class=\"faint\">\(Phrases.count(leftOut, "command")) of less than a hundredth of "
      table += "the time each: not shown here</p>\n"
    }
    let steps = report.steps.count { $0.outcome != .skipped }
    if rows.count > 30 {
      table =
        "<details class=\"time\"><summary><span class=\"name\">"
        + "\(Phrases.count(steps, "step")) and "
        + "\(Phrases.count(rows.count - steps, "command")), when each ran</span></summary>"
        + "<div class=\"inner\">\n\(table)</div></details>\n"
    }
    return "<h2>Time</h2>\n<p class=\"faint\">\(Phrases.duration(report.seconds)) in all</p>\n"
      + "<div class=\"strip\" aria-hidden=\"true\">\(segments.joined())</div>\n" + table
  }

  /// In their order. A record says how long a command took and not when it began: those of a step
  /// are drawn one after the other, and never beyond its end.
  private func spans() -> [Span] {
    var spans: [Span] = []
    var clock = 0.0
    for (index, command) in commands(.setup) where Self.hasRun(command) {
      spans.append(Span(command, anchor: "setup-\(index + 1)", start: clock))
      clock += command.seconds
    }
    for (index, step) in report.steps.enumerated() where step.outcome != .skipped {
      let start = Double(step.started - report.started) / 1e9
      let span = Span(step, anchor: "step-\(index + 1)", start: start)
      spans.append(span)
      var offset = 0.0
      for command in step.commands where Self.hasRun(command) {
        let latest = max(0, span.seconds - command.seconds)
        spans.append(Span(command, start: start + min(offset, latest)))
        offset += command.seconds
      }
      clock = max(clock, span.end)
    }
    for (index, command) in commands(.verify) where Self.hasRun(command) {
      spans.append(Span(command, anchor: "verify-\(index + 1)", start: clock))
      clock += command.seconds
    }
    return spans
  }

  private static func hasRun(_ command: CommandRecord) -> Bool {
    command.outcome != .skipped && command.outcome != .cached
  }

  private func row(_ span: Span, _ whole: Double) -> String {
    let subject =
      span.anchor.map { "<a href=\"#\($0)\">\(escape(span.text))</a>" } ?? escape(span.text)
    return "<tr\(span.anchor == nil ? " class=\"in\"" : "")><th scope=\"row\">"
      + "<span class=\"\(name(span.meaning))\">\(span.symbol)</span> \(subject)</th>"
      + "<td class=\"\(name(span.meaning))\"><div class=\"bar\" aria-hidden=\"true\">"
      + "<i\(place(span, whole))></i></div></td>"
      + "<td class=\"n\">\(Phrases.duration(span.seconds))</td></tr>\n"
  }

  private func place(_ span: Span, _ whole: Double) -> String {
    " style=\"left:\(percent(span.start / whole));width:\(percent(span.seconds / whole))\""
  }

  // MARK: Tokens

  /// Tokens and money of each attempt as bars; one sentence where there are none.
  func money() -> String {
    var text = "<h2>Tokens</h2>\n<p>\(escape(Phrases.tokens(report.usage)))</p>\n"
    let asked =
      report.steps.flatMap { step in step.attempts.map { (step.id, $0) } }
      + report.attempts.map { ("verify", $0) }
    let paid = asked.filter { $0.1.usage.requests > 0 }
    let most = Double(paid.map(\.1.usage.tokens).max() ?? 0)
    guard most > 0 else { return text }
    let dearest = paid.map(\.1.usage.usd).max() ?? 0
    text += "<p><span class=\"key news\"><span>prompt</span></span> "
    text += "<span class=\"key odd\"><span>reply</span></span>"
    text += dearest > 0 ? " <span class=\"key good\"><span>money</span></span></p>\n" : "</p>\n"
    text += "<table class=\"bars tokens\"><caption class=\"hidden\">tokens and money of each "
    text += "attempt</caption>\n"
    for (owner, attempt) in paid {
      let usage = attempt.usage
      let prompt = Double(usage.inputTokens) / most
      text += "<tr><th scope=\"row\">\(escape(owner)) <span class=\"faint\">\(attempt.number), "
      text += "\(escape(attempt.model ?? attempt.by.rawValue))</span></th><td>"
      text += "<div class=\"bar\" aria-hidden=\"true\">"
      text += "<i class=\"news\" style=\"left:0;width:\(percent(prompt))\"></i>"
      text += "<i class=\"odd\" style=\"left:\(percent(prompt));"
      text += "width:\(percent(Double(usage.outputTokens) / most))\"></i></div>"
      if dearest > 0 {
        text += "<div class=\"bar money\" aria-hidden=\"true\"><i class=\"good\" "
        text += "style=\"left:0;width:\(percent(usage.usd / dearest))\"></i></div>"
      }
      text += "</td><td class=\"n\">\(escape(Phrases.tokens(usage)))</td></tr>\n"
    }
    return text + "</table>\n"
  }

  private func percent(_ share: Double) -> String {
    Phrases.fixed(min(max(share, 0), 1) * 100, 2) + "%"
  }
}
