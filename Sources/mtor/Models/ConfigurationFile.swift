import Engine
import Manifests
import Platform
import Records
import Subprocess
import YAMLTree

/// The configuration of a person: where it is, what it says, how a model is added to it.
enum ConfigurationFile {
  /// A configuration that was named, and is not there.
  struct Missing: Error, CustomStringConvertible {
    let path: String
    static let hint = "check the name and the folder, or leave the option out"

    var description: String { "there is no configuration '\(Printable.escaped(path))'" }
  }

  /// The file that `--config` names, else the usual one; nil where there is no home.
  static func path(_ invocation: Invocation) -> String? {
    if let given = invocation.value(.config) { return given }
    if let base = Environment.value("XDG_CONFIG_HOME"), base.hasPrefix("/") {
      return base + "/mtor/config.yaml"
    }
    guard let home = Environment.value("HOME"), home.hasPrefix("/") else { return nil }
    return home + "/.config/mtor/config.yaml"
  }

  /// What it says, tightened by what `--tighten` names; the defaults where there is none, unless
  /// it was named.
  static func read(
    _ invocation: Invocation
  ) throws -> (configuration: Configuration, warnings: [Diagnostic]) {
    var result = try readOwn(invocation)
    for file in invocation.all(.tighten) {
      guard let bytes = try TextFile.bytes(file.text) else {
        throw Missing(path: file.text)
      }
      let (tightened, warnings) = try ConfigurationReader.tighten(
        result.configuration, by: SourceText(name: file.text, bytes: bytes))
      result = (tightened, result.warnings + warnings)
    }
    return result
  }

  static func readOwn(
    _ invocation: Invocation
  ) throws -> (configuration: Configuration, warnings: [Diagnostic]) {
    guard let path = path(invocation) else { return (Configuration(), []) }
    guard let bytes = try TextFile.bytes(path) else {
      if invocation.has(.config) { throw Missing(path: path) }
      return (Configuration(), [])
    }
    return try ConfigurationReader.read(SourceText(name: path, bytes: bytes))
  }

  /// The ledger that is written to and read: the configured one, else the usual one; nil where
  /// there is no home.
  static func ledger(_ invocation: Invocation) throws(RunFailure) -> String? {
    do {
      return try readOwn(invocation).configuration.ledger ?? LedgerFile.defaultPath
    } catch let faults as DiagnosticList {
      throw .invalid(faults.all)
    } catch {
      throw .system(
        message: "the configuration cannot be read: \(error)", hint: "mtor doctor looks at it")
    }
  }

  /// What repairs a failing test of `apply`; nil with `--no-repair`, and where nothing could be
  /// remembered.
  static func repair(_ invocation: Invocation, _ configuration: Configuration) -> RepairSettings? {
    guard !invocation.has(.noRepair), let ledger = configuration.ledger ?? LedgerFile.defaultPath
    else { return nil }
    var settings = RepairSettings(
      configuration: configuration, ledger: ledger, environment: CommandEnvironment.inherited)
    settings.isUnsafe = invocation.has(.unsafeNoSandbox)
    return settings
  }

  /// The largest manifest and file that a person allows.
  static func limits(_ invocation: Invocation) throws -> Limits {
    try read(invocation).configuration.limits
  }

  /// The text with an entry below `models:`; nil where there is no place for it that is sure.
  static func adding(_ entry: String, to text: String) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let index = lines.firstIndex(where: { $0.hasPrefix("models:") }) else {
      let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
      return text + end + "models:\n" + entry
    }
    let rest = lines[index].dropFirst("models:".count).drop { $0 == " " }
    guard rest.isEmpty || rest.hasPrefix("#") else { return nil }
    // Behind the last entry: the order is the order in which models are asked.
    let next = lines[(index + 1)...].firstIndex { line in
      !line.isEmpty && line.first != " " && line.first != "#"
    }
    var end = next ?? lines.endIndex
    while end > index + 1, lines[end - 1].isEmpty || lines[end - 1].first == "#" { end -= 1 }
    lines.insert(contentsOf: entry.split(separator: "\n").map(String.init), at: end)
    return lines.joined(separator: "\n")
  }
}

extension Configuration {
  var limits: Limits {
    Limits(manifest: manifestLimit, file: fileLimit, steps: stepLimit, files: filesLimit)
  }
}
