public import Events
import Planning
import Platform

/// A run in GitHub's Markdown: for `$GITHUB_STEP_SUMMARY` and `mtor report --markdown`.
public enum MarkdownReport {
  /// The outcome, the steps as a table, and the output of what failed.
  public static func text(_ report: RunReport) -> String {
    let summary = RunSummaryText.line(of: report)
    var text = "## \(summary.symbol) \(plain(report.manifestName)): \(plain(summary.verb))\n\n"
    text += summary.details.map(plain).joined(separator: " · ") + "\n\n"
    if let next = RunSummaryText.next(report) { text += "**\(plain(next))**\n\n" }
    if !report.steps.isEmpty {
      text += "| | step | what | time |\n|---|---|---|---:|\n"
      for step in report.steps {
        let line = StepLine(step)
        let details = step.outcome == .skipped ? line.details[...] : line.details.dropLast()
        let time = step.outcome == .skipped ? "" : line.details.last ?? ""
        text += "| \(line.symbol) \(plain(line.verb)) | \(plain(step.id)) | "
        text += "\(details.map(plain).joined(separator: " · ")) | \(time) |\n"
      }
      text += "\n"
    }
    let red = report.steps.flatMap(\.commands) + report.commands
    for command in red where command.outcome.isRed {
      let title = Markup.escaped(
        Printable.escaped("\(command.kind.rawValue): \(command.name)"))
      if command.output.isEmpty {
        text += "\(title) (no output)\n\n"
        continue
      }
      text += "<details><summary>\(title)</summary>\n\n"
      // Not a fence: an output could end one.
      text += "<pre>\n\(Markup.escaped(command.output))\n</pre>\n\n</details>\n\n"
    }
    return text + "<sub>run \(plain(report.run)) of \(plain(report.manifestFile))</sub>\n"
  }

  /// Text that means itself: no markup, no table, no line of its own.
  package static func plain(_ text: String) -> String {
    var result = ""
    for scalar in Printable.escaped(text).unicodeScalars {
      if "\\`*_{}[]<>()#+-.!|~&@:".unicodeScalars.contains(scalar) && !isHarmless(scalar) {
        result += "&#\(scalar.value);"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Signs that mean nothing inside a line.
  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    "-.,:()+".unicodeScalars.contains(scalar)
  }
}
