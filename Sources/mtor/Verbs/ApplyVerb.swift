import Engine
import Events
import Glibc
import Manifests
import Platform
import Records
import Repairing
import Reporting
import YAMLTree

/// `mtor apply MANIFEST…`.
enum ApplyVerb {
  enum Format: String, CaseIterable { case text, json, github, llm }

  static func run(_ invocation: Invocation) throws -> ExitCode {
    var request: ApplyRequest
    let ledgerPath: String?
    do {
      let configuration = try ConfigurationFile.read(invocation).configuration
      request = try invocation.request(configuration)
      request.repair = ConfigurationFile.repair(invocation, configuration)
      ledgerPath = configuration.ledger ?? LedgerFile.defaultPath
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
    request.writtenFiles = invocation.writtenFiles
    request.streamsOutput = invocation.has(.verbose)
    request.confirm = { CommandConsent.isGiven(to: $0) }
    let format = invocation.value(.format).flatMap(Format.init(rawValue:)) ?? .text
    if invocation.has(.showPrompt) {
      // A report on standard output must stay one.
      request.repair?.show = { preview in
        do {
          if format == .text {
            try Output.print(preview.text)
          } else {
            Output.complain(preview.text)
          }
        } catch {
          Output.complain(preview.text)
        }
      }
    }
    // Opened now: a report that cannot be written must be known before the run.
    let files: RunReportFiles
    do throws(RunFailure) {
      files = try RunReportFiles.opened(invocation, request.configuration)
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    try Interruption.watch()

    let collector = ReportCollector()
    let console = Terminal.console(STDOUT_FILENO, invocation)
    let ledger = ledgerPath.map { path in
      Ledger(path: path) { text in
        var redaction = Redaction(mark: "secret")
        return redaction.redact(text)
      }
    }
    var listeners: [any RunListener] = [collector]
    if format == .text { listeners.append(TextReporter(console, verbosity(invocation))) }
    if format == .github { listeners.append(GitHubReporter(console)) }
    if let ledger { listeners.append(ledger) }
    if let events = files.events { listeners.append(events) }

    var code: ExitCode
    do throws(RunFailure) {
      let end = try Run.apply(request, listeners: listeners)
      code = ExitCode(rawValue: end.exit) ?? .system
    } catch {
      code = try told(error, hasReport: collector.report != nil, invocation)
      if collector.report == nil {
        let refusal = FailureOutput.refusal(error, of: invocation.operands)
        if case .usage = error { files.discard() } else { files.write(refusal) }
        if format == .github {
          try Output.print(refusal.faults.map(\.annotation).joined())
          files.addSummary(of: refusal)
        }
      }
    }
    for warning in ledger?.warnings ?? [] { Output.complain("warning: \(warning)\n") }
    if let report = collector.report {
      do throws(SystemError) {
        switch format {
        case .text: break
        case .github: files.addSummary(of: report)
        case .json: try Output.print(report.json.text(.pretty) + "\n")
        case .llm: try Output.print(LanguageModelText.text(report))
        }
      } catch {
        // How the run ended stays true, and the files have it.
        Output.complain("error: the report could not be printed: \(error)\n")
        code = ExitCode.stronger(code, .system)
      }
      files.write(report)
    }
    if let failure = console.failure, console.hasFailed {
      Output.complain("error: the run could not be shown: \(failure)\n")
      code = ExitCode.stronger(code, .system)
    }
    return code
  }

  /// What went wrong after a run had begun is in the stream of events: the screen and the report
  /// have it already.
  private static func told(
    _ failure: RunFailure, hasReport: Bool, _ invocation: Invocation
  ) throws(SystemError) -> ExitCode {
    if hasReport { return ExitCode(rawValue: failure.exit) ?? .system }
    return try FailureOutput(invocation).report(failure)
  }

  private static func verbosity(_ invocation: Invocation) -> TextReporter.Verbosity {
    if invocation.has(.quiet) { return .quiet }
    return invocation.has(.verbose) ? .verbose : .normal
  }
}
