import Events
import Glibc
import Platform
import Reporting

/// One run of the executable: from the arguments to the exit code, which is decided here alone.
enum CommandLineRun {
  /// `faults` are those of the arguments before they were text.
  static func exitCode(for arguments: [String], faults: [UsageFault] = []) -> ExitCode {
    do {
      if !faults.isEmpty { throw UsageFaults(all: faults) }
      // Asked for most often, by scripts: answered before anything else is set up.
      if arguments == ["--version"] {
        try Output.print("mtor \(Version.text)\n")
        return .success
      }
      // Nothing was asked: what there is to ask, and no success.
      if arguments.isEmpty {
        Output.complain(HelpText.overview())
        return .usage
      }
      return try run(ArgumentParser.parse(arguments))
    } catch let faults as UsageFaults {
      let text = faults.all.map { $0.text(arguments: arguments) }.joined(separator: "\n")
      return tell(
        text, .usage, "usage", faults.all.map(\.message).joined(separator: "; "),
        faults.all.first?.hint, arguments)
    } catch let error as SystemError {
      let hint = advice(on: error)
      let text = ErrorReport.text(
        message: "\(error)", hint: hint, Style(isColored: false))
      return tell(text, .system, "system", "\(error)", hint, arguments)
    } catch let error as ConfigurationFile.Missing {
      let hint = ConfigurationFile.Missing.hint
      let text = ErrorReport.text(
        message: "\(error)", hint: hint, Style(isColored: false))
      return tell(text, .system, "system", "\(error)", hint, arguments)
    } catch {
      return tell("error: \(error)\n", .system, "system", "\(error)", nil, arguments)
    }
  }

  /// Tells what ended a verb before it could: as text, or as the object that a program asked for.
  private static func tell(
    _ text: String, _ code: ExitCode, _ word: String, _ message: String, _ hint: String?,
    _ arguments: [String]
  ) -> ExitCode {
    let isJSON =
      arguments.contains("--format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    guard isJSON else {
      Output.complain(text)
      return code
    }
    do {
      let report = ErrorReport.json(code: word, message: message, hint: hint)
      try Output.print(report.text(.pretty) + "\n")
      return code
    } catch {
      Output.complain(text)
      return code
    }
  }

  /// What helps against an error of the system that nobody had more to say about.
  private static func advice(on error: SystemError) -> String? {
    switch error.code {
    case ENOENT: "check the name and the folder, or make it first"
    case EACCES, EPERM: "check who may use it: ls -ld"
    case EISDIR: "name a file, not a folder"
    case ENOSPC, EDQUOT: "free space: df -h"
    case EBADF where error.path == "<stdout>": "it was closed: leave '>&-' out"
    case EROFS: "it lies on a file system that is mounted to be read; name another place"
    default: nil
    }
  }

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    switch invocation.verb {
    case .amend: try AmendVerb.run(invocation)
    case .apply, .rehearse: try ApplyVerb.run(invocation)
    case .check: try CheckVerb.run(invocation)
    case .coach: try CoachVerb.run(invocation)
    case .completions: try CompletionsVerb.run(invocation)
    case .dispatch: try DispatchVerb.run(invocation)
    case .doctor: try DoctorVerb.run(invocation)
    case .fleet: try FleetVerb.run(invocation)
    case .fmt: try FmtVerb.run(invocation)
    case .importing: try ImportVerb.run(invocation)
    case .guide: try GuideVerb.run(invocation)
    case .help: try HelpVerb.run(invocation)
    case .log: try LogVerb.run(invocation)
    case .models: try ModelsVerb.run(invocation)
    case .new: try NewVerb.run(invocation)
    case .plan: try PlanVerb.run(invocation)
    case .queue: try QueueVerb.run(invocation)
    case .recover: try RecoverVerb.run(invocation)
    case .schema: try SchemaVerb.run(invocation)
    case .report: try ReportVerb.run(invocation)
    case .sign: try SignVerb.run(invocation)
    case .stats: try StatsVerb.run(invocation)
    case .show: try ShowVerb.run(invocation)
    case .undo: try UndoVerb.run(invocation)
    case .worker: try WorkerVerb.run(invocation)
    }
  }
}
