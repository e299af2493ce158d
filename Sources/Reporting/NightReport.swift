public import Events
import Platform

/// `mtor report --since`: the page to read after a night of runs, in Markdown.
///
/// What waits for a person comes first, then what was repaired and at what cost, then what was
/// green for nothing.
public enum NightReport {
  /// The page over some runs, the oldest first.
  public static func text(_ reports: [RunReport], since: Int64) -> String {
    var text = "# Runs since \(Clock.local(since))\n\n"
    if reports.isEmpty { return text + "No run is recorded.\n" }
    let waiting = reports.filter { !$0.isOK }
    let repaired = reports.filter { $0.isOK && !fixes($0).isEmpty }
    let green = reports.filter { $0.isOK && fixes($0).isEmpty }
    let usage = reports.reduce(ModelUsage()) { $0 + $1.usage }
    text += "\(Phrases.count(reports.count, "run")): \(waiting.count) waiting for a person, "
    text += "\(repaired.count) repaired, \(green.count) green at no cost. "
    text += MarkdownReport.plain(Phrases.tokens(usage)) + ".\n"
    text += section("Waiting for a person", waiting) { report in
      RunSummaryText.next(report) ?? "the run goes on, or was killed"
    }
    text += section("Repaired", repaired) { report in
      fixes(report).joined(separator: ", ") + "; " + Phrases.tokens(report.usage)
    }
    text += section("Green at no cost", green) { report in
      RunSummaryText.line(of: report).details.joined(separator: " · ")
    }
    return text
  }

  private static func section(
    _ title: String, _ reports: [RunReport], _ what: (RunReport) -> String
  ) -> String {
    if reports.isEmpty { return "" }
    let lines = reports.map { report in
      "- **\(MarkdownReport.plain(report.manifestName))** in "
        + "\(MarkdownReport.plain(report.root)): \(MarkdownReport.plain(what(report))) "
        + "(run \(MarkdownReport.plain(report.run)))\n"
    }
    return "\n## \(title)\n\n\(lines.joined())"
  }

  /// Who mended which step.
  static func fixes(_ report: RunReport) -> [String] {
    let all = report.steps.map { ($0.id, $0.attempts) } + [("verify", report.attempts)]
    return all.compactMap { step, attempts in
      attempts.last { $0.outcome == .fixed }.map { "\(step) by \($0.model ?? $0.by.rawValue)" }
    }
  }
}
