import Engine
import Events
import Glibc
import Manifests
import Materialising
import Platform
import Reporting

/// The files that a run is reported to, all opened before it: one that cannot be written must be
/// known before anything is done.
struct RunReportFiles {
  /// Writes every event when it happens; nil where nobody asked.
  let events: EventFile?

  private let files: [(file: ReportFile, format: Format)]

  /// How a file tells a run, and one that could not be begun.
  private struct Format {
    let report: (RunReport) -> String
    let refusal: (Refusal) -> String
  }

  init(_ invocation: Invocation) throws(SystemError) {
    func lines(_ json: JSON) -> String { json.text(.pretty) + "\n" }
    let formats: [(FlagName, Format)] = [
      (.json, Format(report: { lines($0.json) }, refusal: { lines($0.json) })),
      (.junit, Format(report: JUnitReport.text, refusal: JUnitReport.text)),
      (
        .sarif,
        Format(
          report: { lines(SARIFReport.json($0)) }, refusal: { lines(SARIFReport.json($0)) })
      ),
      (.html, Format(report: Self.page, refusal: HTMLReport.text)),
      (.markdown, Format(report: MarkdownReport.text, refusal: MarkdownReport.text)),
    ]
    var files: [(file: ReportFile, format: Format)] = []
    for (flag, format) in formats {
      if let path = invocation.value(flag) { files.append((try ReportFile(path: path), format)) }
    }
    self.files = files
    events = try invocation.value(.events).map(EventFile.init(path:))
  }

  /// The files of a command line, or why they cannot be had.
  static func opened(
    _ invocation: Invocation, _ configuration: Configuration? = nil
  ) throws(RunFailure) -> RunReportFiles {
    try invocation.refuseOverwriting(configuration)
    do throws(SystemError) { return try RunReportFiles(invocation) } catch {
      throw ReportFile.failure(error)
    }
  }

  /// Whether any file was asked for.
  var isEmpty: Bool { files.isEmpty && events == nil }

  /// Writes all of them. One that cannot be finished is said, and changes nothing of the run's
  /// outcome; false then.
  @discardableResult
  func write(_ report: RunReport) -> Bool { write { $0.report(report) } }

  /// Writes why there is no run to report.
  ///
  /// What the run would have declared may be unknown then, so that only an earlier report is
  /// replaced.
  func write(_ refusal: Refusal) {
    if events?.file.holdsReport ?? true { events?.begin() }
    write({ $0.refusal(refusal) }, where: \.holdsReport)
  }

  /// Writes nothing: what was refused is that one of these files is to be written.
  func discard() {
    for (file, _) in files { file.discard() }
    events?.discard()
  }

  @discardableResult
  private func write(
    _ text: (Format) -> String, where mayWrite: (ReportFile) -> Bool = { _ in true }
  ) -> Bool {
    var isWhole = true
    for (file, format) in files {
      guard mayWrite(file) else {
        Output.complain("warning: '\(file.shown)' holds no report, and was left as it is\n")
        continue
      }
      do {
        try file.write(text(format))
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

  /// The page, with the changes of files as far as their bytes are still there.
  private static func page(_ report: RunReport) -> String {
    var changes: [FileChange] = []
    do throws(RunFailure) {
      changes = try RunHistory.changes(of: report.run, root: report.root).map(FileChange.init)
    } catch {
      Output.complain("warning: the page shows no changes of files: \(error.reason)\n")
    }
    return HTMLReport.text(report, changes: changes)
  }

  /// Adds the run to the summary of a GitHub workflow's step, where there is one.
  func addSummary(of report: RunReport) { addSummary(MarkdownReport.text(report)) }

  func addSummary(of refusal: Refusal) { addSummary(MarkdownReport.text(refusal)) }

  private func addSummary(_ text: String) {
    guard let path = Environment.value("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return }
    do {
      let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o666)
      try Output.write(text, to: file.raw, path: path)
    } catch {
      Output.complain("warning: the summary could not be written: \(error)\n")
    }
  }
}

extension FileChange {
  fileprivate init(_ change: RunChange) {
    func bytes(_ side: RunChange.Side) -> [UInt8]? {
      if case .bytes(let bytes) = side { bytes } else { nil }
    }
    self.init(
      step: change.step, path: change.path.text, old: bytes(change.old), new: bytes(change.new),
      omission: Self.omission(change.old) ?? Self.omission(change.new))
  }

  private static func omission(_ side: RunChange.Side) -> String? {
    guard case .withheld(let reason) = side else { return nil }
    return switch reason {
    case .gone: "its bytes are not kept any more"
    case .link: "a symbolic link"
    case .large: "too large to be shown here"
    case .beyondTotal: "not shown: the files before it fill the page"
    }
  }
}
