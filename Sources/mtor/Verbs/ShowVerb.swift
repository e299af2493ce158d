import Engine
import Events
import Glibc
import Planning
import Platform
import Records
import Repairing
import Reporting

/// `mtor show [RUN]`: one run as its screen had it.
enum ShowVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let query = try LedgerQuery(invocation)
      let report = try query.report(of: invocation.operands.first)
      if invocation.has(.repairs) {
        let repairs = try query.repairs(of: report.run)
        let handed = try query.handbacks(of: report.run)
        if repairs.isEmpty, !handed.isEmpty { return try Output.result(Self.text(of: handed)) }
        return try Output.result(text(of: repairs) + Self.text(of: handed))
      }
      let console = Terminal.console(STDOUT_FILENO, invocation)
      return try Output.result(
        invocation.value(.format) == "json"
          ? report.json.text(.pretty) + "\n"
          : ShowText.text(
            report, console.style, width: console.width, isVerbose: invocation.has(.verbose)))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  /// What was handed back: control characters but line ends and tabs are escaped.
  private static func text(of handed: [String]) -> String {
    handed.map { Printable.output($0.utf8) }.joined(separator: "\n")
  }

  /// Each repair with the difference between the architect's bytes and what it left.
  private static func text(of repairs: [RememberedRepair]) -> String {
    if repairs.isEmpty { return "no repair of this run is remembered\n" }
    return repairs.map { repair in
      let owner = repair.step.map { "step \($0)" } ?? "verify"
      let by = repair.model.map { " by \($0)" } ?? ""
      let head = Printable.escaped("\(owner), repaired\(by): \(repair.fingerprint)")
      let differences = repair.files.map { Redaction.withoutSecrets(difference(in: $0)) }
      return head + "\n" + differences.joined()
    }.joined(separator: "\n")
  }

  private static func difference(in file: RememberedRepair.File) -> String {
    let path = Printable.escaped(file.path)
    let old = file.declared == nil ? "/dev/null" : "a/\(path)"
    let new = file.content == nil ? "/dev/null" : "b/\(path)"
    return "--- \(old)\n+++ \(new)\n"
      + UnifiedDiff.hunks(from: file.declared ?? [], to: file.content ?? [])
  }
}
