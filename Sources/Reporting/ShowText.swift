public import Events
import Planning
import Platform

/// `mtor show`: one run as its screen had it, with what stands in the ledger besides.
public enum ShowText {
  /// The run; with every output where `isVerbose`.
  public static func text(
    _ report: RunReport, _ style: Style, width: Int?, isVerbose: Bool = false
  ) -> String {
    var text = head(report, style)
    for notice in report.notices { text += line(of: notice, style) }
    let frame = OutputFrame(limit: isVerbose ? nil : 40, style: style, width: width)
    for command in report.commands where command.kind == .setup {
      text += lines(command, report, frame, style, width, isVerbose)
    }
    for step in report.steps {
      text += StepLine(step).text(style, width: width)
      for file in step.files where isVerbose || file.action != .unchanged {
        text += line(of: file, style, width)
      }
      for command in step.commands {
        text += lines(command, report, frame, style, width, isVerbose)
      }
      for attempt in step.attempts { text += StepLine(attempt).text(style, width: width) }
    }
    for command in report.commands where command.kind != .setup {
      text += lines(command, report, frame, style, width, isVerbose)
    }
    for attempt in report.attempts { text += StepLine(attempt).text(style, width: width) }
    if let commit = report.commit {
      text += StepLine(
        meaning: .good, symbol: "✓", verb: "committed", subject: String(commit.id.prefix(10)),
        details: [commit.message.split(separator: "\n").first.map(String.init) ?? ""]
      ).text(style, width: width)
    }
    text += style(.faint, StepLine.rule) + "\n"
    guard report.end != nil else {
      return text + "the run goes on, or was killed: mtor recover finishes what it left\n"
    }
    text += RunSummaryText.line(of: report).text(style, width: width)
    if let next = RunSummaryText.next(report) { text += style(.bad, "error") + ": \(next)\n" }
    return text
  }

  private static func head(_ report: RunReport, _ style: Style) -> String {
    let facts = [
      ("run", report.run), ("manifest", "\(report.manifestName) (\(report.manifestFile))"),
      ("sha256", report.manifestDigest.hex), ("root", report.root),
      ("started", Clock.local(report.started)),
    ]
    return facts.map { name, value in
      style(.faint, Columns.right(name, StepLine.verbWidth + 2)) + "  "
        + Printable.escaped(value) + "\n"
    }.joined()
  }

  private static func line(of notice: RunReport.Notice, _ style: Style) -> String {
    let meaning: Style.Meaning =
      switch notice.kind {
      case .conflict, .error: .bad
      case .noted, .warning: .odd
      case .recovered, .note: .news
      }
    let rule = notice.rule.map { "[\(Printable.escaped($0))]" } ?? ""
    let word = notice.kind == .noted ? "warning" : notice.kind.rawValue
    let path = notice.path.map { Printable.escaped($0) + ": " } ?? ""
    let place =
      notice.line.map { " (\(notice.file.map(Printable.escaped) ?? "line"):\($0))" } ?? ""
    return style(meaning, word + rule) + ": \(path)\(Printable.escaped(notice.message))\(place)\n"
  }

  private static func line(of file: FileRecord, _ style: Style, _ width: Int?) -> String {
    let repair = file.repairedIn.map { ["repaired in run \($0)"] } ?? []
    return StepLine(
      meaning: .faint, symbol: " ", verb: file.action.rawValue, subject: file.path,
      details: repair
    ).text(style, width: width)
  }

  private static func lines(
    _ command: CommandRecord, _ report: RunReport, _ frame: OutputFrame, _ style: Style,
    _ width: Int?, _ isVerbose: Bool
  ) -> String {
    var line = StepLine(command)
    if command.outcome == .passed { line.meaning = .faint }
    var text = line.text(style, width: width)
    if command.outcome.isRed || (isVerbose && !command.output.isEmpty) {
      text += frame.text(of: command, in: report.manifestFile)
    }
    return text
  }
}
