import Engine
import Glibc
import Manifests
import Planning
import Platform
import YAMLTree

/// What `check` found in one manifest.
struct CheckedManifest {
  /// As the user wrote it, or `<stdin>`.
  let file: String
  /// Nil where there are errors.
  let manifest: Manifest?
  /// In the order of the text.
  let diagnostics: [Diagnostic]

  var isValid: Bool { manifest != nil }

  /// `notation` is nil to tell it by the name.
  static func read(
    _ name: String, notation: Notation? = nil, limits: Limits = Limits()
  ) -> CheckedManifest {
    let isStream = ApplyRequest.Source(named: name).isStream
    let file = name == "-" ? "<stdin>" : name
    let source: SourceText
    do {
      let path = name == "-" ? "/dev/stdin" : name
      source = SourceText(name: file, bytes: try bytes(of: path, limits))
    } catch {
      return CheckedManifest(
        file: file, manifest: nil, diagnostics: [fault(of: error, in: file, limits)])
    }
    if SavedPlan.looksLikeOne(source.bytes) {
      let plan = Diagnostic(
        .error, "unreadable", "this is a saved plan, not a manifest", file: file,
        hint: "it was checked when it was made, and is applied as it is: mtor apply FILE")
      return CheckedManifest(file: file, manifest: nil, diagnostics: [plan])
    }
    do {
      let (manifest, warnings) = try ManifestReader.read(
        source,
        options: ManifestReader.Options(limits: limits, isStream: isStream, notation: notation))
      return CheckedManifest(file: file, manifest: manifest, diagnostics: warnings)
    } catch {
      return CheckedManifest(file: file, manifest: nil, diagnostics: error.all)
    }
  }

  private static func fault(
    of error: SystemError, in file: String, _ limits: Limits
  ) -> Diagnostic {
    if error.code == EFBIG {
      return Diagnostic(
        .error, "manifest-size", "the text has more than \(Limits.words(limits.manifest))",
        file: file, hint: "raise limits.manifest in the configuration, or split it in two")
    }
    return Diagnostic(
      .error, "unreadable", "the manifest cannot be read: \(error.reason)", file: file,
      hint: error.code == ENOENT ? "correct its name, or write one: mtor new" : nil)
  }

  private static func bytes(of path: String, _ limits: Limits) throws(SystemError) -> [UInt8] {
    let file = try Descriptor.open(path, O_RDONLY)
    let size = try FileStatus.of(descriptor: file.raw, path: path).size
    return try file.readAll(limit: limits.manifest, sizeHint: Int(size), path: path)
  }

  /// One line: what is wrong in numbers, or what the manifest holds.
  var summary: String {
    let counts = DiagnosticPrinter.summary(diagnostics)
    let name = Printable.escaped(file)
    guard let manifest else { return "\(name): \(counts ?? "not valid")\n" }
    let files = manifest.steps.reduce(0) { $0 + $1.files.count }
    let commands =
      manifest.setup.count + manifest.verify.count
      + manifest.steps.reduce(0) { $0 + $1.run.count + $1.tests.count }
    let parts = [
      Self.counted(manifest.steps.count, "step"), Self.counted(files, "file"),
      Self.counted(commands, "command"),
    ]
    return "\(name): valid (\(parts.joined(separator: ", ")))\(counts.map { "; \($0)" } ?? "")\n"
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
