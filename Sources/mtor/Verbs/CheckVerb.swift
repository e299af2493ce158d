import Engine
import Events
import Glibc
import Manifests
import Platform
import Reporting
import YAMLTree

/// `mtor check MANIFEST…`: read and lint, look at no tree.
enum CheckVerb {
  enum Format: String, CaseIterable { case text, json, github, llm }

  static func run(_ invocation: Invocation) throws -> ExitCode {
    let format = invocation.value(.format).flatMap(Format.init(rawValue:)) ?? .text
    let notation = invocation.value(.readAs).flatMap(Notation.init(rawValue:))
    let limits: Limits
    do {
      limits = try ConfigurationFile.limits(invocation)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
    let results = invocation.operands.map { name in
      CheckedManifest.read(name, notation: notation, limits: limits)
    }
    switch format {
    case .text: try printText(results, Terminal.isColored(STDERR_FILENO, invocation))
    case .json: try Output.print(json(results).text(.pretty) + "\n")
    case .github:
      try Output.print(results.flatMap(\.diagnostics).map(\.annotation).joined())
    case .llm:
      try Output.print(
        LanguageModelText.text(
          results.flatMap(\.diagnostics), end: results.map(\.summary).joined()))
    }
    return results.allSatisfy(\.isValid) ? .success : .invalid
  }

  private static func printText(_ results: [CheckedManifest], _ isColored: Bool) throws(SystemError)
  {
    let printer = DiagnosticPrinter(usesColor: isColored)
    for result in results {
      Output.complain(result.diagnostics.map { printer.text($0) + "\n" }.joined())
      if result.isValid {
        try Output.print(result.summary)
      } else {
        Output.complain(result.summary)
      }
    }
  }

  private static func json(_ results: [CheckedManifest]) -> JSON {
    let diagnostics = results.flatMap(\.diagnostics)
    let first = diagnostics.first { $0.severity == .error }
    return [
      "ok": .bool(first == nil), "error": first?.json ?? .null,
      "manifests": .array(
        results.map { result in
          [
            "file": .string(result.file), "ok": .bool(result.isValid),
            "name": JSON(result.manifest?.name),
            "diagnostics": .array(result.diagnostics.map(\.json)),
          ]
        }),
    ]
  }
}
