import Engine
import Events
import Glibc
import Platform
import Records
import Reporting

/// `mtor show [RUN]`: one run as its screen had it.
enum ShowVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let report = try LedgerQuery(invocation).report(of: invocation.operands.first)
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(
        invocation.value(.format) == "json"
          ? report.json.text(.pretty) + "\n"
          : ShowText.text(
            report, console.style, width: console.width, isVerbose: invocation.has(.verbose)))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }
}
