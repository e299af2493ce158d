import Events
import Materialising
import Planning
import Platform
import YAMLTree

/// A repair that stands in a file which its step's own `run` rewrites.
struct RewrittenRepair {
  var path: RelativePath
  /// The run that made it.
  var run: String
  /// What `run` had made of the declared bytes when it was made.
  var base: Digest
  /// What it made of that.
  var repaired: [UInt8]
}

/// Repairs of files that a step's `run` rewrites: it works on the declared bytes each time, and where
/// it makes of them what it made when they were repaired, the repair holds.
extension RunInProgress {
  /// The repairs that stand where a step is about to put the declared bytes back.
  func rewrittenRepairs(of step: PlannedStep) throws -> [RewrittenRepair] {
    // What commands make in a shadow does not reach the tree.
    if step.run.isEmpty || workspace.stage != nil || request.restoresDeclared { return [] }
    let memory = try workspace.view.state.memory()
    return try step.files.compactMap { file in
      guard file.action == .replaced, let declared = file.declared,
        let present = file.before.digest,
        let run = memory.repair(of: file.path, declared: declared, present: present),
        let base = memory.base(ofRepairAt: file.path, declared: declared, present: present)
      else { return nil }
      let bytes = try workspace.root.bytes(of: file.path, limit: .max)
      // Where a person was quicker, landing the step finds it.
      guard Digest(of: bytes) == present else { return nil }
      return RewrittenRepair(path: file.path, run: run, base: base, repaired: bytes)
    }
  }

  /// Puts the repairs back of which the base stands again; gives the step as it is then. Where `run`
  /// has made something else, the tests decide as they did the first time.
  func putBack(
    _ repairs: [RewrittenRepair], into step: PlannedStep, of plan: Plan
  ) throws -> PlannedStep {
    var step = step
    var back = PlannedStep(id: step.id, decision: .perform, mark: step.mark)
    for repair in repairs {
      guard let index = step.files.firstIndex(where: { $0.path == repair.path }),
        let status = try workspace.root.status(of: repair.path), status.kind == .regular,
        try workspace.root.digest(of: repair.path, status: status) == repair.base
      else { continue }
      let before = FileState.regular(RegularFile(digest: repair.base, size: Int(status.size)))
      let after = FileState.regular(
        RegularFile(
          digest: Digest(of: repair.repaired), size: repair.repaired.count,
          content: Text(repair.repaired)))
      var file = PlannedFile(
        path: repair.path, action: .edited, before: before, after: after,
        mark: step.files[index].mark)
      file.declared = step.files[index].declared
      file.repairedIn = repair.run
      back.files.append(file)
      step.files[index].after = after
    }
    if !back.files.isEmpty { try land(back, of: plan) }
    return step
  }
}
