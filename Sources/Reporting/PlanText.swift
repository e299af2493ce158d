import Events
import Manifests
public import Planning
import Platform
import YAMLTree

/// `mtor plan`: what an apply would do, for a person.
public struct PlanText {
  let style: Style
  let width: Int?
  /// The unified diff of a step with its headers; empty where there is none to show.
  let diff: (PlannedStep) -> String

  public init(
    _ style: Style, width: Int?,
    diff: @escaping (PlannedStep) -> String = UnifiedDiff.text(of:)
  ) {
    self.style = style
    self.width = width
    self.diff = diff
  }

  /// The plans of one run, in order, and a summary at the end.
  public func text(_ plans: [Plan]) -> String {
    var text = ""
    for plan in plans {
      if !text.isEmpty { text += "\n" }
      text += style(.strong, "plan") + " \(Printable.escaped(plan.manifestName))"
      text += style(.faint, " (\(Printable.escaped(plan.manifestFile)))") + "\n"
      text += commands(plan.setup)
      for step in plan.steps { text += section(of: step) }
      text += commands(plan.verify)
      if let commit = plan.commit { text += self.commit(commit, plan.commitOutlook) }
      let printer = DiagnosticPrinter(usesColor: style.isColored)
      let faults =
        plan.diagnostics
        + plan.conflicts.map { $0.diagnostic(in: plan.manifestFile, source: plan.source) }
      for fault in faults { text += "\n" + printer.text(fault) }
    }
    return text + style(.faint, StepLine.rule) + "\n" + summary(plans)
  }

  private func section(of step: PlannedStep) -> String {
    var text = "\n" + style(.strong, "step \(Printable.escaped(step.id))")
    if let intent = step.intent { text += style(.faint, "  \(first(intent))") }
    text += "\n"
    switch step.decision {
    case .skip: return text + line("-", "skipped", "its `when` does not hold", .faint)
    case .unknown:
      text += line(
        "?", "unknown", "depends on earlier commands; planned again when it is reached", .odd)
    case .perform: break
    }
    for file in step.files where file.movedTo == nil { text += entry(of: file) }
    text += commands(step.run) + commands(step.tests)
    let changes = diff(step)
    return changes.isEmpty ? text : text + "\n" + colored(changes)
  }

  private func entry(of file: PlannedFile) -> String {
    let look = Self.look(of: file.action)
    var notes: [String] = []
    if let source = file.movedFrom {
      notes.append("from \(source)")
      if !file.before.isAbsent { notes.append("replacing what stands there") }
    }
    if case .symlink(let target) = file.after { notes.append("a link to \(target)") }
    if file.action == .created, case .regular(let made) = file.after {
      notes.append(Phrases.count(made.size, "byte"))
      if made.isExecutable == true { notes.append("executable") }
    }
    if let run = file.repairedIn { notes.append("repaired in run \(run)") }
    if let reason = file.reason { notes.append(reason) }
    let note = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
    var text = line(look.symbol, file.action.rawValue, file.path.text + note, look.meaning)
    if file.grantsExecution && file.action != .unchanged {
      text += line("!", "executes", "\(file.path) makes other programs run something", .odd)
    }
    if file.changesGit && file.action != .unchanged {
      text += line("!", "git", "\(file.path) changes what git does", .odd)
    }
    return text
  }

  private func commit(_ message: String, _ outlook: CommitOutlook?) -> String {
    switch outlook {
    case .pending, nil: line(" ", "commit", first(message), .news)
    case .onlyCommands:
      line(" ", "commit", first(message) + " (only what the commands change)", .news)
    case CommitOutlook.none?:
      line("=", "commit", first(message) + " (nothing differs from HEAD)", .faint)
    }
  }

  private func commands(_ commands: [PlannedCommand]) -> String {
    commands.map { command in
      let folder = command.directory.map { " (in \($0))" } ?? ""
      return line("$", command.kind.rawValue, first(command.spec.run) + folder, .place)
    }.joined()
  }

  private func line(
    _ symbol: String, _ verb: String, _ subject: String, _ meaning: Style.Meaning
  ) -> String {
    let shown = Columns.right(verb, StepLine.verbWidth)
    return style(meaning, "\(symbol) \(shown)") + "  \(Printable.escaped(subject))\n"
  }

  /// The first line of a text, with an ellipsis where there are more.
  private func first(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard let line = lines.first else { return "" }
    return Printable.escaped(String(line)) + (lines.count > 1 ? " …" : "")
  }

  /// The diff with its lines coloured and nothing in it that could act on a terminal.
  private func colored(_ diff: String) -> String {
    var text = ""
    for line in diff.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let shown = line.split(separator: "\t", omittingEmptySubsequences: false)
        .map { Printable.escaped(String($0)) }.joined(separator: "\t")
      switch line.utf8.first {
      case UInt8(ascii: "+"): text += style(line.hasPrefix("+++ ") ? .strong : .added, shown)
      case UInt8(ascii: "-"): text += style(line.hasPrefix("--- ") ? .strong : .removed, shown)
      case UInt8(ascii: "@"): text += style(.place, shown)
      case UInt8(ascii: " "): text += shown
      default: text += style(.faint, shown)
      }
      text += "\n"
    }
    return text
  }

  private func summary(_ plans: [Plan]) -> String {
    let files = plans.flatMap(\.steps).flatMap(\.files).filter { $0.movedTo == nil }
    let counts = files.reduce(into: [PlannedFile.Action: Int]()) { $0[$1.action, default: 0] += 1 }
    let conflicts = plans.reduce(0) { $0 + $1.conflicts.count }
    let unknown = counts[.unknown] ?? 0
    let changed = Phrases.files(counts, all: false)
    let unchanged = counts[.unchanged] ?? 0
    let repaired = files.count { $0.action == .unchanged && $0.repairedIn != nil }
    var parts = [
      changed.isEmpty
        ? unchanged == 0
          ? "nothing to change"
          : "nothing to change, " + Phrases.standing(unchanged, repaired: repaired)
        : Phrases.files(counts, all: true).joined(separator: ", ")
    ]
    let commands = plans.reduce(0) { count, plan in
      count + plan.setup.count + plan.verify.count
        + plan.steps.reduce(0) { $0 + $1.run.count + $1.tests.count }
    }
    if unknown > 0 {
      let why = commands == 0 ? "for what is in the way" : "until a command has run"
      parts.append("\(unknown) unknown \(why)")
    }
    if changed.isEmpty, plans.contains(where: { $0.commitOutlook == .pending }) {
      parts.append("to be committed")
    }
    parts.append(Phrases.count(commands, "command") + " to run")
    if conflicts > 0 { parts.append(Phrases.count(conflicts, "conflict") + ": apply would refuse") }
    let meaning: Style.Meaning = conflicts > 0 ? .bad : changed.isEmpty ? .good : .news
    return StepLine(
      meaning: meaning, symbol: conflicts > 0 ? "✗" : "✓", verb: "planned", subject: "",
      details: parts
    ).text(style, width: width)
  }

  private static func look(
    of action: PlannedFile.Action
  ) -> (symbol: String, meaning: Style.Meaning) {
    switch action {
    case .created: ("+", .good)
    case .replaced, .edited, .mode: ("~", .odd)
    case .moved: (">", .news)
    case .deleted: ("-", .bad)
    case .unchanged: ("=", .faint)
    case .skipped: ("-", .faint)
    case .unknown: ("?", .odd)
    }
  }
}
