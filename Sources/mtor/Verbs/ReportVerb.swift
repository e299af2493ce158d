import Dispatching
import Engine
import Events
import Glibc
import Platform
import Reporting

/// `mtor report [RUN]`: one run as a page, as Markdown, or for a CI server.
enum ReportVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    let report: RunReport
    do throws(RunFailure) {
      if let since = try invocation.moment(.since) { return try night(invocation, since) }
      if let batch = invocation.value(.batch) { return try Self.batch(invocation, batch) }
      report = try LedgerQuery(invocation).report(of: invocation.operands.first)
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    let files = try RunReportFiles(invocation)
    if files.isEmpty { return try Output.result(MarkdownReport.text(report)) }
    return files.write(report) ? .success : .system
  }

  /// All runs of all trees since a moment.
  private static func night(
    _ invocation: Invocation, _ since: Int64
  ) throws(RunFailure) -> ExitCode {
    var reports: [RunReport] = []
    try LedgerQuery(invocation).reports(since: since) { reports.append($0) }
    return try show(NightReport(reports, since: since), invocation)
  }

  /// The tasks of a batch, and their last runs.
  private static func batch(
    _ invocation: Invocation, _ name: String
  ) throws(RunFailure) -> ExitCode {
    let tasks = try QueueAccess.tasks(invocation, batch: name)
    if tasks.isEmpty {
      throw .refused(
        message: "there is no batch '\(Printable.escaped(name))'", details: [],
        hint: "'mtor queue' lists the tasks")
    }
    let reports = try LedgerQuery(invocation).reports(of: tasks.compactMap(\.run))
    return try show(
      NightReport(
        reports, title: "Batch \(name): \(QueueText.sum(tasks))",
        tasks: tasks.map { task in
          NightReport.Task(
            name: task.id.text, isWaiting: task.state.isEnd ? !task.state.isGood : task.isStuck,
            words: QueueText.words(task))
        }), invocation)
  }

  private static func show(
    _ report: NightReport, _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    let page = try invocation.value(.html).map(ReportFile.opened)
    try page?.finish(report.page)
    if let path = invocation.value(.markdown) {
      try ReportFile.opened(path).finish(report.markdown)
    } else if page == nil {
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(report.text(console.style))
    }
    return .success
  }
}
