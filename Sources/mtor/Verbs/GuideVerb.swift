import Events
import Platform

/// `mtor guide [--install claude|codex|agents]`.
enum GuideVerb {
  static func run(_ invocation: Invocation) throws(SystemError) -> ExitCode {
    guard let word = invocation.value(.install),
      let target = GuideInstallation.Target(rawValue: word)
    else {
      try Output.print(GuideText.plain)
      return .success
    }
    let folder = invocation.value(.root) ?? "."
    guard let installation = try GuideInstallation.prepare(for: target, in: folder) else {
      let path = GuideInstallation.path(for: target)
      Output.complain(
        "error: '\(path)' holds no section of mtor's that could be replaced\n"
          + " = help: put it aside, or take out what is left of an older section\n")
      return .conflict
    }
    try installation.write(in: folder)
    let shown = invocation.has(.root) ? folder + "/" + installation.path : installation.path
    try Output.print("wrote \(UsageFault.quoted(shown))\n")
    return .success
  }
}
