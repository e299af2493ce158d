import Events
import Glibc
import Platform
import Reporting

/// The files that a run is reported to, all opened before it: one that cannot be written must be
/// known before anything is done.
struct RunReportFiles {
  /// Where every event goes when it happens; nil where nobody asked.
  let events: Console?

  private let eventFile: ReportFile?
  private let files: [(file: ReportFile, text: (RunReport) -> String)]

  init(_ invocation: Invocation) throws(SystemError) {
    let kinds: [(FlagName, (RunReport) -> String)] = [
      (.json, { $0.json.text(.pretty) + "\n" }), (.junit, JUnitReport.text),
      (.sarif, { SARIFReport.json($0).text(.pretty) + "\n" }), (.html, HTMLReport.text),
      (.markdown, MarkdownReport.text),
    ]
    var files: [(file: ReportFile, text: (RunReport) -> String)] = []
    for (flag, text) in kinds {
      if let path = invocation.value(flag) { files.append((try ReportFile(path: path), text)) }
    }
    self.files = files
    eventFile = try invocation.value(.events).map(ReportFile.init(path:))
    try eventFile?.write("")
    events = eventFile.map { Console(descriptor: $0.raw, color: .never, environment: [:]) }
  }

  /// Whether any file was asked for.
  var isEmpty: Bool { files.isEmpty && eventFile == nil }

  /// Writes all of them. One that cannot be finished is said, and changes nothing of the run's
  /// outcome; false then.
  @discardableResult
  func write(_ report: RunReport) -> Bool {
    var isWhole = true
    for (file, text) in files {
      do {
        try file.write(text(report))
      } catch {
        isWhole = false
        Output.complain("warning: a report could not be finished: \(error)\n")
      }
    }
    if let failure = events?.failure {
      isWhole = false
      Output.complain("warning: the events could not be written: \(failure)\n")
    }
    return isWhole
  }

  /// Adds the run to the summary of a GitHub workflow's step, where there is one.
  func addSummary(of report: RunReport) {
    guard let path = Environment.value("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return }
    do {
      let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o666)
      try Output.write(MarkdownReport.text(report), to: file.raw, path: path)
    } catch {
      Output.complain("warning: the summary could not be written: \(error)\n")
    }
  }
}
