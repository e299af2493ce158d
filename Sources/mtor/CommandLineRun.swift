import Events
import Glibc
import Platform

/// One run of the executable: from the arguments to the exit code, which is decided here alone.
enum CommandLineRun {
  static func exitCode(for arguments: [String]) -> ExitCode {
    do {
      // Asked for most often, by scripts: answered before anything else is set up.
      if arguments == ["--version"] {
        try Output.print("mtor \(Version.text)\n")
        return .success
      }
      return try run(ArgumentParser.parse(arguments))
    } catch let faults as UsageFaults {
      Output.complain(faults.all.map { $0.text(arguments: arguments) }.joined(separator: "\n"))
      return .usage
    } catch let error as SystemError {
      // A reader that has seen enough, such as head, is no fault.
      if error.code == EPIPE && error.path == "<stdout>" { return .success }
      Output.complain("error: \(error)\n")
      return .system
    } catch {
      Output.complain("error: \(error)\n")
      return .system
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
