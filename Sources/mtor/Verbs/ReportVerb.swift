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
    let page = try invocation.value(.html).map(ReportFile.opened)
    var reports: [RunReport] = []
    try LedgerQuery(invocation).reports(since: since) { reports.append($0) }
    let report = NightReport(reports, since: since)
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
