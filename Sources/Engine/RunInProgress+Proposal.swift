import Events
import Materialising
import Planning
import Platform
import Repairing
import YAMLTree

/// How a repair that passed on trial reaches the place where the run works.
extension RunInProgress {
  func land(_ proposal: Proposal, _ subject: RepairSubject, of plan: Plan) throws {
    try place(proposal, subject, of: plan, isBack: false)
    let files = proposal.files.map { file in
      FileRecord(
        path: file.path.text, action: .edited, digest: Digest(of: file.after), repairedIn: id)
    }
    stream.send(.filesLanded(step: subject.step ?? "verify", files: files))
  }

  func takeBack(_ proposal: Proposal, _ subject: RepairSubject, of plan: Plan) throws {
    try place(proposal, subject, of: plan, isBack: true)
  }

  private func place(
    _ proposal: Proposal, _ subject: RepairSubject, of plan: Plan, isBack: Bool
  ) throws {
    var step = PlannedStep(
      id: subject.step ?? "verify", decision: .perform, mark: subject.mark)
    step.files = proposal.files.map { file in
      let planned = subject.files.last { $0.path == file.path }
      let old = Self.state(isBack ? file.after : file.before)
      let new = Self.state(isBack ? file.before : file.after)
      var entry = PlannedFile(
        path: file.path, action: Self.action(old, new), before: old, after: new,
        mark: planned?.mark ?? subject.mark)
      entry.declared = planned?.declared
      entry.repairedIn = isBack ? nil : id
      return entry
    }
    for file in step.files { repairedPaths[file.path] = isBack ? nil : plan.manifestName }
    if request.isolation.isRehearsal {
      try workspace.stage?.place(step)
      return
    }
    _ = try workspace.materialiser.land(step, run: id, manifest: plan.manifestName)
    hasLanded = true
    try workspace.stage?.follow(step)
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
