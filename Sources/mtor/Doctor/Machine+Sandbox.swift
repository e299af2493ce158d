import Glibc
import Manifests
import Platform
import Subprocess

/// What keeps commands in on this machine: tried out, not guessed.
extension Machine {
  static func sandbox(_ wanted: Configuration.Sandbox) -> [Finding] {
    let survey: Sandbox.Survey
    do throws(SystemError) { survey = try Sandbox.survey(CommandRunner()) } catch {
      return [Finding("sandbox", .bad, "no command can be run: \(error)")]
    }
    return [bubblewrap(survey), landlock(survey), best(survey, wanted), shadow(), processes()]
  }

  private static func bubblewrap(_ survey: Sandbox.Survey) -> Finding {
    guard let path = survey.bubblewrap else {
      return Finding(
        "bubblewrap", .odd, "not in PATH; it is the better sandbox",
        remedy: "sudo apt-get install bubblewrap")
    }
    guard let fault = survey.bubblewrapFault else {
      return Finding("bubblewrap", .good, "\(Printable.escaped(path)) works")
    }
    return Finding(
      "bubblewrap", .odd, "\(Printable.escaped(path)) does not work here: \(fault)",
      remedy: namespaceRemedy)
  }

  private static func landlock(_ survey: Sandbox.Survey) -> Finding {
    if Sandbox.Survey.isEnough(survey.landlock) {
      let limit = survey.landlock < 6 ? ", which does not keep signals in" : ""
      return Finding("landlock", .good, "version \(survey.landlock)\(limit)")
    }
    let found = survey.landlock == 0 ? "the kernel has none" : "version \(survey.landlock)"
    return Finding(
      "landlock", .odd, "\(found); version 3 or later can stand in for bubblewrap",
      remedy: "use Linux 6.2 or later with 'landlock' in its lsm= parameter")
  }

  private static func best(
    _ survey: Sandbox.Survey, _ wanted: Configuration.Sandbox
  ) -> Finding {
    switch survey.best {
    case .landlock where wanted == .required, .none where wanted == .required:
      Finding(
        "sandbox", .bad, "the configuration requires bubblewrap, and it does not work here",
        remedy: "sudo apt-get install bubblewrap")
    case .bubblewrap: Finding("sandbox", .good, "bubblewrap")
    case .landlock(let version):
      Finding("sandbox", .good, "Landlock \(version), since bubblewrap is not to be had")
    case .none:
      Finding(
        "sandbox", .odd, "none; nothing is repaired, and standard input needs --no-sandbox",
        remedy: "sudo apt-get install bubblewrap")
    }
  }

  /// Made of the current folder, which stays as it is; a copy is not made for this.
  private static func shadow() -> Finding {
    guard let home = StateHome.path, let raw = realpath(".", nil) else {
      return Finding("shadow", .odd, "not tried: there is no folder for it")
    }
    defer { free(raw) }
    var description = Shadow.Description(root: String(cString: raw), storage: home + "/mtor")
    description.ways.remove(.copy)
    do throws(SystemError) {
      let shadow = try Shadow.make(description)
      try shadow.discard()
      let why = shadow.reasons.isEmpty ? "" : "; " + shadow.reasons.joined(separator: "; ")
      switch shadow.kind {
      case .overlay(false): return Finding("shadow", .good, "an overlay" + why)
      case .overlay(true):
        return Finding(
          "shadow", .good, "an overlay in a user namespace: 'mv' copies folders of the tree" + why)
      default: return Finding("shadow", .good, "an overlay kept in memory" + why)
      }
    } catch {
      return Finding(
        "shadow", .odd, "a copy of the tree at another path, since no overlay can be had: \(error)",
        remedy: namespaceRemedy)
    }
  }

  private static func processes() -> Finding {
    Finding(
      "processes", .good,
      geteuid() == 0
        ? "4,096 for a sandboxed command, counted by mtor: the kernel does not limit root's"
        : "4,096 for sandboxed commands, by the kernel")
  }

  /// What usually stands in the way of namespaces; nil where nothing known does.
  private static var namespaceRemedy: String? { namespaces().remedy }
}
