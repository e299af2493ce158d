import Events
import Platform

/// `mtor help`, `mtor help VERB`, `mtor VERB --help`.
enum HelpVerb {
  static func run(_ invocation: Invocation) throws(SystemError) -> ExitCode {
    if invocation.has(.manual) {
      try Output.print(ManualPage.text())
    } else if invocation.has(.all) {
      try Output.print(HelpText.everything())
    } else if let name = invocation.operands.first.flatMap(VerbName.init(rawValue:)) {
      try Output.print(HelpText.of(Verb.named(name)))
    } else {
      try Output.print(HelpText.overview())
    }
    return .success
  }
}
