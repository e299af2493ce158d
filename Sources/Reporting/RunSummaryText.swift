import Events
import Planning
import Platform

/// The end of a run in words: the summary and, where it is red, what to do next.
enum RunSummaryText {
  /// The summary line: the files first, the tokens last.
  static func line(of report: RunReport) -> StepLine {
    let outcome = report.end?.outcome ?? .interrupted
    let look = look(of: report)
    var details = [files(report)]
    if let steps = steps(report) { details.append(steps) }
    if outcome == .untested { details.append("applied, nothing tested") }
    details.append(Phrases.duration(report.seconds))
    details.append(Phrases.tokens(report.usage))
    return StepLine(
      meaning: look.meaning, symbol: look.symbol, verb: verb(outcome), subject: "",
      details: details)
  }

  private static func look(of report: RunReport) -> (meaning: Style.Meaning, symbol: String) {
    switch report.end?.outcome {
    case .passed: (.good, "✓")
    case .repaired: (.news, "↻")
    case .untested: report.isOK ? (.odd, "~") : (.bad, "✗")
    case .interrupted, nil: (.odd, "!")
    default: (.bad, "✗")
    }
  }

  private static func verb(_ outcome: RunOutcome) -> String {
    switch outcome {
    case .redBefore: "red before"
    case .outOfBudget: "over budget"
    default: outcome.rawValue
    }
  }

  private static func files(_ report: RunReport) -> String {
    let counts = report.fileCounts
    let changed = Phrases.files(counts, all: false)
    let unchanged = counts[.unchanged] ?? 0
    if changed.isEmpty {
      let repaired = report.steps.flatMap(\.files).count {
        $0.action == .unchanged && $0.repairedIn != nil
      }
      return unchanged > 0
        ? "nothing changed, " + Phrases.standing(unchanged, repaired: repaired)
        : "no file changed"
    }
    let files = Phrases.files(counts, all: true).joined(separator: ", ")
    return report.end?.isUndone == true ? files + " · undone" : files
  }

  /// `3 steps`, or with what became of them where not all simply passed.
  private static func steps(_ report: RunReport) -> String? {
    guard !report.steps.isEmpty else { return nil }
    let all = Phrases.count(report.steps.count, "step")
    let odd = StepOutcome.allCases.compactMap { outcome -> String? in
      let count = report.steps.count { $0.outcome == outcome }
      return outcome == .passed || count == 0 ? nil : "\(count) \(outcome.rawValue)"
    }
    return odd.isEmpty ? all : "\(all) (\(odd.joined(separator: ", ")))"
  }

  /// What a person wants next, in one line; nil where all went well.
  static func next(_ report: RunReport) -> String? {
    guard let end = report.end, end.exit != 0 else { return nil }
    var parts = [what(report, end)]
    if let repair = whyNotRepaired(report, end) { parts.append(repair) }
    if end.canUndo { parts.append("left in the tree; mtor undo puts it back") }
    if let tokens = end.repairEstimate {
      let how =
        end.outcome == .outOfBudget ? "raise repair.budget" : "mtor models add openai"
      parts.append("to have this repaired (about \(Phrases.count(tokens, "token"))): \(how)")
    }
    return parts.map { Printable.escaped($0) }.joined(separator: "; ")
  }

  /// Why no repair made it green; nil where none was tried or the command itself is all there is.
  private static func whyNotRepaired(_ report: RunReport, _ end: RunEnd) -> String? {
    guard var reason = end.reason, let (step, command) = firstFailure(report) else { return nil }
    let owner = step.map { "step \($0): " } ?? "verify: "
    if reason.hasPrefix(owner) { reason.removeFirst(owner.count) }
    return reason.hasPrefix("\(command.kind.rawValue) '\(command.name)' failed") ? nil : reason
  }

  /// What failed and where.
  private static func what(_ report: RunReport, _ end: RunEnd) -> String {
    if let (step, command) = firstFailure(report) {
      let owner = step.map { "step \($0)" } ?? command.kind.rawValue
      let how = command.reason ?? Ending.of(command)
      return
        "\(owner) failed: \(command.name): \(how) (\(command.file ?? report.manifestFile):\(command.line))"
    }
    return end.reason ?? "the run ended as \(verb(end.outcome))"
  }

  /// The command that made the run red, if one did.
  static func firstFailure(_ report: RunReport) -> (step: String?, command: CommandRecord)? {
    if let end = report.end, end.outcome == .interrupted || end.outcome == .conflict { return nil }
    for step in report.steps where step.outcome == .failed || step.outcome == .stalled {
      if let command = red(among: step.commands) { return (step.id, command) }
    }
    return red(among: report.commands).map { (nil, $0) }
  }

  /// The first of those whose last run is red: of several side by side that is the one that a repair
  /// was tried for.
  private static func red(among commands: [CommandRecord]) -> CommandRecord? {
    commands.lastRuns.first(where: \.outcome.isRed) ?? commands.last(where: \.outcome.isRed)
  }
}
