import Events
import Materialising
import Planning
import Platform
import Repairing
import YAMLTree

/// How a repair that passed on trial reaches the place where the run works, and goes again.
extension RunInProgress {
  /// What a repair that comes to nothing is to leave as it was.
  struct Standing {
    fileprivate var passedTests: [PassedTest]
    fileprivate var repairedPaths: [RelativePath: String]
    fileprivate var wasRepaired: Bool
    fileprivate var hasLanded: Bool
  }

  var standing: Standing {
    Standing(
      passedTests: passedTests, repairedPaths: repairedPaths, wasRepaired: wasRepaired,
      hasLanded: hasLanded)
  }

  /// Puts a proposal where the commands run: on trial until `accept` or `takeBack`.
  func land(_ proposal: Proposal, _ subject: RepairSubject, of plan: Plan) throws {
    let step = try step(proposal, subject)
    for file in step.files { repairedPaths[file.path] = plan.manifestName }
    wasRepaired = true
    if request.isolation.isRehearsal {
      proposalsOnTrial.append(proposal)
      try workspace.stage?.place(step)
      return
    }
    try workspace.materialiser.beginTrial(run: id)
    _ = try workspace.materialiser.land(step, run: id, manifest: plan.manifestName)
    proposalsOnTrial.append(proposal)
    hasLanded = true
    try workspace.stage?.follow(step)
  }

  /// Every command has passed with what is on trial: it stands, and is told.
  func accept(_ subject: RepairSubject, of plan: Plan) throws {
    if !request.isolation.isRehearsal { try workspace.materialiser.acceptTrial() }
    for proposal in proposalsOnTrial {
      report(proposal, subject, of: plan)
      for file in proposal.files { try noteResult(repairing: file.path, with: file.after) }
    }
    proposalsOnTrial = []
  }

  /// Puts back what is on trial, the very files, and lets all else count that counted before.
  func takeBack(to standing: Standing) throws {
    passedTests = standing.passedTests
    repairedPaths = standing.repairedPaths
    wasRepaired = standing.wasRepaired
    let proposals = proposalsOnTrial
    if request.isolation.isRehearsal {
      for proposal in proposals.reversed() { try workspace.stage?.place(Self.back(proposal)) }
    } else {
      let report = try workspace.materialiser.takeBackTrial()
      for sentence in report?.kept ?? [] { stream.send(.noted(sentence)) }
      for proposal in proposals.reversed() { try workspace.stage?.follow(Self.back(proposal)) }
    }
    hasLanded = standing.hasLanded
    proposalsOnTrial = []
  }

  /// Tells a repair as what became of its step's files; one of `verify` belongs to the steps that
  /// declare them.
  private func report(_ proposal: Proposal, _ subject: RepairSubject, of plan: Plan) {
    var files: [String: [FileRecord]] = [:]
    for file in proposal.files {
      let declaring = plan.steps.last { step in step.files.contains { $0.path == file.path } }
      let step = subject.step ?? declaring?.id ?? plan.steps.last?.id ?? "verify"
      files[step, default: []].append(
        FileRecord(
          path: file.path.text, action: .edited, digest: Digest(of: file.after), repairedIn: id))
    }
    for (step, files) in files.sorted(by: { $0.key < $1.key }) {
      stream.send(.filesLanded(step: step, files: files))
    }
  }

  private func step(_ proposal: Proposal, _ subject: RepairSubject) throws -> PlannedStep {
    var step = PlannedStep(
      id: subject.step ?? "verify", decision: .perform, mark: subject.mark)
    step.files = try proposal.files.map { file in
      let planned = subject.files.last { $0.path == file.path }
      let old = try present(instead: Self.state(file.before), at: file.path)
      let new = Self.state(file.after)
      var entry = PlannedFile(
        path: file.path, action: Self.action(old, new), before: old, after: new,
        mark: planned?.mark ?? subject.mark)
      // Also of a file that an earlier step declares: by this the next run knows the repair.
      entry.declared = declarations[file.path]
      entry.repairedIn = id
      return entry
    }
    return step
  }

  /// What a repair of a file replaces: what the trial began with, or, where commands work in a shadow
  /// and have changed the file there, what this run has landed in the tree.
  private func present(instead state: FileState, at path: RelativePath) throws -> FileState {
    guard workspace.stage != nil, !request.isolation.isRehearsal,
      let status = try workspace.root.status(of: path), status.kind == .regular
    else { return state }
    let digest = try workspace.root.digest(of: path, status: status)
    let present = FileState.regular(RegularFile(digest: digest, size: Int(status.size)))
    return try workspace.view.state.memory().isOurs(path, holding: present) ? present : state
  }

  private static func back(_ proposal: Proposal) -> PlannedStep {
    var step = PlannedStep(id: "", decision: .perform, mark: Mark(line: 1, column: 1))
    step.files = proposal.files.map { file in
      let old = state(file.after)
      let new = state(file.before)
      return PlannedFile(
        path: file.path, action: action(old, new), before: old, after: new, mark: step.mark)
    }
    return step
  }

  private static func state(_ bytes: [UInt8]?) -> FileState {
    guard let bytes else { return .absent }
    return .regular(
      RegularFile(digest: Digest(of: bytes), size: bytes.count, content: Text(bytes)))
  }

  private static func action(_ old: FileState, _ new: FileState) -> PlannedFile.Action {
    switch (old, new) {
    case (.absent, _): .created
    case (_, .absent): .deleted
    default: .edited
    }
  }
}
