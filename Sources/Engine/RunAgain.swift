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
  let key: Digest
  /// How the manifests are named in reports.
  private let file: String

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
    // Another build may have other rules.
    guard let program = Self.identity(of: "/proc/self/exe", before: .max) else { return nil }
    text += "program \(program)\n"
    for (name, value) in request.params.sorted(by: { $0.key < $1.key }) {
      text += "param \(name.utf8.count) \(name) \(value.utf8.count) \(value)\n"
    }
    let now = FileIndex.now
    var names: [String] = []
    for source in request.sources {
      guard case .file(let path) = source, let identity = Self.identity(of: path, before: now)
      else { return nil }
      text += "manifest \(path.utf8.count) \(path) \(identity)\n"
      names.append(path)
    }
    key = Digest(of: text.utf8)
    file = names.joined(separator: " ")
  }

  /// What changes when a file does; nil where it could change and look the same.
  private static func identity(of path: String, before moment: Int64) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let file = FileStatus(status)
    guard file.kind == .regular, file.changed < moment, file.modified < moment else { return nil }
    return "\(file.device) \(file.inode) \(file.size) \(file.modified) \(file.changed)"
  }

  /// The workspace of the run, where there is a record that may be true; nil otherwise, and then
  /// nothing was done.
  func workspace(for request: ApplyRequest) throws(RunFailure) -> Workspace? {
    guard let path = try RootFolder.resolve(request.root, making: false) else { return nil }
    let view = try TreeView(
      path, readsAll: request.verifiesContents, stateHome: request.stateHome)
    guard view.state.mayBeUpToDate(key) else { return nil }
    return try Workspace(view, request.durability)
  }

  /// Tells a run that has nothing to do, as its events; nil where that is not so.
  func tell(
    _ request: ApplyRequest, _ workspace: Workspace, _ listeners: [any RunListener]
  ) throws(RunFailure) -> RunEnd? {
    guard workspace.recovered.isEmpty,
      let record = workspace.view.state.upToDate(key, readsAll: request.verifiesContents)
    else { return nil }
    let run = RunInProgress(
      try request.tightened(by: workspace.root), workspace, EventStream(listeners))
    try workspace.keepLogs(in: request.logDirectory)
    run.begin(record, file: file)
    return run.carryOut {
      for step in record.steps { try run.pass(step, of: record) }
    }
  }

  /// What can be kept of a run, once it has ended well; nil where it is none of those that are
  /// kept.
  func ending(of input: RunInput, _ plans: [Plan]) -> Materialiser.Ending? {
    guard case .manifests(let manifests) = input, input.warnings.isEmpty,
      manifests.allSatisfy({ Self.isKept($0.manifest) }), plans.allSatisfy(Self.isKept)
    else { return nil }
    let paths = plans.flatMap(\.steps).flatMap(\.files).map(\.path)
    guard Set(paths).count == paths.count else { return nil }
    return Materialiser.Ending(
      key: key, manifestName: input.name, manifestDigest: input.digest, plans: plans)
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
