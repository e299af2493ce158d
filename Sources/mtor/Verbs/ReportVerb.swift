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
      report = try LedgerQuery(invocation).report(of: invocation.operands.first)
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    let files = try RunReportFiles(invocation)
    if files.isEmpty { return try Output.result(MarkdownReport.text(report)) }
    return files.write(report) ? .success : .system
  }
}
