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
    let installation = try GuideInstallation.prepare(for: target, in: folder)
    try installation.write(in: folder)
    try Output.print("wrote \(installation.path)\n")
    return .success
  }
}
