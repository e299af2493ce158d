import Engine
import Events
import Manifests
import Platform
import YAMLTree

/// `mtor fmt MANIFEST`: the canonical form, in either notation.
///
/// What is printed has been read back and says the same as what was read: else nothing is printed.
enum FmtVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    let name = invocation.operands.first ?? "-"
    let limits: Limits
    do {
      limits = try ConfigurationFile.limits(invocation)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
    let checked = CheckedManifest.read(
      name, notation: invocation.value(.readAs).flatMap(Notation.init(rawValue:)), limits: limits)
    guard let manifest = checked.manifest else {
      let printer = DiagnosticPrinter()
      Output.complain(checked.diagnostics.map { printer.text($0) + "\n" }.joined())
      Output.complain(checked.summary)
      return .invalid
    }
    if manifest.comments > 0 {
      let many = manifest.comments == 1 ? "1 comment is" : "\(manifest.comments) comments are"
      Output.complain("\(Printable.escaped(checked.file)): \(many) not kept\n")
    }
    let notation =
      invocation.value(.to).flatMap(Notation.init(rawValue:))
      ?? Notation(of: manifest.source, isStream: ApplyRequest.Source(named: name).isStream)
    return try print(manifest, in: notation, to: invocation.value(.out), limits)
  }

  /// Prints a manifest, or writes it to a file that must not be there yet.
  static func print(
    _ manifest: Manifest, in notation: Notation, to file: String?, _ limits: Limits
  ) throws -> ExitCode {
    let bytes = manifest.written(in: notation)
    let source = SourceText(
      name: file.flatMap { $0 == "-" ? nil : $0 } ?? manifest.source.name, bytes: bytes)
    do throws(DiagnosticList) {
      let options = ManifestReader.Options(
        limits: limits, lintsContents: false, notation: notation)
      let again = try ManifestReader.read(source, options: options).manifest
      guard again.canonicalDigest == manifest.canonicalDigest else {
        Output.complain(
          "error: the manifest cannot be written in this notation without loss\n"
            + " = help: choose the other one: --to yaml, --to md\n")
        return .invalid
      }
    } catch {
      let printer = DiagnosticPrinter()
      Output.complain(error.all.map { printer.text($0) + "\n" }.joined())
      return .invalid
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let file, file != "-" else {
      try Output.print(text)
      return .success
    }
    guard try TextFile.create(file, text) else {
      Output.complain(
        "error: '\(Printable.escaped(file))' is there already\n"
          + " = help: name another file by --out\n")
      return .conflict
    }
    return .success
  }
}
