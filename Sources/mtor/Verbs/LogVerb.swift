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
      let query = try LedgerQuery(invocation)
      let since = try invocation.moment(.since)
      switch invocation.operands.first {
      case "export": return try export(query, since: since)
      case "prune": return try prune(query, invocation)
      default: break
      }
      let runs = try query.summaries(
        ofEveryRoot: invocation.has(.all), since: since, limit: invocation.count(.limit) ?? 20)
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(
        invocation.value(.format) == "json"
          ? LogText.json(runs).text(.pretty) + "\n"
          : LogText.text(runs, console.style, width: console.width))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  /// Every run of every tree as a line of JSON.
  private static func export(_ query: LedgerQuery, since: Int64?) throws(RunFailure) -> ExitCode {
    let console = Console(descriptor: STDOUT_FILENO, color: .never, environment: [:])
    try query.reports(since: since) { console.write($0.json.text() + "\n") }
    guard let failure = console.failure, console.hasFailed else { return .success }
    throw .system(message: "the export could not be written: \(failure)", hint: nil)
  }

  private static func prune(
    _ query: LedgerQuery, _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    guard let moment = try invocation.moment(.keep) else {
      throw .usage(
        message: "prune needs to know what to keep", hint: "mtor log prune --keep 90d")
    }
    let count = try query.prune(before: moment)
    return try Output.result("removed \(count) run\(count == 1 ? "" : "s")\n")
  }
}
