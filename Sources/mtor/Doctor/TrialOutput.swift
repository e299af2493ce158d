import Engine
import Events
import Glibc
import Platform

/// `mtor doctor --try CMD`: one command under the rules of repair, and what came of it.
enum TrialOutput {
  static func run(_ command: String, _ invocation: Invocation) throws -> ExitCode {
    try Interruption.watch()
    let trial: SandboxTrial
    do throws(RunFailure) {
      trial = try SandboxTrial.perform(command, root: invocation.value(.root))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    if invocation.value(.format) == "json" {
      let report: JSON = [
        "ok": .bool(trial.exit == 0), "exit": .integer(Int(trial.exit)),
        "ending": JSON(trial.ending),
        "sandbox": .string(trial.sandbox), "shadow": .string(trial.shadow),
        "output": .string(trial.output), "changes": .array(trial.changes.map { .string($0) }),
        "refused": .array(trial.refusals.map { .string($0) }),
        "notes": .array(trial.notes.map { .string($0) }),
      ]
      try Output.print(report.text(.pretty) + "\n")
    } else {
      try Output.print(text(trial))
    }
    // The command's own exit code is the answer, and no ExitCode of mtor.
    exit(trial.exit)
  }

  private static func text(_ trial: SandboxTrial) -> String {
    var lines = trial.output
    if !lines.isEmpty && !lines.hasSuffix("\n") { lines += "\n" }
    let end = trial.ending.map { "\($0), exit \(trial.exit)" } ?? "exit \(trial.exit)"
    lines += "\(end), under \(trial.sandbox), in \(trial.shadow)\n"
    for note in trial.notes { lines += "note: \(note)\n" }
    lines += list("changed in the shadow, which is gone", trial.changes)
    return lines + list("refused, it seems", trial.refusals)
  }

  private static func list(_ title: String, _ entries: [String]) -> String {
    if entries.isEmpty { return "" }
    let shown = entries.prefix(20).map { "  \($0)\n" }.joined()
    let rest = entries.count > 20 ? "  and \(entries.count - 20) more\n" : ""
    return "\(title):\n\(shown)\(rest)"
  }
}
