import Engine
import Events
import Glibc
import Platform
import Records
import Reporting

/// `mtor log`: the runs of this tree, the newest first.
enum LogVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let runs = try LedgerQuery(invocation).summaries(
        ofEveryRoot: invocation.has(.all), limit: invocation.count(.limit) ?? 20)
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(
        invocation.value(.format) == "json"
          ? LogText.json(runs).text(.pretty) + "\n"
          : LogText.text(runs, console.style, width: console.width))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }
}
