import Glibc
import Manifests
import Platform
import Subprocess
import YAMLTree

/// What a worker asks of work before it does anything with it: a queue is input like any other.
struct Admission {
  let settings: WorkerSettings
  let runner: CommandRunner

  /// Work that may be done.
  struct Admitted {
    /// What a repair may cost at most by the worker's configuration and the task's own.
    var repair: RepairConfiguration
  }

  /// Why work is not done; one sentence.
  struct Refusal: Error {
    let reason: String
  }

  func admit(_ work: TaskWork) throws(Refusal) -> Admitted {
    try checkPlace(work)
    guard TaskTrees.isCommit(work.commit) else { throw Refusal(reason: "its commit is none") }
    try checkManifest(work)
    if settings.requiresSigned { try checkSignature(work) }
    for name in work.params.keys where !Self.isName(name) {
      throw Refusal(reason: "'\(Printable.escaped(name))' is no name of a parameter")
    }
    return Admitted(repair: try configuration(of: work).repair)
  }

  /// Below the worker's roots, by its real path: no link leads out of them.
  private func checkPlace(_ work: TaskWork) throws(Refusal) {
    let shown = Printable.escaped(work.repository)
    guard work.repository.hasPrefix("/"), let real = Self.real(work.repository) else {
      throw Refusal(reason: "there is no repository '\(shown)' on this machine")
    }
    if !work.prefix.isEmpty {
      guard work.prefix.hasSuffix("/") else { throw Self.noFolder(work.prefix) }
      _ = try Self.folder(work.prefix)
    }
    let roots = settings.configuration.dispatch.roots
    if roots.isEmpty { return }
    let allowed = roots.compactMap { Self.real(Self.expanded($0)) }
    guard allowed.contains(where: { real == $0 || real.hasPrefix($0 == "/" ? "/" : $0 + "/") })
    else {
      throw Refusal(
        reason: "the repository '\(shown)' is outside 'dispatch.roots' of this worker")
    }
  }

  /// The folder of its tree that a task works in is one, and no link of the commit, or of an
  /// earlier attempt, leads out of the tree.
  static func checkFolder(_ prefix: String, in tree: String) throws {
    if prefix.isEmpty { return }
    let folder = try folder(prefix)
    do throws(SystemError) { _ = try RootTree(path: tree).openFolder(folder) } catch {
      let shown = Printable.escaped(String(prefix.dropLast()))
      switch error.code {
      case ELOOP, EXDEV: throw Refusal(reason: "'\(shown)' is a link in its work tree")
      case ENOENT: throw Refusal(reason: "'\(shown)' is not there in its work tree")
      case ENOTDIR: throw Refusal(reason: "'\(shown)' is no folder in its work tree")
      default: throw error
      }
    }
  }

  private static func folder(_ prefix: String) throws(Refusal) -> RelativePath {
    do throws(PathFault) { return try RelativePath(prefix.dropLast()) } catch {
      throw noFolder(prefix)
    }
  }

  private static func noFolder(_ prefix: String) -> Refusal {
    Refusal(reason: "'\(Printable.escaped(prefix))' is no folder of a repository")
  }

  private func checkManifest(_ work: TaskWork) throws(Refusal) {
    let source = SourceText(name: work.file, bytes: work.manifestBytes)
    do throws(DiagnosticList) {
      let limits = Limits(
        manifest: settings.configuration.manifestLimit, file: settings.configuration.fileLimit,
        steps: settings.configuration.stepLimit, files: settings.configuration.filesLimit)
      let (manifest, _) = try ManifestReader.read(
        source, options: .init(limits: limits, lintsContents: false))
      if manifest.readsFiles { throw DiagnosticList([]) }
    } catch {
      let first = error.all.first { $0.severity == .error }.map { DiagnosticPrinter().line($0) }
      throw Refusal(
        reason: first ?? "the manifest reads files beside itself ('from'), which no queue carries")
    }
  }

  private func checkSignature(_ work: TaskWork) throws(Refusal) {
    guard let signature = work.signature else {
      throw Refusal(reason: "the manifest is not signed")
    }
    do throws(SignatureError) {
      try Signature(runner: runner).verify(
        signature, of: work.manifestBytes, signers: settings.signers)
    } catch {
      throw Refusal(reason: error.message)
    }
  }

  /// The worker's configuration as the task may tighten it: it can name no command, key, address
  /// or model that the worker's own does not have.
  private func configuration(of work: TaskWork) throws(Refusal) -> Configuration {
    guard let text = work.tightening else { return settings.configuration }
    do throws(DiagnosticList) {
      return try ConfigurationReader.tighten(
        settings.configuration, by: SourceText(name: "the task's config", bytes: Array(text.utf8))
      ).configuration
    } catch {
      throw Refusal(
        reason: error.all.first.map { DiagnosticPrinter().line($0) } ?? "its config is not valid")
    }
  }

  private static func isName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
      }
  }

  static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// `~/` as the person's home.
  static func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
  }
}

extension Manifest {
  /// True where an entry reads a file beside the manifest.
  package var readsFiles: Bool {
    steps.contains { step in
      step.files.contains { if case .from = $0.action { true } else { false } }
    }
  }
}
