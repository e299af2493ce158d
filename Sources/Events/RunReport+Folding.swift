import Planning
import YAMLTree

extension RunReport {
  /// The report of a whole stream; nil where no run started in it.
  public init?(folding events: some Sequence<RunEvent>) {
    var report: RunReport?
    for event in events {
      if case .runStarted(let start) = event.kind {
        report = RunReport(start, at: event.time)
      } else {
        report?.apply(event)
      }
    }
    guard let report else { return nil }
    self = report
  }

  /// Takes in the next event of the run.
  public mutating func apply(_ event: RunEvent) {
    switch event.kind {
    case .runStarted, .commandStarted, .commandOutput, .attemptStarted: break
    case .recovered(let sentences): notices += sentences.map { Notice(.recovered, $0) }
    case .stepStarted(let id, _, _): steps.append(Step(id: id, started: event.time))
    case .filesLanded(let id, let files): change(id) { $0.files += files }
    case .commandEnded(let id, let record):
      if let id { change(id) { $0.commands.append(record) } } else { commands.append(record) }
    case .attemptEnded(let id, let record):
      if let id { change(id) { $0.attempts.append(record) } } else { attempts.append(record) }
    case .stepEnded(let id, let outcome, let reason):
      change(id) {
        $0.ended = event.time
        $0.outcome = outcome
        $0.reason = reason
      }
    case .stepsSkipped(let ids, let reason):
      steps += ids.map { Step(skipped: $0, reason: reason, at: event.time) }
    case .noted(let sentence): notices.append(Notice(.noted, sentence))
    case .diagnosed(let diagnostics): notices += diagnostics.map(Notice.init)
    case .conflicted(let step, let conflicts, _):
      notices += conflicts.map { Notice($0, step: step) }
    case .committed(let id, let message):
      let earlier = commit.map { [$0.id] + $0.earlier } ?? []
      commit = Commit(id: id, message: message, earlier: earlier)
    case .runEnded(let end): close(end, at: event.time)
    }
  }

  /// Changes the latest step of that id: several manifests in one run may use an id again.
  private mutating func change(_ id: String, _ body: (inout Step) -> Void) {
    if let index = steps.lastIndex(where: { $0.id == id }) { body(&steps[index]) }
  }

  private mutating func close(_ end: RunEnd, at time: Int64) {
    for index in steps.indices where steps[index].outcome == nil {
      // A step that was never ended was cut off, by a signal or by what ended the run.
      steps[index].outcome = end.outcome == .interrupted ? .interrupted : .failed
      steps[index].ended = time
    }
    self.end = end
    ended = time
  }
}

extension RunReport.Notice {
  init(_ diagnostic: Diagnostic) {
    let kind: Kind =
      switch diagnostic.severity {
      case .error: .error
      case .warning: .warning
      case .note: .note
      }
    self.init(kind, diagnostic.message)
    rule = diagnostic.rule
    hint = diagnostic.hint
    file = diagnostic.file
    line = diagnostic.mark?.line
    column = diagnostic.mark?.column
  }

  init(_ conflict: Conflict, step: String?) {
    self.init(.conflict, conflict.message)
    rule = conflict.rule
    hint = conflict.hint
    self.step = step
    path = conflict.path.isEmpty ? nil : conflict.path
    line = conflict.mark.line
    column = conflict.mark.column
  }
}

/// A listener that keeps the report of the run it hears.
public final class ReportCollector: RunListener {
  /// Nil before the run has started.
  public private(set) var report: RunReport?

  public init() {}

  public func receive(_ event: RunEvent) {
    if case .runStarted(let start) = event.kind {
      report = RunReport(start, at: event.time)
    } else {
      report?.apply(event)
    }
  }
}
