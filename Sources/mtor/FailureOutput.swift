import Engine
import Events
import Glibc
import Platform
import Reporting
import YAMLTree

/// Tells why a verb could not do its work, in the one shape of all errors.
struct FailureOutput {
  enum Shape {
    case text(Style)
    case json
    case llm
  }

  let shape: Shape
  /// The columns of a terminal; nil where there is none.
  private let width: Int?

  init(_ invocation: Invocation) {
    shape =
      switch invocation.value(.format) {
      case "json": .json
      case "llm": .llm
      default: .text(Style(isColored: Terminal.isColored(STDERR_FILENO, invocation)))
      }
    width = Terminal.console(STDERR_FILENO, invocation).width
  }

  /// Prints the failure and says which exit code it is.
  func report(_ failure: RunFailure) throws(SystemError) -> ExitCode {
    switch shape {
    case .text(let style): Output.complain(Self.text(failure, style, width))
    case .json: try Output.print(Self.json(failure).text(.pretty) + "\n")
    case .llm: try Output.print(Self.short(failure))
    }
    return ExitCode(rawValue: failure.exit) ?? .system
  }

  private static func text(
    _ failure: RunFailure, _ style: Style, _ width: Int?
  ) -> String {
    let printer = DiagnosticPrinter(usesColor: style.isColored)
    switch failure {
    case .invalid(let diagnostics):
      let all = diagnostics.map { printer.text($0) + "\n" }.joined()
      return all + (DiagnosticPrinter.summary(diagnostics) ?? "not valid") + "\n"
    case .conflicts(let conflicts, let file):
      return conflicts.map { printer.text($0.diagnostic(in: file)) }.joined(separator: "\n")
    case .refused(let message, let details, let hint):
      let lines = details.map { "  \(Printable.escaped($0))\n" }.joined()
      return ErrorReport.text(message: message, style, width: width) + lines + help(hint, style)
    case .usage(let message, let hint), .unreadable(let message, let hint),
      .system(let message, let hint), .busy(let message, let hint):
      return ErrorReport.text(message: message, hint: hint, style, width: width)
    case .interrupted:
      return ErrorReport.text(message: "interrupted before anything was changed", style)
    }
  }

  /// For a model: all of it in at most 2 KB.
  private static func short(_ failure: RunFailure) -> String {
    switch failure {
    case .invalid(let diagnostics): LanguageModelText.text(diagnostics)
    case .conflicts(let conflicts, let file):
      LanguageModelText.text(conflicts.map { $0.diagnostic(in: file) })
    case .refused, .usage, .unreadable, .system, .busy, .interrupted:
      LanguageModelText.cut(text(failure, Style(isColored: false), nil), LanguageModelText.limit)
    }
  }

  /// The failure for the files that were to get the run's report.
  static func refusal(_ failure: RunFailure, of subjects: [String]) -> Refusal {
    let subject = subjects.joined(separator: " ")
    let faults: [Diagnostic] =
      switch failure {
      case .invalid(let diagnostics): diagnostics
      case .conflicts(let conflicts, let file): conflicts.map { $0.diagnostic(in: file) }
      case .refused(let message, let details, let hint):
        [
          Diagnostic(
            .error, failure.code, ([message] + details).joined(separator: "; "), file: subject,
            hint: hint)
        ]
      case .usage(let message, let hint), .unreadable(let message, let hint),
        .system(let message, let hint), .busy(let message, let hint):
        [Diagnostic(.error, failure.code, message, file: subject, hint: hint)]
      case .interrupted:
        [Diagnostic(.error, failure.code, "interrupted before anything was changed", file: subject)]
      }
    return Refusal(
      subject: subject, code: failure.code, exit: Int(failure.exit), time: Clock.now, faults: faults
    )
  }

  private static func help(_ hint: String?, _ style: Style) -> String {
    hint.map { " = " + style(.good, "help") + ": " + Printable.escaped($0) + "\n" } ?? ""
  }

  private static func json(_ failure: RunFailure) -> JSON {
    switch failure {
    case .invalid(let diagnostics): ErrorReport.json(code: failure.code, diagnostics)
    case .conflicts(let conflicts, let file):
      ErrorReport.json(code: failure.code, conflicts.map { $0.diagnostic(in: file) })
    case .refused(let message, let details, let hint):
      ErrorReport.json(
        code: failure.code, message: ([message] + details).joined(separator: "\n"), hint: hint)
    case .usage(let message, let hint), .unreadable(let message, let hint),
      .system(let message, let hint), .busy(let message, let hint):
      ErrorReport.json(code: failure.code, message: message, hint: hint)
    case .interrupted:
      ErrorReport.json(code: failure.code, message: "interrupted before anything was changed")
    }
  }
}
