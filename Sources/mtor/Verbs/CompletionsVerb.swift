import Events
import Platform

/// `mtor completions SHELL`.
enum CompletionsVerb {
  static func run(_ invocation: Invocation) throws(SystemError) -> ExitCode {
    // The parser has checked the word against the table.
    guard let shell = invocation.operands.first.flatMap(Completions.Shell.init(rawValue:)) else {
      return .usage
    }
    try Output.print(Completions.script(for: shell))
    return .success
  }
}
