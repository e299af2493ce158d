import Planning
public import Platform

extension RunEvent {
  /// The event as one object: `time` in nanoseconds since 1970, `event`, and what belongs to it.
  /// Its schema is `mtor schema event`.
  public var json: JSON {
    let (name, members) = named
    return .object(
      [
        JSON.Member("time", .integer(Int(time))), JSON.Member("event", .string(name)),
      ] + members.map { JSON.Member($0.0, $0.1) })
  }

  private var named: (String, [(String, JSON)]) {
    switch kind {
    case .runStarted(let start):
      (
        "run_started",
        [
          ("run", .string(start.run)), ("manifest", .string(start.manifestName)),
          ("sha256", .string(start.manifestDigest.hex)), ("file", .string(start.manifestFile)),
          ("root", .string(start.root)),
        ]
      )
    case .recovered(let sentences):
      ("recovered", [("messages", .array(sentences.map(JSON.string)))])
    case .stepStarted(let id, let index, let count):
      (
        "step_started",
        [("step", .string(id)), ("index", .integer(index)), ("of", .integer(count))]
      )
    case .filesLanded(let step, let files):
      ("files_landed", [("step", .string(step)), ("files", .array(files.map(\.json)))])
    case .commandStarted(let step, let kind, let name):
      (
        "command_started",
        [("step", JSON(step)), ("kind", .string(kind.rawValue)), ("name", .string(name))]
      )
    case .commandOutput(let step, let name, let line):
      (
        "command_output",
        [("step", JSON(step)), ("name", .string(name)), ("line", .string(line))]
      )
    case .commandEnded(let step, let record):
      ("command_ended", [("step", JSON(step)), ("command", record.json)])
    case .attemptStarted(let step, let number, let by, let model):
      (
        "attempt_started",
        [
          ("step", JSON(step)), ("number", .integer(number)), ("by", .string(by.rawValue)),
          ("model", JSON(model)),
        ]
      )
    case .attemptEnded(let step, let record):
      ("attempt_ended", [("step", JSON(step)), ("attempt", record.json)])
    case .stepEnded(let id, let outcome, let reason):
      (
        "step_ended",
        [
          ("step", .string(id)), ("outcome", .string(outcome.rawValue)), ("reason", JSON(reason)),
        ]
      )
    case .stepsSkipped(let ids, let reason):
      (
        "steps_skipped",
        [("steps", .array(ids.map(JSON.string))), ("reason", .string(reason))]
      )
    case .noted(let sentence): ("noted", [("message", .string(sentence))])
    case .diagnosed(let diagnostics):
      ("diagnosed", [("notices", .array(diagnostics.map { RunReport.Notice($0).json }))])
    case .conflicted(let step, let conflicts, _):
      (
        "conflicted",
        [
          ("step", JSON(step)),
          ("notices", .array(conflicts.map { RunReport.Notice($0, step: step).json })),
        ]
      )
    case .committed(let id, let message):
      ("committed", [("id", .string(id)), ("message", .string(message))])
    case .runEnded(let end):
      (
        "run_ended",
        [
          ("outcome", .string(end.outcome.rawValue)), ("exit", .integer(Int(end.exit))),
          ("reason", JSON(end.reason)), ("undone", .bool(end.isUndone)),
        ]
      )
    }
  }
}
