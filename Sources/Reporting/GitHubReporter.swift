public import Events
import Planning
import Platform
import YAMLTree

/// `--format github`: a folded group a step, annotations where something is red.
///
/// What commands wrote is passed through with workflow commands switched off, by a word that the
/// output cannot know.
public final class GitHubReporter: RunListener {
  private let console: Console
  private let style = Style(isColored: false)
  private let token: String
  private var report: RunReport?

  public init(_ console: Console) {
    self.console = console
    var generator = SystemRandomNumberGenerator()
    token = "mtor-" + String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
  }

  public func receive(_ event: RunEvent) {
    if case .runStarted(let start) = event.kind {
      report = RunReport(start, at: event.time)
      return
    }
    report?.apply(event)
    guard let report else { return }
    switch event.kind {
    case .commandEnded(nil, let record):
      group(StepLine(record), [record])
      annotate(record, step: nil, report)
    case .stepEnded:
      guard let step = report.steps.last(where: { $0.outcome != nil }) else { return }
      group(StepLine(step), step.commands)
      let isRed = [.failed, .stalled, .conflict].contains(step.outcome)
      for command in step.commands where isRed { annotate(command, step: step.id, report) }
    case .stepsSkipped(let ids, _):
      if let line = StepLine(notRun: ids) { console.write(Self.plain(line, style)) }
    case .diagnosed(let diagnostics):
      console.write(diagnostics.map(\.annotation).joined())
    case .conflicted(_, let conflicts, let source):
      let file = source?.name ?? report.manifestFile
      console.write(conflicts.map { $0.diagnostic(in: file).annotation }.joined())
    case .noted(let sentence):
      console.write("::warning::\(Self.data(sentence))\n")
    case .runEnded: end(report)
    default: break
    }
  }

  private func group(_ line: StepLine, _ commands: [CommandRecord]) {
    let title = line.text(style, width: nil).split(separator: "\n").joined(separator: " ")
    console.write("::group::\(Self.data(title))\n")
    for command in commands where !command.output.isEmpty {
      console.write("$ \(Printable.escaped(command.name))\n::stop-commands::\(token)\n")
      // The bar as well: the runner's older commands are looked for anywhere in a line.
      let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
      for line in lines {
        let safe = Printable.escaped(String(line)).replacing("##[", with: "## [")
        console.write("| \(safe)\n")
      }
      console.write("::\(token)::\n")
    }
    console.write("::endgroup::\n")
  }

  private func annotate(_ command: CommandRecord, step: String?, _ report: RunReport) {
    guard command.outcome.isRed else { return }
    let owner = step.map { "step \($0): " } ?? ""
    let message = "\(owner)\(command.name): \(command.reason ?? Ending.of(command))"
    console.write(
      Diagnostic(
        .error, "\(command.kind.rawValue)-failed", message,
        file: command.file ?? report.manifestFile,
        at: Mark(line: command.line, column: 1)
      ).annotation)
  }

  private func end(_ report: RunReport) {
    console.write(Self.plain(RunSummaryText.line(of: report), style))
    if let next = RunSummaryText.next(report) { console.write("::error::\(Self.data(next))\n") }
  }

  private static func plain(_ line: StepLine, _ style: Style) -> String {
    line.text(style, width: nil).split(separator: "\n").joined(separator: " ") + "\n"
  }

  /// What a runner undoes in a message: nothing in it can begin another command.
  private static func data(_ text: String) -> String {
    Printable.escaped(text).replacing("%", with: "%25")
  }
}
