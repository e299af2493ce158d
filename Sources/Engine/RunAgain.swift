import Events
import Glibc
import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

/// The second time: a run that is known to have nothing to do without reading its manifests.
///
/// Only a run of manifests that hold nothing but whole contents is kept so: where a command, a
/// condition, an edit or a file beside the manifest has a say, the manifest is read. The manifests
/// are known by their inodes and times (git's racy rule), and by all of the request that a plan
/// rests on.
struct RunAgain {
  /// What was asked for: the names of the manifests and what a plan is made with.
  private let asked: String
  /// The manifests, each as it was when the run began.
  private let manifests: [(path: String, identity: String)]

  /// Nil where a request is of a kind that is not kept, or a manifest is too fresh to be known by
  /// its times.
  init?(_ request: ApplyRequest) {
    guard !request.isForced, !request.restoresDeclared, request.only == nil,
      request.isolation == .none, request.commitMessage == nil
    else { return nil }
    var text = "notation \(request.notation?.rawValue ?? "-")\n"
    let limits = request.limits
    text += "limits \(limits.manifest) \(limits.file) \(limits.depth) \(limits.steps) "
    text += "\(limits.files)\n"
    for (name, value) in request.params.sorted(by: { $0.key < $1.key }) {
      text += "param \(name.utf8.count) \(name) \(value.utf8.count) \(value)\n"
    }
    let now = FileIndex.now
    var manifests: [(path: String, identity: String)] = []
    for source in request.sources {
      guard case .file(let path) = source,
        let identity = Self.identity(Self.status(of: path), before: now)
      else { return nil }
      text += "manifest \(path.utf8.count) \(path)\n"
      manifests.append((path, identity))
    }
    asked = text
    self.manifests = manifests
  }

  private static func status(of path: String) -> FileStatus? {
    var status = stat()
    return stat(path, &status) == 0 ? FileStatus(status) : nil
  }

  /// What changes when a file does; nil where it could change and look the same.
  private static func identity(_ file: FileStatus?, before moment: Int64) -> String? {
    guard let file, file.kind == .regular, FileIndex.isSettled(file, before: moment) else {
      return nil
    }
    return "\(file.device) \(file.inode) \(file.size) \(file.modified) \(file.changed)"
  }

  /// All that a plan rests on besides the files that it declares; nil where that cannot be told.
  private func identity(in view: TreeView) -> Digest? {
    // Another build may have other rules.
    guard let program = Self.identity(Self.status(of: "/proc/self/exe"), before: .max) else {
      return nil
    }
    var text = asked + "program \(program)\nroot \(view.root.path)\n"
    // No manifest writes there, nor over itself.
    for folder in view.state.gitFolders { text += "git \(folder.text)\n" }
    for (path, identity) in manifests {
      guard let place = realpath(path, nil) else { return nil }
      defer { free(place) }
      text += "manifest \(String(cString: place)) \(identity)\n"
    }
    return Digest(of: text.utf8)
  }

  /// A workspace with what its last run left, where that may still stand; nil otherwise, and then
  /// nothing was done.
  func workspace(
    for request: ApplyRequest
  ) throws(RunFailure) -> (workspace: Workspace, record: UpToDateRecord)? {
    guard let path = try RootFolder.resolve(request.root, making: false) else { return nil }
    let view = try TreeView(
      path, readsAll: request.verifiesContents, stateHome: request.stateHome)
    guard let identity = identity(in: view),
      let record = view.state.upToDate(Digest(of: asked.utf8), identity: identity)
    else { return nil }
    return (try Workspace(view, request.durability), record)
  }

  /// Tells a run that has nothing to do, as its events; nil where that is not so.
  func tell(
    _ record: UpToDateRecord, _ request: ApplyRequest, in workspace: Workspace,
    _ listeners: [any RunListener]
  ) throws(RunFailure) -> RunEnd? {
    guard workspace.recovered.isEmpty,
      record.stands(in: workspace.root, readsAll: request.verifiesContents)
    else { return nil }
    try request.refuseOverwriting { record.steps.flatMap { $0.files.map(record.path(of:)) } }
    let run = RunInProgress(
      try request.tightened(by: workspace.root), workspace, EventStream(listeners))
    try workspace.keepLogs(in: request.logDirectory)
    run.begin(record, file: manifests.map(\.path).joined(separator: " "))
    return run.carryOut {
      for step in record.steps { try run.pass(step, of: record) }
      try run.refuseUntested()
    }
  }

  /// What can be kept of a run that has ended well; nil where it is none of those that are kept.
  func ending(of input: RunInput, _ plans: [Plan], in view: TreeView) -> Materialiser.Ending? {
    guard case .manifests(let loaded) = input, input.warnings.isEmpty,
      loaded.allSatisfy({ Self.isKept($0.manifest) }), plans.allSatisfy(Self.isKept),
      zip(manifests, loaded).allSatisfy({ Self.holds($0, $1.manifest.source.bytes) }),
      let identity = identity(in: view)
    else { return nil }
    let paths = plans.flatMap(\.steps).flatMap(\.files).map(\.path)
    guard Set(paths).count == paths.count else { return nil }
    return Materialiser.Ending(
      request: Digest(of: asked.utf8), identity: identity, manifestName: input.name,
      manifestDigest: input.digest, plans: plans)
  }

  /// True if the file that is known by this identity holds the bytes that were read: its name may
  /// have led to another one for a moment.
  private static func holds(
    _ manifest: (path: String, identity: String), _ bytes: [UInt8]
  ) -> Bool {
    do {
      let file = try Descriptor.open(manifest.path, O_RDONLY | O_NONBLOCK)
      let status = try FileStatus.of(descriptor: file.raw)
      guard identity(status, before: .max) == manifest.identity, status.size == bytes.count else {
        return false
      }
      return try file.holds(bytes)
    } catch {
      // It is not kept then, and the next run reads it.
      return false
    }
  }

  private static func isKept(_ manifest: Manifest) -> Bool {
    manifest.base == nil && manifest.commit == nil && manifest.provenance == nil
      && manifest.steps.allSatisfy { step in
        step.condition == nil
          && step.files.allSatisfy { file in
            guard case .content = file.action else { return false }
            return file.condition == nil && file.before == nil && file.endOfLine != .keep
              && !file.isFrozen
          }
      }
  }

  private static func isKept(_ plan: Plan) -> Bool {
    plan.setup.isEmpty && plan.verify.isEmpty && plan.conflicts.isEmpty
      && plan.diagnostics.isEmpty
      && plan.steps.allSatisfy { step in
        step.decision == .perform && step.run.isEmpty && step.tests.isEmpty
          && step.emptiedFolders.isEmpty
          && step.files.allSatisfy { file in
            file.repairedIn == nil && file.movedFrom == nil && file.movedTo == nil
          }
      }
  }
}

extension RunInProgress {
  fileprivate func begin(_ record: UpToDateRecord, file: String) {
    stepIDs = record.steps.map(\.id)
    stream.send(
      .runStarted(
        RunStart(
          run: id, manifestName: record.manifestName, manifestDigest: record.manifestDigest,
          manifestFile: file, root: workspace.root.path)))
  }

  /// Tells a step whose files stand and which has no commands.
  fileprivate func pass(_ step: UpToDateRecord.Step, of record: UpToDateRecord) throws {
    try stopIfInterrupted()
    stepsBegun += 1
    stream.send(.stepStarted(id: step.id, index: stepsBegun, of: stepIDs.count))
    lastLanded = (step.id, stepsBegun)
    let files = step.files.map { file in
      FileRecord(path: record.path(of: file), action: .unchanged, digest: file.digest)
    }
    stream.send(.filesLanded(step: step.id, files: files))
    stream.send(.stepEnded(id: step.id, outcome: .passed, reason: nil))
  }
}

extension Descriptor {
  /// True if the rest of the file is these bytes; read in pieces, so that a large manifest is not in
  /// memory twice.
  fileprivate borrowing func holds(_ bytes: [UInt8]) throws(SystemError) -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var done = 0
    while true {
      let count = read(raw, &piece, piece.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError("read")
      }
      if count == 0 { return done == bytes.count }
      guard count <= bytes.count - done else { return false }
      let isSame = bytes.withUnsafeBytes { whole in
        piece.withUnsafeBytes { memcmp(whole.baseAddress! + done, $0.baseAddress!, count) == 0 }
      }
      if !isSame { return false }
      done += count
    }
  }
}
