import Events
import Glibc
import Manifests
import Platform
import YAMLTree

/// `mtor new [NAME]`: a manifest to start from.
enum NewVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    let folder = invocation.value(.root) ?? "."
    let name = invocation.operands.first ?? "first-manifest"
    guard NewManifest.isName(name) else {
      throw UsageFaults(all: [
        UsageFault(
          rule: "usage-value", message: "'\(Printable.escaped(name))' is no name of a manifest",
          argument: invocation.positions.first,
          hint: "lower case, digits, '.', '_' and '-', at most 63, such as add-login"
        )
      ])
    }
    if let out = invocation.value(.out), out.hasSuffix(".md") || out.hasSuffix(".markdown") {
      throw UsageFaults(all: [
        UsageFault(
          rule: "usage-value", message: "'\(Printable.escaped(out))' would be read as Markdown",
          argument: invocation.all(.out).last?.position,
          hint: "name a file that ends in .yaml; 'mtor fmt --to md' writes it as Markdown")
      ])
    }
    let path = invocation.value(.out) ?? folder + "/" + name + ".yaml"
    let test = invocation.value(.test) ?? asked() ?? NewManifest.usualTest(in: folder)
    let text = NewManifest(name: name, test: test).text
    if let fault = fault(in: text) {
      Output.complain(
        "error[\(fault.rule)]: '\(Printable.escaped(test))': \(Printable.escaped(fault.message))\n"
          + " = help: \(Printable.escaped(fault.hint ?? "name another command by --test"))\n")
      return .usage
    }
    if path == "-" {
      try Output.print(text)
      return .success
    }
    guard try TextFile.create(path, text) else {
      Output.complain(
        "error: '\(Printable.escaped(path))' is there already\n"
          + " = help: name another: mtor new NAME, or --out FILE\n")
      return .conflict
    }
    let shown = UsageFault.quoted(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
    try Output.print("wrote \(shown)\nnext: edit it, then: mtor apply \(shown)\n")
    return .success
  }

  /// The first error of the manifest: only the command can be wrong.
  private static func fault(in text: String) -> Diagnostic? {
    do {
      _ = try ManifestReader.read(SourceText(name: "new.yaml", bytes: Array(text.utf8)))
      return nil
    } catch {
      return error.all.first { $0.severity == .error }
    }
  }

  /// The test command as a person types it; nil where there is nobody to ask, or no answer.
  private static func asked() -> String? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    Output.complain("Which command must pass? (Enter: guess) ")
    return readLine().flatMap { $0.isEmpty ? nil : $0 }
  }
}
