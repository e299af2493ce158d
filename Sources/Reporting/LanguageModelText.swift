public import Events
import Planning
import Platform
public import YAMLTree

/// `--format llm`: the end of a run for a model that writes manifests, in at most 2 KB.
///
/// Green is one line. Red says which step and command failed and how, the first error with its
/// surroundings, the files in scope, and what to send again.
public enum LanguageModelText {
  /// In bytes of UTF-8.
  public static let limit = 2048

  public static func text(_ report: RunReport) -> String {
    let summary = RunSummaryText.line(of: report)
    let outcome = "\(summary.verb): \(summary.details.joined(separator: "; "))\n"
    guard !report.isOK else { return cut(safe(outcome), limit) }
    var head = safe(outcome)
    let files: [FileRecord]
    var output = ""
    if let (step, command) = RunSummaryText.firstFailure(report) {
      head += safe("step: \(step ?? "none (\(command.kind.rawValue))")") + "\n"
      head += safe("command: \(cut(command.run, 300))") + "\n"
      head += safe("result: \(command.reason ?? Ending.of(command))") + "\n"
      head += safe("where: \(command.file ?? report.manifestFile):\(command.line)") + "\n"
      files = step.map { id in report.steps.last { $0.id == id }?.files ?? [] } ?? allFiles(report)
      output = command.output
    } else {
      if let reason = report.end?.reason { head += safe("reason: \(cut(reason, 400))") + "\n" }
      files = []
      output = report.notices.filter { $0.kind == .conflict || $0.kind == .error }.map { notice in
        [notice.path, notice.message, notice.hint].compactMap { $0 }.joined(separator: ": ")
      }.joined(separator: "\n")
    }
    let tail = advice(files, report)
    let room = limit - head.utf8.count - tail.utf8.count - 16
    let excerpt = ErrorExcerpt.of(output, limit: max(0, room))
    let body = excerpt.isEmpty ? "" : "output:\n" + excerpt + "\n"
    return cut(head + body + tail, limit)
  }

  /// What is wrong with manifests, the errors first; what has no room is counted. `end` is said
  /// after it.
  public static func text(_ faults: [Diagnostic], end: String? = nil) -> String {
    let end = cut(end ?? (DiagnosticPrinter.summary(faults) ?? "not valid") + "\n", limit / 2)
    let ordered = faults.filter { $0.severity == .error } + faults.filter { $0.severity != .error }
    // Room for the line that counts the others.
    var room = limit - end.utf8.count - 32
    var text = ""
    for (index, fault) in ordered.enumerated() {
      let line = said(fault, limit: index == 0 ? room : .max)
      guard line.utf8.count <= room else {
        return text + "… and \(ordered.count - index) more\n" + end
      }
      text += line
      room -= line.utf8.count
    }
    return text + end
  }

  /// A fault on a line; a correction of several lines stays one, so that it can be copied.
  private static func said(_ fault: Diagnostic, limit: Int) -> String {
    let lines = fault.hint?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    let first = Diagnostic(
      fault.severity, fault.rule, fault.message, file: fault.file, at: fault.mark,
      hint: lines.first.map { String($0) })
    let rest = lines.dropFirst().map { copied($0) + "\n" }.joined()
    return cut(DiagnosticPrinter().line(first) + "\n" + rest, limit)
  }

  /// A line that is to be copied: its tabs stay what they are.
  static func copied(_ line: Substring) -> String {
    line.split(separator: "\t", omittingEmptySubsequences: false)
      .map { Printable.escaped(String($0)) }.joined(separator: "\t")
  }

  private static func allFiles(_ report: RunReport) -> [FileRecord] {
    report.steps.flatMap(\.files)
  }

  /// The files in scope and what to do with them; at most a third of all.
  private static func advice(_ files: [FileRecord], _ report: RunReport) -> String {
    let paths = files.filter { $0.action != .deleted && $0.action != .skipped }.map(\.path)
    var text = ""
    if !paths.isEmpty {
      text += cut(safe("files: \(paths.joined(separator: ", "))"), 500) + "\n"
      text +=
        "next: send the step again with corrected `content` for these files; mtor replaces "
        + "what it wrote itself\n"
    } else if report.end?.outcome == .conflict {
      text +=
        "next: correct the entries named above, or ask a person; nothing of them was touched\n"
    }
    return text
  }

  /// Line by line without control characters.
  private static func safe(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Printable.escaped(String($0)) }.joined(separator: "\n")
  }

  /// At most so many bytes, whole characters, with an ellipsis where something is left out.
  public static func cut(_ text: String, _ limit: Int) -> String {
    if text.utf8.count <= limit { return text }
    var result = ""
    var used = 4  // the ellipsis and a line end
    for scalar in text.unicodeScalars {
      used += UTF8.width(scalar)
      if used > limit { break }
      result.unicodeScalars.append(scalar)
    }
    return result + "…" + (text.hasSuffix("\n") ? "\n" : "")
  }
}

/// The part of an output that says what is wrong: the first line that looks like an error, with
/// its surroundings, else the end.
enum ErrorExcerpt {
  private static let signs = [
    "error", "Error", "ERROR", "FAIL", "failed", "Failed", "assert", "panic", "Exception",
    "not found", "No such file", "expected", "undefined",
  ]

  /// At most `limit` bytes, whole lines, each safe to print.
  static func of(_ output: String, limit: Int) -> String {
    let lines = output.split(separator: "\n").map { line in
      LanguageModelText.cut(LanguageModelText.copied(line), 300)
    }
    let first = lines.firstIndex { line in signs.contains { line.contains($0) } }
    // From a little before the error to as far as there is room; without one, the end.
    var low = first.map { max(0, $0 - 4) } ?? lines.count
    var high = low
    var used = 0
    while high < lines.count, used + lines[high].utf8.count + 1 <= limit {
      used += lines[high].utf8.count + 1
      high += 1
    }
    while low > 0, used + lines[low - 1].utf8.count + 1 <= limit {
      low -= 1
      used += lines[low].utf8.count + 1
    }
    return lines[low..<high].joined(separator: "\n")
  }
}
