import Events
import Planning
import Platform

/// One line of a run: a symbol, a right-aligned verb, a subject, what happened, the time.
struct StepLine {
  var meaning: Style.Meaning
  var symbol: String
  var verb: String
  var subject: String
  var details: [String]

  /// The columns of the verb where there is room for them: `interrupted` is the longest.
  static let verbWidth = 11

  /// What separates the steps from the summary.
  static let rule = String(repeating: "─", count: verbWidth + 2)

  /// The line with its line end; folded between its parts where a terminal is narrower.
  func text(_ style: Style, width: Int?) -> String {
    let isNarrow = width.map { $0 < 60 } ?? false
    let shownVerb = isNarrow ? verb : Columns.right(verb, Self.verbWidth)
    let subject = Printable.escaped(subject)
    var line = style(meaning, "\(symbol) \(shownVerb)")
    var used = 2 + Columns.count(shownVerb)
    if !subject.isEmpty {
      let room = width.map { max(8, $0 - used - 2) }
      let cut = room.map { Columns.cut(subject, to: $0) } ?? subject
      line += "  " + style(.strong, cut)
      used += 2 + Columns.count(cut)
    }
    let indent = isNarrow ? 2 : Self.verbWidth + 4
    for (index, detail) in details.enumerated() {
      let text = Printable.escaped(detail)
      let gap = index == 0 ? "  " : " · "
      let columns = Columns.count(gap) + Columns.count(text)
      if let width, used + columns > width {
        let cut = Columns.cut(text, to: max(8, width - indent))
        line += "\n" + String(repeating: " ", count: indent) + cut
        used = indent + Columns.count(cut)
      } else {
        line += (index == 0 ? gap : style(.faint, gap)) + text
        used += columns
      }
    }
    return line + "\n"
  }
}

extension StepLine {
  /// The line of a step that has ended.
  init(_ step: RunReport.Step) {
    let counts = Self.counts(of: step)
    let isUnchanged =
      step.outcome == .passed && !step.files.isEmpty
      && Phrases.files(counts, all: false).isEmpty
    let look = Self.look(of: step.outcome ?? .interrupted)
    self.init(
      meaning: look.meaning, symbol: look.symbol,
      verb: isUnchanged ? "unchanged" : (step.outcome ?? .interrupted).rawValue,
      subject: step.id, details: [])
    let files =
      isUnchanged
      ? [Phrases.count(step.files.count, "file")] : Phrases.files(counts, all: false)
    if !files.isEmpty { details.append(files.joined(separator: ", ")) }
    if let commands = Self.commands(of: step) { details.append(commands) }
    if let repair = Self.repair(step) { details.append(repair) }
    // Why a command failed is told by its own frame, and an interruption by the verb.
    if let reason = step.reason, reason != step.outcome?.rawValue,
      !step.commands.contains(where: \.outcome.isRed)
    {
      details.append(reason)
    }
    let seconds = step.ended.map { Double($0 - step.started) / 1e9 } ?? 0
    if step.outcome != .skipped { details.append(Phrases.duration(seconds)) }
  }

  /// One line for the steps that the run did not come to; nil where there are none.
  init?(notRun steps: [String]) {
    guard !steps.isEmpty else { return nil }
    let named = steps.prefix(5).joined(separator: ", ")
    let more = steps.count > 5 ? " and \(Phrases.number(steps.count - 5)) more" : ""
    self.init(
      meaning: .faint, symbol: "-", verb: "not run", subject: named + more, details: [])
  }

  /// The line of a `setup` or `verify` command.
  init(_ command: CommandRecord) {
    let isRed = command.outcome.isRed
    let meaning: Style.Meaning =
      switch command.outcome {
      case .passed: .good
      case .flaky: .odd
      case .cached, .skipped: .faint
      case .failed, .timedOut: .bad
      case .interrupted: .odd
      }
    self.init(
      meaning: meaning, symbol: isRed ? "✗" : command.outcome == .skipped ? "-" : "✓",
      verb: command.kind.rawValue, subject: command.name, details: [])
    switch command.outcome {
    case .passed: break
    case .failed, .timedOut, .interrupted:
      details.append(command.reason ?? Ending.of(command))
    default: details.append(command.reason ?? command.outcome.rawValue)
    }
    if command.outcome != .skipped && command.outcome != .cached {
      details.append(Phrases.duration(command.seconds))
    }
  }

  /// The line of an attempt to repair.
  init(_ attempt: AttemptRecord) {
    let isFixed = attempt.outcome == .fixed
    self.init(
      meaning: isFixed ? .good : .faint, symbol: isFixed ? "↻" : "-", verb: attempt.by.rawValue,
      subject: attempt.model ?? "",
      details: [
        "attempt \(attempt.number)", attempt.outcome.rawValue.replacing("_", with: " "),
      ])
    details += [attempt.signal, attempt.reason].compactMap { $0 }
    if attempt.usage.requests > 0 { details.append(Phrases.tokens(attempt.usage)) }
    details.append(Phrases.duration(attempt.seconds))
  }

  static func look(of outcome: StepOutcome) -> (meaning: Style.Meaning, symbol: String) {
    switch outcome {
    case .passed: (.good, "✓")
    case .flaky: (.odd, "~")
    case .fixed, .remembered: (.good, "↻")
    case .repaired: (.news, "↻")
    case .skipped: (.faint, "-")
    case .failed, .stalled, .conflict: (.bad, "✗")
    case .interrupted: (.odd, "!")
    }
  }

  private static func counts(of step: RunReport.Step) -> [PlannedFile.Action: Int] {
    step.files.reduce(into: [:]) { $0[$1.action, default: 0] += 1 }
  }

  /// `1 command, 2 tests`; what failed is counted against all.
  private static func commands(of step: RunReport.Step) -> String? {
    let parts = [(PlannedCommand.Kind.run, "command"), (.test, "test")].compactMap {
      kind, noun -> String? in
      var all = step.commands.filter { $0.kind == kind && $0.outcome != .skipped }
      let hasPassed = step.outcome == .passed || step.outcome == .flaky
      if !step.attempts.isEmpty || hasPassed && all.contains(where: \.outcome.isRed) {
        // A command that ran again, on other bytes, counts once, by how it ended last.
        let last = Dictionary(all.map { ("\($0.line) \($0.name)", $0) }) { $1 }
        all = Array(last.values)
      }
      if all.isEmpty { return nil }
      let red = all.count { $0.outcome.isRed }
      if red > 0 { return "\(red) of \(Phrases.count(all.count, noun)) failed" }
      let cached = all.count { $0.outcome == .cached }
      let told = Phrases.count(all.count, noun)
      if cached == all.count { return told + " cached" }
      return cached > 0 ? "\(told) (\(cached) cached)" : told
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// Who repaired, or tried to.
  private static func repair(_ step: RunReport.Step) -> String? {
    guard let last = step.attempts.last else { return nil }
    let attempts = Phrases.count(step.attempts.count, "attempt")
    var text =
      switch (last.by, last.outcome) {
      case (.memory, .fixed): "from memory"
      case (.fixer, .fixed): "by \(last.model ?? "a fixer")"
      case (_, .fixed): "by \(last.model ?? "a model") in \(attempts)"
      default: attempts
      }
    if step.usage.requests > 0 { text += ", " + Phrases.tokens(step.usage) }
    return text
  }
}

extension CommandRecord.Outcome {
  /// True where the command keeps its step from passing.
  var isRed: Bool { self == .failed || self == .timedOut }
}
