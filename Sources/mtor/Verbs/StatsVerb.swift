import Engine
import Events
import Glibc
import Platform
import Records
import Reporting

/// `mtor stats`: the ledger summed up.
enum StatsVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let since = try invocation.moment(.since)
      if invocation.has(.drift) { return try drift(invocation, since: since) }
      try invocation.refuseOverwriting()
      let page = try invocation.value(.html).map(ReportFile.opened)
      let dimension = invocation.value(.by).flatMap(RunStatistics.Dimension.init(rawValue:))
      let statistics = try LedgerQuery(invocation).statistics(
        since: since, by: dimension)
      if let page {
        try page.finish(StatisticsPage.text(statistics, since: since))
        if !invocation.has(.format) { return .success }
      }
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(
        invocation.value(.format) == "json"
          ? StatisticsText.json(statistics).text(.pretty) + "\n"
          : StatisticsText.text(statistics, console.style, width: console.width))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  /// What repairs changed in the architect's bytes.
  private static func drift(
    _ invocation: Invocation, since: Int64?
  ) throws(RunFailure) -> ExitCode {
    for other in [FlagName.by, .html] where invocation.has(other) {
      throw .usage(
        message: "--drift has no \(other.rawValue)", hint: "write 'mtor stats --drift' alone")
    }
    let repairs = try LedgerQuery(invocation).repairs(since: since)
    let changes = repairs.flatMap { repair in
      repair.files.map { file in
        RepairDrift.Change(
          run: repair.run, step: repair.step, path: file.path, declared: file.declared,
          content: file.content)
      }
    }
    let drift = RepairDrift(changes, repairs: repairs.count)
    let console = Terminal.console(STDOUT_FILENO, invocation)
    return try Output.result(
      invocation.value(.format) == "json"
        ? DriftText.json(drift).text(.pretty) + "\n"
        : DriftText.text(drift, console.style, width: console.width))
  }
}

extension Invocation {
  /// The moment that a flag names, in nanoseconds since 1970; nil without the flag.
  func moment(_ flag: FlagName) throws(RunFailure) -> Int64? {
    guard let text = value(flag) else { return nil }
    guard let moment = Clock.moment(text) else {
      throw .usage(
        message: "'\(Printable.escaped(text))' is no moment",
        hint: "write \(flag.rawValue) 7d, 12h, yesterday, 2026-01-31 or 2026-01-31T12:00:00Z")
    }
    return moment
  }
}
