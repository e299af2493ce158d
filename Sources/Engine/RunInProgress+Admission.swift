import Manifests
import Planning
import Platform
import YAMLTree

/// Which commands of a manifest may run at all.
extension RunInProgress {
  /// Refuses, before the first byte, what the configuration's `commands` does not let run; asks
  /// where it says so.
  func admitCommands(of plans: [Plan]) throws(RunFailure) {
    let rules = request.commands
    try rules.refuseCommands(of: plans)
    guard rules.others == .ask else { return }
    let (faults, texts) = rules.refusals(of: plans)
    if faults.isEmpty { return }
    if let confirm = request.confirm, confirm(texts) { return }
    throw .invalid(faults)
  }
}

extension CommandRules {
  /// Refuses what the configuration does not let run, whoever is asked.
  func refuseCommands(of plans: [Plan]) throws(RunFailure) {
    guard others == .refuse else { return }
    let faults = refusals(of: plans).faults
    if !faults.isEmpty { throw .invalid(faults) }
  }

  /// The commands that no pattern covers, as faults and as their texts.
  fileprivate func refusals(of plans: [Plan]) -> (faults: [Diagnostic], texts: [String]) {
    var faults: [Diagnostic] = []
    var texts: [String] = []
    for plan in plans {
      for command in plan.commands where !allows(command) {
        faults.append(refusal(of: command, in: plan))
        texts.append(command.spec.run)
      }
    }
    return (faults, texts)
  }

  private func refusal(of command: PlannedCommand, in plan: Plan) -> Diagnostic {
    let mark = command.spec.mark
    let excerpt = plan.source?.excerpt(around: mark)
    let why =
      others == .refuse
      ? "the configuration says 'commands: {else: refuse}'"
      : "the configuration says 'commands: {else: ask}', and nobody has said yes"
    return Diagnostic(
      .error, "command-refused",
      "the \(command.kind.rawValue) '\(Printable.escaped(command.name))' may not run: \(why)",
      file: plan.manifestFile, at: mark, excerpt: excerpt?.text ?? "", caret: excerpt?.column,
      hint: hint(for: command))
  }

  private func hint(for command: PlannedCommand) -> String {
    let other = others == .ask ? "; '--sandbox' runs it in the sandbox" : ""
    var open = self
    open.allowed = [command.spec.run] + (command.spec.unless.map { [$0] } ?? [])
    guard open.allows(command) else {
      return "no pattern covers a command that sets 'path', or 'env' that may change what is "
        + "run: 'commands: {else: run}' there lets it run" + other
    }
    let texts = open.allowed.map { JSON.string($0).text() }.joined(separator: ", ")
    return "'commands: {allow: [\(texts)]}' there lets it run" + other
  }
}

extension Plan {
  /// Every command that it runs, in its order.
  fileprivate var commands: [PlannedCommand] {
    setup + steps.flatMap { $0.run + $0.tests } + verify
  }
}
