public import Events
import Manifests
public import Platform

/// The page to read after a night of runs, or after a batch of them: as text, as Markdown, as
/// HTML and as JSON.
///
/// What waits for a person comes first, then what was red and has passed since, then what was
/// repaired and at what cost, then what was green for nothing.
public struct NightReport: Sendable {
  /// Such as `Runs since 2026-01-31 12:00`.
  let title: String
  let reports: [RunReport]
  /// What is to be said of each task of a batch; empty where it is about runs alone.
  let tasks: [Task]

  /// A task of a batch, in words.
  public struct Task: Sendable {
    /// `BATCH.TASK`.
    public var name: String
    /// True where a person has to do something.
    public var isWaiting: Bool
    /// What it came to, and what to do next.
    public var words: String

    public init(name: String, isWaiting: Bool, words: String) {
      self.name = name
      self.isWaiting = isWaiting
      self.words = words
    }
  }

  /// `reports` are the oldest first.
  public init(_ reports: [RunReport], title: String, tasks: [Task] = []) {
    self.reports = reports
    self.tasks = tasks
    self.title = title
  }

  /// The runs since a moment.
  public init(_ reports: [RunReport], since: Int64) {
    self.init(reports, title: "Runs since \(Clock.local(since))")
  }

  // MARK: What is on it

  var waiting: [RunReport] { red { !$0 } }
  /// Red runs whose manifest has passed in the same tree since.
  var overtaken: [RunReport] { red { $0 } }
  var repaired: [RunReport] { reports.filter { $0.isOK && !Self.fixes($0).isEmpty } }
  var green: [RunReport] { reports.filter { $0.isOK && Self.fixes($0).isEmpty } }

  private func red(where isWanted: (_ hasPassedSince: Bool) -> Bool) -> [RunReport] {
    var lastPass: [[String]: Int] = [:]
    for (index, report) in reports.enumerated() where report.isOK {
      lastPass[[report.root, report.manifestName]] = index
    }
    return reports.enumerated().filter { index, report in
      !report.isOK && isWanted(index < lastPass[[report.root, report.manifestName]] ?? -1)
    }.map(\.element)
  }

  /// What it cost: the models, and the architects where manifests say so, each manifest once.
  var cost: [String] {
    let usage = reports.reduce(ModelUsage()) { $0 + $1.usage }
    var costs = [Phrases.tokens(usage)]
    var seen: Set<String> = []
    var (tokens, usd) = (0, 0.0)
    for report in reports where seen.insert(report.manifestDigest.hex).inserted {
      tokens += report.provenance?.tokens ?? 0
      usd += report.provenance?.usd ?? 0
    }
    if tokens > 0 || usd > 0 {
      let money = usd > 0 ? " (\(Phrases.money(usd)))" : ""
      costs.append("architect " + Phrases.count(tokens, "token") + money)
    }
    return costs
  }

  private var headline: String {
    let overtaken = overtaken.isEmpty ? "" : "\(overtaken.count) green since, "
    return "\(Phrases.count(reports.count, "run")): \(waiting.count) waiting for a person, "
      + overtaken + "\(repaired.count) repaired, \(green.count) green at no cost"
  }

  private struct Section {
    let title: String
    let reports: [RunReport]
    let what: (RunReport) -> String
  }

  private var sections: [Section] {
    [
      Section(title: "Waiting for a person", reports: waiting) { report in
        RunSummaryText.next(report) ?? "the run goes on, or was killed"
      },
      Section(title: "Red, and green since", reports: overtaken) { report in
        RunSummaryText.line(of: report).details.joined(separator: " · ")
      },
      Section(title: "Repaired", reports: repaired) { report in
        Self.fixes(report).joined(separator: ", ") + "; " + Phrases.tokens(report.usage)
      },
      Section(title: "Green at no cost", reports: green) { report in
        RunSummaryText.line(of: report).details.joined(separator: " · ")
      },
    ].filter { !$0.reports.isEmpty }
  }

  /// Who mended which step.
  static func fixes(_ report: RunReport) -> [String] {
    let all = report.steps.map { ($0.id, $0.attempts) } + [("verify", report.attempts)]
    return all.compactMap { step, attempts in
      attempts.last { $0.outcome == .fixed }.map { "\(step) by \($0.model ?? $0.by.rawValue)" }
    }
  }

  // MARK: JSON

  /// For a program: what each run came to, by its id, and the report of each.
  public var json: JSON {
    func ids(_ reports: [RunReport]) -> JSON { .array(reports.map { .string($0.run) }) }
    return [
      "ok": .bool(waiting.isEmpty && !tasks.contains(where: \.isWaiting)),
      "title": .string(title), "waiting": ids(waiting), "green_since": ids(overtaken),
      "repaired": ids(repaired), "green": ids(green),
      "llm": reports.reduce(ModelUsage()) { $0 + $1.usage }.json,
      "tasks": .array(
        tasks.map { task in
          [
            "name": .string(task.name), "waiting": .bool(task.isWaiting),
            "words": .string(task.words),
          ]
        }),
      "reports": .array(reports.map(\.json)),
    ]
  }

  // MARK: Markdown

  /// In GitHub's Markdown.
  public var markdown: String {
    var text = "# \(MarkdownReport.plain(title))\n\n"
    for task in tasks {
      text += "- \(task.isWaiting ? "✗" : "✓") **\(MarkdownReport.plain(task.name))**: "
      text += "\(MarkdownReport.plain(task.words))\n"
    }
    if !tasks.isEmpty { text += "\n" }
    if reports.isEmpty { return text + "No run is recorded.\n" }
    text += headline + ". " + cost.map(MarkdownReport.plain).joined(separator: ", ") + ".\n"
    for section in sections {
      text += "\n## \(section.title)\n\n"
      for report in section.reports {
        text += "- **\(MarkdownReport.plain(report.manifestName))** in "
        text += "\(MarkdownReport.plain(report.root)): "
        text += "\(MarkdownReport.plain(section.what(report))) "
        text += "(run \(MarkdownReport.plain(report.run)))\n"
      }
    }
    return text
  }

  // MARK: Text

  /// For a terminal.
  public func text(_ style: Style) -> String {
    var text = style(.strong, title) + "\n"
    for task in tasks {
      let sign = task.isWaiting ? style(.bad, "✗") : style(.good, "✓")
      text += "  \(sign) \(Printable.escaped(task.name))  \(Printable.escaped(task.words))\n"
    }
    if !tasks.isEmpty { text += "\n" }
    if reports.isEmpty { return text + "no run is recorded\n" }
    text += headline + "\n" + cost.joined(separator: ", ") + "\n"
    for section in sections {
      text += "\n\(style(.strong, section.title))\n"
      for report in section.reports {
        let line = RunSummaryText.line(of: report)
        text += "  \(style(line.meaning, line.symbol)) "
        text += Printable.escaped(report.manifestName)
        text += style(.faint, " in \(Printable.escaped(report.root)), run \(report.run)") + "\n"
        text += "    \(Printable.escaped(section.what(report)))\n"
      }
    }
    return text
  }
}
