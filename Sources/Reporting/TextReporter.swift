public import Events
import Planning
import Platform
import YAMLTree

/// Tells a run to a person: one line a step, the output of what failed, and a summary.
///
/// On a terminal a live line below says what runs; elsewhere there are plain lines only.
public final class TextReporter: RunListener {
  /// How much to tell.
  public enum Verbosity: Sendable {
    /// What went wrong and the last line.
    case quiet
    case normal
    /// Every command, whole outputs, and where things are.
    case verbose
  }

  private let screen: Screen
  private let verbosity: Verbosity
  private var report: RunReport?
  /// What runs now, in the order it was started: tests may run side by side.
  private var running: [String] = []
  /// Commands whose output has been shown as it came.
  private var streamed: Set<String> = []
  private var place = ""
  private var stepsTold = 0

  public init(_ console: Console, _ verbosity: Verbosity = .normal) {
    screen = Screen(console)
    self.verbosity = verbosity
  }

  private var style: Style { screen.console.style }

  public func receive(_ event: RunEvent) {
    if case .runStarted(let start) = event.kind {
      report = RunReport(start, at: event.time)
    } else {
      report?.apply(event)
    }
    switch event.kind {
    case .runStarted(let start): begin(start)
    case .recovered(let sentences):
      for sentence in sentences { say(.news, "!", "recovered", "", [sentence]) }
    case .stepStarted(let id, let index, let count):
      place = count > 1 ? "\(index)/\(count)" : ""
      live(id, "")
    case .commandStarted(let step, let kind, let name):
      running.append(name)
      live(step ?? kind.rawValue, running.joined(separator: ", "))
    case .commandOutput(_, let name, let line):
      if verbosity == .verbose {
        streamed.insert(name)
        screen.write(OutputFrame.plain(Printable.escaped(line) + "\n", style))
      } else {
        screen.show { $0?.output = Printable.escaped(line) }
      }
    case .commandEnded(let step, let record): ended(record, step: step)
    case .attemptStarted(let step, let number, let by, let model):
      live(step ?? "verify", "repair \(number) by \(model ?? by.rawValue)")
    case .attemptEnded(let step, let record): ended(record, step: step)
    case .stepEnded: endStep()
    case .noted(let sentence): warn(sentence)
    case .diagnosed(let diagnostics):
      write(diagnostics)
    case .conflicted(_, let conflicts, let source):
      let file = source?.name ?? report?.manifestFile ?? ""
      write(conflicts.map { $0.diagnostic(in: file, source: source) })
    case .committed(let id, let message):
      if verbosity == .quiet { break }
      let subject = message.split(separator: "\n").first.map(String.init) ?? ""
      say(.good, "✓", "committed", String(id.prefix(10)), [subject])
    // Told at the end, after a step that was cut off.
    case .filesLanded, .stepsSkipped: break
    case .runEnded: end()
    }
  }

  private func begin(_ start: RunStart) {
    guard verbosity == .verbose else { return }
    say(.strong, " ", "applying", start.manifestName, ["to \(start.root)", "run \(start.run)"])
  }

  private func ended(_ record: CommandRecord, step: String?) {
    running.removeFirst(of: record.name)
    live(step ?? record.kind.rawValue, running.joined(separator: ", "))
    if step == nil {
      if record.outcome.isRed || verbosity != .quiet { write(StepLine(record)) }
    } else if verbosity == .verbose {
      var line = StepLine(record)
      line.meaning = record.outcome.isRed ? .bad : .faint
      write(line)
      // Tests that run side by side would mix theirs, and are shown when they have ended.
      if streamed.remove(record.name) == nil && !record.outcome.isRed {
        screen.write(OutputFrame.plain(record.output, style))
      }
    }
  }

  private func ended(_ record: AttemptRecord, step: String?) {
    live(step ?? "verify", "")
    // Who watches sees each round; a log has their sum in the step's line.
    let isWatched = verbosity == .normal && screen.console.isLive
    if verbosity == .verbose || isWatched { write(StepLine(record)) }
  }

  private func endStep() {
    running.removeAll()
    screen.show { $0 = nil }
    guard let report, let step = report.steps.last(where: { $0.outcome != nil }) else { return }
    tell(step)
    stepsTold = report.steps.count
  }

  private func tell(_ step: RunReport.Step) {
    let isBad = [.failed, .stalled, .conflict].contains(step.outcome)
    if verbosity == .quiet && !isBad { return }
    write(StepLine(step))
    if isBad { frames(step.commands) }
    if verbosity == .verbose {
      for file in step.files where file.action != .unchanged {
        say(.faint, " ", file.action.rawValue, file.path, [])
      }
    }
  }

  private func end() {
    screen.close()
    guard let report else { return }
    // A step that was cut off has no end of its own.
    let untold = report.steps.dropFirst(stepsTold)
    for step in untold where step.outcome != .skipped { tell(step) }
    let isRed = report.end?.exit != 0
    if isRed { frames(report.commands) }
    if verbosity != .quiet {
      let left = untold.filter { $0.outcome == .skipped }
      if let line = StepLine(notRun: left.map(\.id)) { write(line) }
      screen.write(style(.faint, StepLine.rule) + "\n")
      write(RunSummaryText.line(of: report))
    }
    if let next = RunSummaryText.next(report) { screen.write(advice(next)) }
  }

  /// What to do next, on a terminal broken between words.
  private func advice(_ next: String) -> String {
    let lines = screen.console.width.map { Columns.wrapped("error: \(next)", to: $0, indent: 2) }
    let text = lines?.joined(separator: "\n") ?? "error: \(next)"
    return style(.bad, "error") + text.dropFirst("error".count) + "\n"
  }

  /// The outputs of the commands that failed.
  private func frames(_ commands: [CommandRecord]) {
    let frame = OutputFrame(
      limit: verbosity == .verbose ? nil : 40, style: style, width: screen.console.width)
    for command in commands where command.outcome.isRed {
      screen.write(frame.text(of: command, in: report?.manifestFile ?? ""))
    }
  }

  private func warn(_ sentence: String) {
    if verbosity == .quiet { return }
    screen.write(style(.odd, "note") + ": \(Printable.escaped(sentence))\n")
  }

  private func say(
    _ meaning: Style.Meaning, _ symbol: String, _ verb: String, _ subject: String,
    _ details: [String]
  ) {
    write(
      StepLine(
        meaning: meaning, symbol: symbol, verb: verb, subject: subject, details: details))
  }

  private func write(_ diagnostics: [Diagnostic]) {
    let printer = DiagnosticPrinter(usesColor: style.isColored)
    let shown = verbosity == .quiet ? diagnostics.filter { $0.severity == .error } : diagnostics
    screen.write(shown.map { printer.text($0) + "\n" }.joined())
  }

  private func write(_ line: StepLine) {
    screen.write(line.text(style, width: screen.console.width))
  }

  private func live(_ subject: String, _ activity: String) {
    let place = subject == report?.steps.last?.id ? place : ""
    screen.show { line in
      line = LiveLine(
        place: place, subject: Printable.escaped(subject), activity: Printable.escaped(activity),
        output: "", since: Clock.monotonic)
    }
  }
}

extension Array where Element: Equatable {
  fileprivate mutating func removeFirst(of element: Element) {
    if let index = firstIndex(of: element) { remove(at: index) }
  }
}
