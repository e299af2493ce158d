import Events
import Manifests
import Planning
import Platform
import Subprocess
import YAMLTree

/// Runs a manifest's command as it asks: skipped where it may be, retried where it says so, judged
/// by what it expects.
struct CommandExecution {
  let root: RootTree
  let runner: CommandRunner
  let environment: CommandEnvironment
  let params: [String: String]
  /// Nil: as the person who wrote the manifest wants it.
  var confinement: CommandConfinement?
  /// Called with each line of output, escaped.
  let onLine: (@Sendable (String) -> Void)?

  /// Runs the command and says how it ended; only mtor's own inability to run it is thrown.
  func run(_ planned: PlannedCommand) throws -> CommandRecord {
    if let reason = try skipReason(planned) {
      var record = self.record(of: planned, .skipped)
      record.reason = reason
      return record
    }
    var attempt = 0
    while true {
      let outcome = try runner.run(
        try confined(command(for: planned), planned),
        onLine: onLine.map { show in
          { line in show(Printable.escaped(String(decoding: line, as: UTF8.self))) }
        })
      var record = self.record(of: planned, .passed)
      record.take(outcome)
      record.sandbox = confinement?.sandbox.name ?? "none"
      record.judge(outcome, by: planned.spec)
      if record.outcome == .passed && attempt > 0 { record.outcome = .flaky }
      let isOver = record.outcome != .failed && record.outcome != .timedOut
      if isOver || attempt >= planned.spec.retries { return record }
      attempt += 1
    }
  }

  private func record(
    of planned: PlannedCommand, _ outcome: CommandRecord.Outcome
  ) -> CommandRecord {
    CommandRecord(
      kind: planned.kind, name: planned.name, run: planned.spec.run, outcome: outcome,
      line: planned.spec.mark.line)
  }

  private func skipReason(_ planned: PlannedCommand) throws -> String? {
    if let path = planned.creates, try root.status(of: path) != nil {
      return "\(Printable.escaped(path.text)) stands"
    }
    if let unless = planned.spec.unless {
      var question = command(for: planned)
      question.program = planned.spec.shell == .bash ? .bash(unless) : .sh(unless)
      if try runner.run(try confined(question, planned)).succeeded { return "unless: it succeeded" }
    }
    return nil
  }

  /// The command under the sandbox, where there is one.
  private func confined(
    _ command: Command, _ planned: PlannedCommand
  ) throws(SystemError) -> Command {
    guard let confinement else { return command }
    return try confinement.applied(to: command, planned: planned)
  }

  func command(for planned: PlannedCommand) -> Command {
    let spec = planned.spec
    let directory = planned.directory.map { root.path + "/" + $0.text } ?? root.path
    let make = confinement == nil ? environment.make : environment.makeSandboxed
    let variables = make(
      planned.passEnvironment, planned.environment,
      planned.path.map { root.path + "/" + $0.text }, params)
    var command = Command(
      spec.shell == .bash ? .bash(spec.run) : .sh(spec.run), directory: directory,
      environment: variables)
    command.input = spec.input?.decoded() ?? []
    command.timeout = spec.timeout
    command.confinement.hasNetwork = confinement != nil || spec.network ?? true
    if spec.output != nil || spec.errors != nil { command.capture.separate = 16 << 20 }
    return command
  }
}
