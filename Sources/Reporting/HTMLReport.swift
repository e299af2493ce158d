public import Events
import Manifests
import Planning
import Platform

/// `--html FILE`: a run as one page, the outcome first.
public struct HTMLReport {
  let report: RunReport
  /// What is left of the bytes that outputs may take: a page stays under 500 KB.
  private var room = 170_000
  /// The same for changes of files.
  var changeRoom = 170_000
  let changes: [FileChange]

  /// The whole page; `changes` are shown with the steps that made them.
  public static func text(_ report: RunReport, changes: [FileChange] = []) -> String {
    var page = HTMLReport(report: report, changes: changes)
    return HTMLPage.text(
      title: "\(report.manifestName): \(report.end?.outcome.rawValue ?? "unfinished")",
      body: page.body())
  }

  private init(report: RunReport, changes: [FileChange]) {
    self.report = report
    self.changes = changes
  }

  private mutating func body() -> String {
    let summary = RunSummaryText.line(of: report)
    var text = """
      <header>
      <h1>\(escape(report.manifestName))</h1>
      <span class="badge \(name(summary.meaning))">\(summary.symbol) \(escape(summary.verb))</span>
      <button id="theme" type="button" aria-pressed="false">Dark or light</button>
      <button id="all" type="button" aria-pressed="false">Open all</button>
      </header>
      <main id="content" tabindex="-1">
      <p>\(summary.details.map(escape).joined(separator: " · "))</p>

      """
    if let next = RunSummaryText.next(report) {
      let link = failure.map { " <a href=\"#\($0)\">To what failed</a>" } ?? ""
      text += "<p class=\"next\" role=\"status\">\(escape(next)).\(link)</p>\n"
    }
    text += facts() + notices() + timeline() + steps() + money()
    return text + """
      </main>
      \(HTMLPage.footer)
      """
  }

  /// The commands of the run as a whole, each with its place among those of its kind.
  func commands(_ kind: PlannedCommand.Kind) -> [(index: Int, command: CommandRecord)] {
    report.commands.filter { $0.kind == kind }.enumerated().map { ($0.offset, $0.element) }
  }

  /// The part of the page that holds what made the run red.
  private var failure: String? {
    guard let (step, command) = RunSummaryText.firstFailure(report) else { return nil }
    if let step {
      return report.steps.firstIndex { $0.id == step }.map { "step-\($0 + 1)" }
    }
    let all = commands(command.kind)
    let red = all.last { $0.command.outcome.isRed && $0.command.line == command.line }
    return red.map { "\(command.kind.rawValue)-\($0.index + 1)" }
  }

  private func facts() -> String {
    var facts = [
      ("run", report.run), ("manifest", report.manifestFile),
      ("sha256", report.manifestDigest.hex), ("root", report.root),
      ("started", Clock.timestamp(report.started)),
    ]
    if let commit = report.commit { facts.append(("commit", commit.id)) }
    if let author = report.provenance?.author ?? report.provenance?.model {
      facts.append(("author", author))
    }
    let rows = facts.map { "<dt>\($0.0)</dt><dd>\(escape($0.1))</dd>\n" }.joined()
    return "<dl class=\"facts\">\n\(rows)</dl>\n"
  }

  private func notices() -> String {
    if report.notices.isEmpty { return "" }
    var counts: [RunReport.Notice: Int] = [:]
    for notice in report.notices { counts[notice, default: 0] += 1 }
    let items = report.notices.compactMap { notice -> String? in
      // What was said several times stands once.
      guard let count = counts.removeValue(forKey: notice) else { return nil }
      // A message names its path itself.
      let place = notice.line.map { "\(notice.file ?? report.manifestFile):\($0)" }
      let more = [place, notice.hint, count > 1 ? "\(Phrases.number(count)) times" : nil]
        .compactMap { $0.map { " <span class=\"faint\">\(escape($0))</span>" } }
      return "<li><strong class=\"\(name(Self.meaning(of: notice.kind)))\">\(notice.kind.rawValue)"
        + "</strong> \(escape(notice.message))\(more.joined())</li>\n"
    }
    return "<h2>Notices</h2>\n<ul class=\"notices\">\n\(items.joined())</ul>\n"
  }

  private static func meaning(of kind: RunReport.Notice.Kind) -> Style.Meaning {
    switch kind {
    case .conflict, .error: .bad
    case .note, .noted, .recovered: .news
    case .warning: .odd
    }
  }

  private mutating func steps() -> String {
    if report.steps.isEmpty && report.commands.isEmpty { return "" }
    var text = "<h2>Steps</h2>\n"
    for (index, command) in commands(.setup) { text += section(of: command, index) }
    for (index, step) in report.steps.enumerated() { text += section(of: step, index) }
    for (index, command) in commands(.verify) { text += section(of: command, index) }
    if !report.attempts.isEmpty {
      text += "<h2>Repair of verify</h2>\n" + attempts(report.attempts)
    }
    return text
  }

  private mutating func section(of step: RunReport.Step, _ index: Int) -> String {
    let line = StepLine(step)
    let isRed = [.failed, .stalled, .conflict].contains(step.outcome)
    var inner = ""
    let files = step.files.filter { $0.action != .unchanged }
    if !files.isEmpty {
      let rows = files.map { file in
        let repair = file.repairedIn.map { "repaired in run \($0)" } ?? ""
        return "<tr><td class=\"k\">\(file.action.rawValue)</td><td>\(escape(file.path))"
          + "\(repair.isEmpty ? "" : " <span class=\"news\">\(escape(repair))</span>")</td>"
          + "<td class=\"faint k\">\(file.digest.map { String($0.hex.prefix(12)) } ?? "")</td>"
          + "</tr>\n"
      }
      inner +=
        "<table><tr><th scope=\"col\">action</th><th scope=\"col\">path</th>"
        + "<th scope=\"col\">sha256</th></tr>\n\(rows.joined())</table>\n"
    }
    inner += changes(ofStep: step.id)
    for command in step.commands { inner += commandText(command) }
    if !step.attempts.isEmpty { inner += attempts(step.attempts) }
    if inner.isEmpty { inner = "<p class=\"faint\">nothing else is known of it</p>\n" }
    return details(line, id: "step-\(index + 1)", inner, isOpen: isRed)
  }

  private mutating func section(of command: CommandRecord, _ index: Int) -> String {
    details(
      StepLine(command), id: "\(command.kind.rawValue)-\(index + 1)", commandText(command),
      isOpen: command.outcome.isRed)
  }

  private func details(_ line: StepLine, id: String, _ inner: String, isOpen: Bool) -> String {
    "<details class=\"step\" id=\"\(id)\"\(isOpen ? " open" : "")><summary>"
      + "<span class=\"\(name(line.meaning))\">\(line.symbol) \(escape(line.verb))</span> "
      + "<span class=\"name\">\(escape(line.subject))</span> "
      + "<span class=\"what\">\(line.details.map(escape).joined(separator: " · "))</span>"
      + "</summary><div class=\"inner\">\n\(inner)</div></details>\n"
  }

  private mutating func commandText(_ command: CommandRecord) -> String {
    let line = StepLine(command)
    var text =
      "<p><span class=\"\(name(line.meaning))\">\(line.symbol) \(escape(line.verb))</span> "
    text += "<code>\(escape(cut(command.run, 2000)))</code> "
    text += "<span class=\"faint\">\(line.details.map(escape).joined(separator: " · ")), "
    text += "\(escape(command.file ?? report.manifestFile)):\(command.line)</span></p>\n"
    if command.output.isEmpty { return text }
    let limit = min(command.outcome.isRed ? 32_000 : 4_000, room)
    guard limit > 200 else { return text + "<p class=\"faint\">output: see mtor show</p>\n" }
    // The end of an output says more than its start.
    let shown = Markup.escaped(Self.tail(command.output, limit))
    room -= shown.utf8.count
    return text + "<pre tabindex=\"0\">\(shown)</pre>\n"
  }

  private func attempts(_ attempts: [AttemptRecord]) -> String {
    let rows = attempts.map { attempt in
      let usage = attempt.usage
      let verdict = [
        attempt.outcome.rawValue.replacing("_", with: " "), attempt.signal, attempt.reason,
      ].compactMap { $0 }
      return
        "<tr><td class=\"k\">\(attempt.number)</td><td>\(escape(attempt.model ?? attempt.by.rawValue))</td>"
        + "<td class=\"\(attempt.outcome == .fixed ? "good" : "")\">"
        + "\(verdict.map(escape).joined(separator: ": "))</td>"
        + "<td>\(escape(attempt.files.joined(separator: ", ")))</td>"
        + "<td class=\"n\">\(usage.unmetered > 0 ? "?" : Phrases.number(usage.inputTokens))</td>"
        + "<td class=\"n\">\(usage.unmetered > 0 ? "?" : Phrases.number(usage.outputTokens))</td>"
        + "<td class=\"n\">\(Phrases.duration(attempt.seconds))</td></tr>\n"
    }
    return "<div class=\"wide\"><table class=\"attempts\"><caption>Attempts to repair</caption><tr>"
      + "<th scope=\"col\">#</th><th scope=\"col\">by</th><th scope=\"col\">verdict</th>"
      + "<th scope=\"col\">files</th><th scope=\"col\" class=\"n\">prompt</th>"
      + "<th scope=\"col\" class=\"n\">reply</th><th scope=\"col\" class=\"n\">time</th></tr>\n"
      + rows.joined() + "</table></div>\n"
  }

  func name(_ meaning: Style.Meaning) -> String { HTMLPage.name(meaning) }

  func escape(_ text: String) -> String { HTMLPage.escape(text) }

  private func cut(_ text: String, _ limit: Int) -> String { LanguageModelText.cut(text, limit) }

  /// The last bytes of a text, from the start of a line on.
  static func tail(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let rest = text.utf8.suffix(limit)
    let line = rest.firstIndex(of: UInt8(ascii: "\n")).map { rest[rest.index(after: $0)...] }
    return "…\n" + String(decoding: line ?? rest, as: UTF8.self)
  }
}
