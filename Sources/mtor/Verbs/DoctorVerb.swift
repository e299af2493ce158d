import Events
import Glibc
import Platform
import Reporting

/// `mtor doctor`: what this machine has and lacks.
enum DoctorVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    if let command = invocation.value(.trying) { return try TrialOutput.run(command, invocation) }
    let findings = Machine.examine(invocation)
    if invocation.value(.format) == "json" {
      let report: JSON = [
        "ok": .bool(findings.allSatisfy { $0.state != .bad }), "version": .string(Version.text),
        "findings": .array(findings.map(\.json)),
      ]
      try Output.print(report.text(.pretty) + "\n")
    } else {
      let console = Terminal.console(STDOUT_FILENO, invocation)
      let lines = findings.map { line($0, console.style, console.width) }.joined()
      try Output.print(lines + end(findings, console.style))
    }
    if findings.contains(where: { $0.state == .bad && !$0.isModel }) { return .system }
    return findings.contains { $0.state == .bad } ? .unreachable : .success
  }

  private static func line(_ finding: Finding, _ style: Style, _ width: Int?) -> String {
    let sign =
      switch finding.state {
      case .good: style(.good, "✔")
      case .odd: style(.odd, "–")
      case .bad: style(.bad, "✘")
      }
    let gap = String(repeating: " ", count: max(1, 15 - Columns.count(finding.name)))
    let isNarrow = width.map { $0 < 60 } ?? false
    let text = folded(
      "\(finding.name)\(gap)\(finding.text)", width, behind: 2, indent: isNarrow ? 0 : 15)
    let remedy = finding.remedy.map { folded($0, width, behind: 4, indent: 0) }
    return "\(sign) \(text)\n" + (remedy.map { "    \(style(.strong, $0))\n" } ?? "")
  }

  /// In lines that fit behind as many columns as stand there already.
  private static func folded(
    _ text: String, _ width: Int?, behind margin: Int, indent: Int
  ) -> String {
    guard let width, width > 20 else { return text }
    return Columns.wrapped(text, to: width - margin, indent: indent)
      .joined(separator: "\n" + String(repeating: " ", count: margin))
  }

  /// One line to read when there is no time for the others.
  private static func end(_ findings: [Finding], _ style: Style) -> String {
    func names(_ state: Finding.State) -> String {
      findings.filter { $0.state == state }.map(\.name).joined(separator: ", ")
    }
    let (bad, odd) = (names(.bad), names(.odd))
    if !bad.isEmpty {
      return style(.bad, "✘ to be mended: \(bad)") + "; each has its remedy below it\n"
    }
    if !odd.isEmpty { return style(.good, "✔ mtor works here") + "; not everything does: \(odd)\n" }
    return style(.good, "✔ all is well") + "\n"
  }
}
