import Engine
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
    /// Where the repository has to be fetched from; nil where it is on this machine.
    var address: GitAddress?
  }

  /// Why work is not done; one sentence.
  struct Refusal: Error {
    let reason: String
  }

  func admit(_ order: TaskOrder) throws(Refusal) -> Admitted {
    if let orders = settings.orders, orders[order.id] != order.work {
      throw Refusal(reason: "this worker does the tasks alone that its own process has put in")
    }
    return try admit(order.work)
  }

  func admit(_ work: TaskWork) throws(Refusal) -> Admitted {
    guard TaskTrees.isCommit(work.commit) else { throw Refusal(reason: "its commit is none") }
    if !work.prefix.isEmpty {
      guard work.prefix.hasSuffix("/") else { throw Self.noFolder(work.prefix) }
      _ = try Self.folder(work.prefix)
    }
    let isOwn = isOwn(work)
    let address = isOwn ? nil : try address(of: work)
    // A copy of mtor's own may be worked in where what it was made of may be fetched.
    let isAllowed = isOwn && work.address.map(isInScope) == true
    if address == nil && !isAllowed { try checkPlace(work) }
    try checkManifest(work)
    if settings.requiresSigned { try checkSignature(work) }
    for name in work.params.keys where !Self.isName(name) {
      throw Refusal(reason: "'\(Printable.escaped(name))' is no name of a parameter")
    }
    return Admitted(repair: try configuration(of: work).repair, address: address)
  }

  /// Where the repository of work that may come from another machine is fetched from: an address
  /// that this worker's own configuration allows.
  private func address(of work: TaskWork) throws(Refusal) -> GitAddress? {
    guard let text = work.address, settings.orders == nil else { return nil }
    let address: GitAddress
    do throws(GitAddress.Fault) { address = try GitAddress(text) } catch {
      throw Refusal(reason: error.message)
    }
    if let branch = work.branch, let fault = BranchName.fault(branch) {
      throw Refusal(reason: "its branch '\(Printable.escaped(branch))' \(fault)")
    }
    guard isInScope(address) else {
      throw Refusal(
        reason: "'\(Printable.escaped(text))' is not below 'dispatch.addresses' of this worker")
    }
    return address
  }

  private func isInScope(_ address: GitAddress) -> Bool {
    settings.configuration.dispatch.addresses.contains { $0.holds(address) }
  }

  private func isInScope(_ text: String) -> Bool {
    // What is no address is below none.
    do throws(GitAddress.Fault) { return isInScope(try GitAddress(text)) } catch { return false }
  }

  /// True for a copy of this machine's own, made of that address, that has the commit: it was
  /// dispatched from here.
  private func isOwn(_ work: TaskWork) -> Bool {
    guard let address = work.address, settings.orders == nil,
      let home = settings.ownCopies.flatMap(Self.real), let real = Self.real(work.repository),
      real.hasPrefix(home + "/")
    else { return false }
    let copy = GitMirror(of: address, in: real, runner: runner)
    // What cannot be looked at is no copy to work in.
    do throws(GitFailure) {
      guard try copy.isOfItsAddress() else { return false }
      return try copy.holds(work.commit)
    } catch { return false }
  }

  /// Below the worker's roots, by its real path: no link leads out of them.
  private func checkPlace(_ work: TaskWork) throws(Refusal) {
    let shown = Printable.escaped(work.repository)
    guard work.repository.hasPrefix("/"), let real = Self.real(work.repository) else {
      throw Refusal(reason: "there is no repository '\(shown)' on this machine")
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
