import Engine
import Events
import Glibc
import Platform
import Reporting

/// `mtor recover`: finish what a crash left.
enum RecoverVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    try Interruption.watch()
    do throws(RunFailure) {
      let done = try Recovery.perform(root: invocation.value(.root))
      if invocation.value(.format) == "json" {
        let report: JSON = ["ok": true, "recovered": .array(done.map { .string($0) })]
        return try Output.result(report.text(.pretty) + "\n")
      }
      let lines = done.isEmpty ? ["nothing to recover: the tree is at a step's boundary"] : done
      return try Output.result(lines.map { Printable.escaped($0) + "\n" }.joined())
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }
}
