import Dispatching
import Engine
import Events
import Glibc
import Platform
import Reporting

/// `mtor report [RUN]`: one run as a page, as Markdown, as JSON, or for a CI server.
enum ReportVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      try refuseMixtures(invocation)
      if let since = try invocation.moment(.since) { return try night(invocation, since) }
      if let batch = invocation.value(.batch) { return try Self.batch(invocation, batch) }
      return try single(invocation)
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  /// What would be left out silently is refused.
  private static func refuseMixtures(_ invocation: Invocation) throws(RunFailure) {
    guard let many = [FlagName.since, .batch].first(where: invocation.has) else { return }
    let other =
      many == .since && invocation.has(.batch)
      ? "--batch" : [FlagName.junit, .sarif].first(where: invocation.has)?.rawValue
    if let other {
      throw .usage(
        message: "\(many.rawValue) and \(other) do not go together",
        hint: other == "--batch"
          ? "write one of them" : "\(other) tells one run: mtor report RUN \(other) FILE")
    }
    if let run = invocation.operands.first {
      throw .usage(
        message: "\(many.rawValue) tells several runs, and '\(Printable.escaped(run))' is one",
        hint: "write \(many.rawValue) or a run, not both")
    }
  }

  private static func single(_ invocation: Invocation) throws(RunFailure) -> ExitCode {
    let report = try LedgerQuery(invocation).report(of: invocation.operands.first)
    try refuseOverwriting(report, invocation)
    let files = try RunReportFiles.opened(invocation)
    let isWhole = files.write(report)
    if isJSON(invocation) {
      _ = try Output.result(report.json.text(.pretty) + "\n")
    } else if files.isEmpty {
      _ = try Output.result(MarkdownReport.text(report))
    }
    return isWhole ? .success : .system
  }

  /// The page of a run replaces neither its manifest nor a file that it left.
  private static func refuseOverwriting(
    _ report: RunReport, _ invocation: Invocation
  ) throws(RunFailure) {
    let files = invocation.writtenFiles
    // Several manifests are told as one text; relative names are the ones of the run's folder.
    let names = [report.manifestFile] + report.manifestFile.split(separator: " ").map(String.init)
    try files.refuse(over: names + names.map { report.root + "/" + $0 }, "the run's manifest")
    let paths = report.steps.flatMap(\.files).map { report.root + "/" + $0.path }
    try files.refuse(over: paths, "a file of the run")
  }

  private static func isJSON(_ invocation: Invocation) -> Bool {
    invocation.value(.format) == "json"
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
    try invocation.refuseOverwriting()
    // Both are opened before one is written.
    let page = try invocation.value(.html).map(ReportFile.opened)
    let markdown = try invocation.value(.markdown).map(ReportFile.opened)
    try page?.finish(report.page)
    try markdown?.finish(report.markdown)
    if isJSON(invocation) { return try Output.result(report.json.text(.pretty) + "\n") }
    if page != nil || markdown != nil { return .success }
    let console = Terminal.console(STDOUT_FILENO, invocation)
    return try Output.result(report.text(console.style))
  }
}
