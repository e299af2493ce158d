import Events
import Manifests
import Planning
public import Platform

/// What goes back to the architect when every rung has failed: all that one needs to write the
/// step anew, as Markdown, without secrets.
public struct HandBack: Sendable {
  private static let outputLimit = 8000, fileLimit = 16_000

  public let text: String

  /// `bytes` gives the present content of a path: the declared bytes, which stand in the tree.
  public init(
    _ task: RepairTask, _ result: RepairResult, bytes: (RelativePath) throws -> [UInt8]?
  ) rethrows {
    var redaction = Redaction(mark: "secret")
    var parts = ["# Handed back: \(task.step.map { "step \(Printable.escaped($0))" } ?? "verify")"]
    if let intent = task.intent { parts.append(Printable.escaped(intent)) }
    parts.append(
      "`\(Printable.escaped(task.command.spec.run))` ends with \(task.record.ending).")
    if let failure = result.failure, !failure.isEmpty {
      parts.append("## What it says\n" + Self.fenced(Self.ends(of: redaction.redact(failure))))
    }
    parts.append("## What was tried\n" + Self.list(result.attempts))
    if let best = result.best {
      parts.append(
        "## The best attempt, not in the tree\n" + Self.fenced(Self.diff(best, &redaction), "diff"))
    }
    var files: [String] = []
    for file in task.files {
      guard let content = try bytes(file.path) else { continue }
      let text =
        content.count > Self.fileLimit
        ? "\(content.count) bytes, not shown" : Self.fenced(Printable.output(content))
      files.append("### \(Printable.escaped(file.path.text))\n" + text)
    }
    if !files.isEmpty { parts.append("## As declared\n" + files.joined(separator: "\n\n")) }
    text = redaction.redact(parts.joined(separator: "\n\n") + "\n")
  }

  private static func list(_ attempts: [AttemptRecord]) -> String {
    attempts.map { attempt in
      var line = "\(attempt.number). \(attempt.by.rawValue)"
      if let model = attempt.model { line += " \(Printable.escaped(model))" }
      line += ": \(attempt.outcome.rawValue)"
      if let signal = attempt.signal { line += " (\(signal))" }
      if !attempt.files.isEmpty {
        line += ", changed \(attempt.files.map(Printable.escaped).joined(separator: ", "))"
      }
      if let reason = attempt.reason { line += "; \(reason)" }
      return line
    }.joined(separator: "\n")
  }

  /// Of files without their secrets: the lines around a change may begin in the middle of one.
  private static func diff(_ proposal: Proposal, _ redaction: inout Redaction) -> String {
    func clean(_ bytes: [UInt8]) -> [UInt8] {
      String(validating: bytes, as: UTF8.self).map { Array(redaction.redact($0).utf8) } ?? bytes
    }
    return proposal.files.map { file in
      let old = file.before == nil ? "/dev/null" : "a/\(file.path)"
      return "--- \(old)\n+++ b/\(file.path)\n"
        + UnifiedDiff.hunks(from: clean(file.before ?? []), to: clean(file.after))
    }.joined()
  }

  private static func ends(of text: String) -> String {
    let bytes = Array(text.utf8)
    guard bytes.count > outputLimit else { return text }
    return String(decoding: bytes.prefix(outputLimit / 2), as: UTF8.self) + "\n[…]\n"
      + String(decoding: bytes.suffix(outputLimit / 2), as: UTF8.self)
  }

  /// A fence that is longer than any run of backticks in the text.
  private static func fenced(_ text: String, _ word: String = "") -> String {
    let runs = text.split { $0 != "`" }.map(\.count)
    let fence = String(repeating: "`", count: max(3, (runs.max() ?? 0) + 1))
    let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
    return "\(fence)\(word)\n\(text)\(end)\(fence)"
  }
}
