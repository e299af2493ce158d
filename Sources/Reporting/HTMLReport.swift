public import Events
import Manifests
import Planning
import Platform

/// `--html FILE`: a run as one page, the outcome first.
public struct HTMLReport {
  private let report: RunReport
  /// What is left of the bytes that outputs may take: a page stays under 500 KB.
  private var room = 200_000
  /// The same for changes of files.
  var changeRoom = 200_000
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
      text += "<p class=\"next\" role=\"status\">\(escape(next))</p>\n"
    }
    text += facts() + notices() + timeline() + steps() + money()
    return text + """
      </main>
      <footer>Keys: <kbd>j</kbd> and <kbd>k</kbd> go from step to step, <kbd>Enter</kbd> opens one.
      Made by mtor.</footer>
      """
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
    let items = report.notices.map { notice in
      // A message names its path itself.
      let place = notice.line.map { "\(notice.file ?? report.manifestFile):\($0)" } ?? ""
      let hint = notice.hint.map { " <span class=\"faint\">\(escape($0))</span>" } ?? ""
      let meaning: Style.Meaning =
        notice.kind == .conflict || notice.kind == .error
        ? .bad : notice.kind == .note || notice.kind == .recovered ? .news : .odd
      return "<li><strong class=\"\(name(meaning))\">\(notice.kind.rawValue)</strong> "
        + "\(escape(notice.message)) <span class=\"faint\">\(escape(place))</span>\(hint)</li>\n"
    }
    return "<h2>Notices</h2>\n<ul>\n\(items.joined())</ul>\n"
  }

  /// Every step as a bar on the run's time.
  private func timeline() -> String {
    let whole = max(report.seconds, 0.001)
    let steps = report.steps.filter { $0.outcome != .skipped }
    guard steps.contains(where: { $0.ended != nil }) else { return "" }
    let rows = steps.map { step in
      let look = StepLine.look(of: step.outcome ?? .interrupted)
      let start = Double(step.started - report.started) / 1e9
      let seconds = step.ended.map { Double($0 - step.started) / 1e9 } ?? 0
      let left = percent(start / whole)
      let width = percent(seconds / whole)
      return "<tr><th scope=\"row\">\(look.symbol) \(escape(step.id))</th>"
        + "<td class=\"\(name(look.meaning))\"><div class=\"bar\">"
        + "<i style=\"left:\(left);width:\(width)\"></i></div></td>"
        + "<td class=\"n\">\(Phrases.duration(seconds))</td></tr>\n"
    }
    return "<h2>Time</h2>\n<table><caption class=\"faint\">\(Phrases.duration(report.seconds)) "
      + "in all</caption>\n\(rows.joined())</table>\n"
  }

  private mutating func steps() -> String {
    if report.steps.isEmpty && report.commands.isEmpty { return "" }
    var text = "<h2>Steps</h2>\n"
    let setup = report.commands.filter { $0.kind == .setup }
    let verify = report.commands.filter { $0.kind == .verify }
    for command in setup { text += section(of: command) }
    for step in report.steps { text += section(of: step) }
    for command in verify { text += section(of: command) }
    if !report.attempts.isEmpty {
      text += "<h2>Repair of verify</h2>\n" + attempts(report.attempts)
    }
    return text
  }

  private mutating func section(of step: RunReport.Step) -> String {
    let line = StepLine(step)
    let isRed = [.failed, .stalled, .conflict].contains(step.outcome)
    var inner = ""
    let files = step.files.filter { $0.action != .unchanged }
    if !files.isEmpty {
      let rows = files.map { file in
        let repair = file.repairedIn.map { "repaired in run \($0)" } ?? ""
        return "<tr><td>\(file.action.rawValue)</td><td>\(escape(file.path))</td>"
          + "<td class=\"faint\">\(file.digest.map { String($0.hex.prefix(12)) } ?? "")</td>"
          + "<td>\(escape(repair))</td></tr>\n"
      }
      inner +=
        "<table><tr><th scope=\"col\">action</th><th scope=\"col\">path</th>"
        + "<th scope=\"col\">sha256</th><th scope=\"col\"></th></tr>\n\(rows.joined())</table>\n"
    }
    inner += changes(ofStep: step.id)
    for command in step.commands { inner += commandText(command) }
    if !step.attempts.isEmpty { inner += attempts(step.attempts) }
    if inner.isEmpty { inner = "<p class=\"faint\">nothing else is known of it</p>\n" }
    return details(line, inner, isOpen: isRed)
  }

  private mutating func section(of command: CommandRecord) -> String {
    details(StepLine(command), commandText(command), isOpen: command.outcome.isRed)
  }

  private func details(_ line: StepLine, _ inner: String, isOpen: Bool) -> String {
    "<details class=\"step\"\(isOpen ? " open" : "")><summary>"
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
    text += "\(escape(report.manifestFile)):\(command.line)</span></p>\n"
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
      let verdict = [attempt.outcome.rawValue, attempt.signal, attempt.reason].compactMap { $0 }
      return
        "<tr><td>\(attempt.number)</td><td>\(escape(attempt.model ?? attempt.by.rawValue))</td>"
        + "<td class=\"\(attempt.outcome == .fixed ? "good" : "")\">"
        + "\(verdict.map(escape).joined(separator: ": "))</td>"
        + "<td>\(escape(attempt.files.joined(separator: ", ")))</td>"
        + "<td class=\"n\">\(usage.unmetered > 0 ? "?" : Phrases.number(usage.inputTokens))</td>"
        + "<td class=\"n\">\(usage.unmetered > 0 ? "?" : Phrases.number(usage.outputTokens))</td>"
        + "<td class=\"n\">\(Phrases.duration(attempt.seconds))</td></tr>\n"
    }
    return "<table><caption class=\"faint\">Attempts to repair</caption><tr>"
      + "<th scope=\"col\">#</th><th scope=\"col\">by</th><th scope=\"col\">verdict</th>"
      + "<th scope=\"col\">files</th><th scope=\"col\" class=\"n\">prompt</th>"
      + "<th scope=\"col\" class=\"n\">reply</th><th scope=\"col\" class=\"n\">time</th></tr>\n"
      + rows.joined() + "</table>\n"
  }

  /// Tokens of each step as bars; one sentence where there are none.
  private func money() -> String {
    let usage = report.usage
    var text = "<h2>Tokens</h2>\n<p>\(escape(Phrases.tokens(usage)))</p>\n"
    let largest = report.steps.map(\.usage.tokens).max() ?? 0
    guard largest > 0 else { return text }
    text += "<table>\n"
    for step in report.steps where step.usage.requests > 0 {
      let width = percent(Double(step.usage.tokens) / Double(largest))
      text += "<tr><th scope=\"row\">\(escape(step.id))</th><td class=\"news\"><div class=\"bar\">"
      text += "<i style=\"left:0;width:\(width)\"></i></div></td>"
      text += "<td class=\"n\">\(escape(Phrases.tokens(step.usage)))</td></tr>\n"
    }
    return text + "</table>\n"
  }

  private func name(_ meaning: Style.Meaning) -> String { HTMLPage.name(meaning) }

  private func escape(_ text: String) -> String { HTMLPage.escape(text) }

  private func percent(_ share: Double) -> String {
    Phrases.fixed(min(max(share, 0), 1) * 100, 2) + "%"
  }

  private func cut(_ text: String, _ limit: Int) -> String { LanguageModelText.cut(text, limit) }

  /// The last bytes of a text, from the start of a line on.
  static func tail(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let rest = text.utf8.suffix(limit)
    let line = rest.firstIndex(of: UInt8(ascii: "\n")).map { rest[rest.index(after: $0)...] }
    return "…\n" + String(decoding: line ?? rest, as: UTF8.self)
  }
}
