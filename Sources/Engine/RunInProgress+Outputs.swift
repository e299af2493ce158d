import Events
import Materialising
import Planning
import Platform

/// What a step's commands make that is kept: its own files, and what its `outputs` name.
extension RunInProgress {
  /// Runs a step's commands between two looks at what they may make: `outputs`, which undo puts
  /// back, and the step's own files, whose new bytes count as mtor's.
  func keepingResults<Value>(
    of step: PlannedStep, _ plan: Plan, _ body: () throws -> Value
  ) throws -> Value {
    if let stage = workspace.stage {
      return try keepingOutputs(of: step, plan, stage, body)
    }
    let materialiser = workspace.materialiser
    if step.run.isEmpty && step.tests.isEmpty { return try body() }
    var globs: [Glob] = []
    for text in step.outputs { globs.append(try Glob(text)) }
    let protected = workspace.view.state.gitFolders
    let before = try OutputFiles.look(for: globs, in: workspace.root, protected: protected)
    let snapshot = try materialiser.beginOutputs(
      before.files, folders: before.folders, of: step.id, run: id, manifest: plan.manifestName)
    // Whatever the commands did, and however they ended, is recorded.
    let result = Result { try body() }
    let after = try OutputFiles.look(for: globs, in: workspace.root, protected: protected)
    let changed = try materialiser.endOutputs(snapshot, after.files)
    noteOutputs(after.files + before.files)
    for path in after.files {
      guard let status = try workspace.root.reachableStatus(of: path) else { continue }
      outputsLeft[path] = (status, plan.manifestName)
    }
    noteUnwritable(before.unwritable, after.unwritable)
    hasLanded = hasLanded || !changed.isEmpty
    try materialiser.recordResults(of: step, run: id, manifest: plan.manifestName)
    return try result.get()
  }

  /// Remembers paths that the `outputs` of the step under way have named.
  func noteOutputs(_ paths: [RelativePath]) {
    outputPaths.formUnion(paths)
    outputsOfStep.formUnion(paths)
  }

  /// Says what the commands changed of the outputs that undo will not know.
  private func noteUnwritable(
    _ before: [UnwritablePath: FileStatus], _ after: [UnwritablePath: FileStatus]
  ) {
    let changed = Set(before.keys).union(after.keys)
      .filter { before[$0] != after[$0] && !unwritableOutputs.contains($0) }
    guard !changed.isEmpty else { return }
    unwritableOutputs.formUnion(changed)
    stream.send(
      .noted("outputs that mtor can neither put back nor commit: \(changed.listed)"))
  }

  /// What keeps a step whose commands worked in a shadow from standing: the tests saw outputs that
  /// the tree will not have.
  func outputsThatCannotLand(_ step: PlannedStep) throws -> Verdict? {
    guard workspace.stage != nil, !unwritableOutputs.isEmpty else { return nil }
    var lost: Set<UnwritablePath> = []
    for text in step.outputs {
      let glob = try Glob(text)
      lost.formUnion(unwritableOutputs.filter { glob.matches($0.raw.decoded) })
    }
    if lost.isEmpty { return nil }
    return Verdict(
      outcome: .failed, exit: 1,
      reason: "step \(step.id): outputs that cannot be landed: \(lost.listed); "
        + "name them otherwise, or leave them out of 'outputs'")
  }
}
