import Engine
import Events
import Glibc
import Manifests
import Platform
import YAMLTree

/// `mtor import SOURCE`: other notations, and commits, as a manifest.
enum ImportVerb {
  /// The words of `--from`.
  static let kinds = Importer.Kind.allCases.map(\.rawValue) + ["git"]

  static func run(_ invocation: Invocation) throws -> ExitCode {
    let operand = invocation.operands.first ?? "-"
    let imported: Imported
    let limits: Limits
    do {
      limits = try ConfigurationFile.limits(invocation)
      imported =
        invocation.value(.from) == "git"
        ? try CommitImport.read(operand, around: invocation.value(.root), limits: limits)
        : try text(operand, invocation, limits)
    } catch let list as DiagnosticList {
      return complain(list)
    } catch CommitImport.Failure.invalid(let list) {
      return complain(list)
    } catch CommitImport.Failure.git(let message, let hint) {
      Output.complain("error: \(message)\n" + (hint.map { " = help: \($0)\n" } ?? ""))
      return .invalid
    }
    let file = Printable.escaped(imported.manifest.source.name)
    for remark in imported.remarks {
      let place = remark.line.map { ":\($0)" } ?? ""
      Output.complain("\(file)\(place): \(remark.text)\n")
    }
    let out = invocation.value(.out)
    let notation =
      invocation.value(.to).flatMap(Notation.init(rawValue:))
      ?? Notation(of: SourceText(name: out ?? "", bytes: []), isStream: false)
    return try FmtVerb.print(imported.manifest, in: notation, to: out, limits)
  }

  private static func complain(_ list: DiagnosticList) -> ExitCode {
    let printer = DiagnosticPrinter()
    Output.complain(list.all.map { printer.text($0) + "\n" }.joined())
    Output.complain((DiagnosticPrinter.summary(list.all) ?? "nothing imported") + "\n")
    return .invalid
  }

  private static func text(
    _ operand: String, _ invocation: Invocation, _ limits: Limits
  ) throws -> Imported {
    let isStream = operand == "-"
    let path = isStream ? "/dev/stdin" : operand
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor.open(path, O_RDONLY)
    } catch {
      throw DiagnosticList([
        Diagnostic(
          .error, "unreadable", "the source cannot be read: \(error.reason)", file: operand,
          hint: error.code == ENOENT
            ? "correct its name; a commit is imported by --from git" : nil)
      ])
    }
    let bytes = try file.readAll(limit: limits.manifest, path: path)
    let stem = operand.split(separator: "/").last?.split(separator: ".").first.map(String.init)
    return try Importer.read(
      SourceText(name: isStream ? "<stdin>" : operand, bytes: bytes),
      from: invocation.value(.from).flatMap(Importer.Kind.init(rawValue:)),
      name: isStream ? "imported" : stem ?? "imported")
  }
}
