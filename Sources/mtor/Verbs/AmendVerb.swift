import Engine
import Events
import Glibc
import Manifests
import Platform
import Records
import YAMLTree

/// `mtor amend [RUN]`: the manifest with the repaired bytes in its own notation, so that the next
/// apply of it costs nothing on any machine.
enum AmendVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let query = try LedgerQuery(invocation)
      let report = try query.report(of: invocation.operands.first)
      let amendments = try amendments(of: report, query)
      let source = try source(of: report)
      let (bytes, notes) = try amended(source, amendments)
      for note in notes { Output.complain("note: \(note)\n") }
      return try put(bytes, source, report, invocation.value(.out))
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  // MARK: What was repaired

  /// What the run's repairs left of each file, and those of earlier runs that it left standing.
  private static func amendments(
    of report: RunReport, _ query: LedgerQuery
  ) throws(RunFailure) -> [Amendment] {
    var standing: [(run: String, path: String)] = []
    for file in report.steps.flatMap(\.files) {
      if let run = file.repairedIn, run != report.run { standing.append((run, file.path)) }
    }
    var result: [Amendment] = []
    for run in Set(standing.map(\.run)).sorted() {
      let paths = Set(standing.filter { $0.run == run }.map(\.path))
      add(try query.repairs(of: run), where: paths.contains, to: &result)
    }
    add(try query.repairs(of: report.run), where: { _ in true }, to: &result)
    if result.isEmpty {
      throw .refused(
        message: "no file of the run \(report.run) was repaired", details: [],
        hint: "mtor log lists the runs")
    }
    return result
  }

  private static func add(
    _ repairs: [RememberedRepair], where isWanted: (String) -> Bool, to result: inout [Amendment]
  ) {
    for repair in repairs {
      for file in repair.files where isWanted(file.path) {
        guard let content = file.content else { continue }
        if let index = result.firstIndex(where: { $0.path == file.path }) {
          // One repair after another: the first began with the declared bytes.
          result[index].repaired = content
        } else {
          result.append(
            Amendment(
              step: repair.step, path: file.path, declared: file.declared ?? [],
              repaired: content))
        }
      }
    }
  }

  // MARK: The manifest

  /// The manifest that the run applied, as it still lies there.
  private static func source(of report: RunReport) throws(RunFailure) -> SourceText {
    let name = Printable.escaped(report.manifestFile)
    if report.manifestFile == "<stdin>"
      || ApplyRequest.Source(named: report.manifestFile).isStream
    {
      throw .refused(
        message: "the manifest of the run came from standard input", details: [],
        hint: "apply it from a file, then amend that run")
    }
    if let files = severalFiles(report.manifestFile) {
      let names = files.map { "'\(Printable.escaped($0))'" }.joined(separator: ", ")
      throw .refused(
        message: "the run \(report.run) applied several manifests: \(names)", details: [],
        hint: "apply the repaired one alone, which costs nothing where the failure is the same, "
          + "then amend that run")
    }
    let source = try ManifestFiles.text(of: .file(report.manifestFile))
    guard Digest(of: source.bytes) == report.manifestDigest else {
      throw .refused(
        message: "'\(name)' is not the text that the run \(report.run) applied", details: [],
        hint: "apply it again, which costs nothing where the failure is the same, then amend")
    }
    return source
  }

  /// The names of a run of several manifests, which its record has side by side; nil for one.
  private static func severalFiles(_ name: String) -> [String]? {
    if isThere(name) { return nil }
    var files: [String] = []
    var rest = name.split(separator: " ", omittingEmptySubsequences: false)[...]
    while !rest.isEmpty {
      // A name may have spaces itself.
      guard
        let end = rest.indices.first(where: { isThere(rest[...$0].joined(separator: " ")) })
      else { return nil }
      files.append(rest[...end].joined(separator: " "))
      rest = rest[(end + 1)...]
    }
    return files.count > 1 ? files : nil
  }

  private static func isThere(_ name: String) -> Bool {
    var status = stat()
    return stat(name, &status) == 0
  }

  private static func amended(
    _ source: SourceText, _ amendments: [Amendment]
  ) throws(RunFailure) -> (bytes: [UInt8], notes: [String]) {
    do {
      return try Amendment.amend(source, with: amendments)
    } catch let fault as Amendment.Fault {
      throw .refused(message: fault.message, details: [], hint: fault.hint)
    } catch let faults as DiagnosticList {
      throw .invalid(faults.all)
    } catch {
      throw .system(message: "\(error)", hint: nil)
    }
  }

  /// Prints it, replaces the manifest itself, or makes a new file: no other file is replaced.
  private static func put(
    _ bytes: [UInt8], _ source: SourceText, _ report: RunReport, _ file: String?
  ) throws(RunFailure) -> ExitCode {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let file, file != "-" else { return try Output.result(text) }
    do {
      if isSame(file, report.manifestFile) {
        try TextFile.replace(file, with: text)
        return .success
      }
      if try TextFile.create(file, text) { return .success }
    } catch {
      throw .system(message: "\(error)", hint: nil)
    }
    throw .refused(
      message: "'\(Printable.escaped(file))' is there already", details: [],
      hint: "name another file by --out, or the manifest itself")
  }

  /// True for two names of one file.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }
}
