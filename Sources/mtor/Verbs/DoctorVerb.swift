import Events
import Glibc
import Platform
import Reporting

/// `mtor doctor`: what this machine has and lacks.
enum DoctorVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    if let command = invocation.value(.trying) { return try TrialOutput.run(command, invocation) }
    let findings = Machine.examine()
    let isWell = findings.allSatisfy { $0.state != .bad }
    if invocation.value(.format) == "json" {
      let report: JSON = [
        "ok": .bool(isWell), "version": .string(Version.text),
        "findings": .array(findings.map(\.json)),
      ]
      try Output.print(report.text(.pretty) + "\n")
    } else {
      let style = Style(isColored: Terminal.isColored(STDOUT_FILENO, invocation))
      try Output.print(findings.map { line($0, style) }.joined())
    }
    return isWell ? .success : .system
  }

  private static func line(_ finding: Finding, _ style: Style) -> String {
    let sign =
      switch finding.state {
      case .good: style(.good, "✔")
      case .odd: style(.odd, "–")
      case .bad: style(.bad, "✘")
      }
    let gap = String(repeating: " ", count: max(1, 15 - finding.name.count))
    let remedy = finding.remedy.map { "\n    " + style(.strong, $0) } ?? ""
    return "\(sign) \(finding.name)\(gap)\(finding.text)\(remedy)\n"
  }
}
