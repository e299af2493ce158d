import Events
import Materialising
import Planning
import Platform
import Subprocess

/// Declared files that a command changed after their own step had left them.
///
/// What a step's own commands make of its files is the step's result. A later step, or `verify`, has
/// no business there unless its `outputs` say so: the tree would not hold what was declared.
extension RunInProgress {
  /// Where what is to stand in the end stands now.
  private func finalTree() throws(SystemError) -> any FileTree {
    if request.isolation.isRehearsal, let stage = workspace.stage { return try stage.shadow.tree }
    return workspace.view.tree
  }

  /// Remembers what a step's files hold, now that its commands have ended.
  func noteResults(of step: PlannedStep) throws {
    guard hasCommands else { return }
    try workspace.view.tree.keepingFolders { try note(step) }
  }

  private func note(_ step: PlannedStep) throws {
    let isUntouched = step.run.isEmpty && step.tests.isEmpty
    for file in step.files where file.action != .skipped && file.action != .unknown {
      guard case .regular(let landed) = file.after else {
        results[file.path] = nil
        continue
      }
      results[file.path] = isUntouched ? landed.digest : try digest(at: file.path)
    }
  }

  /// Ends the run where a command has changed what stood when its step had ended.
  ///
  /// It counts as mtor's own from now on, so that the next apply puts the declared bytes back.
  func refuseLaterChanges(of plan: Plan) throws {
    guard hasRunCommands, verdict == nil else { return }
    guard try workspace.root.isInPlace() else {
      // Nothing is left there, and nothing is there to undo it in.
      hasLanded = false
      throw Verdict(
        outcome: .failed, exit: 1,
        reason: "a command has removed the root, or put something else in its place: "
          + "'\(Printable.escaped(workspace.root.path))'; nothing declared stands there")
    }
    let changed = try workspace.view.tree.keepingFolders { try laterChanges(of: plan) }
    guard let first = changed.min() else { return }
    if !request.isolation.isRehearsal {
      for step in asPerformed(plan).steps
      where step.files.contains(where: { changed.contains($0.path) }) {
        try workspace.materialiser.recordResults(of: step, run: id, manifest: plan.manifestName)
      }
    }
    let more = changed.count == 1 ? " was" : " and \(changed.count - 1) more were"
    throw Verdict(
      outcome: .failed, exit: 1,
      reason: "'\(Printable.escaped(first.text))'\(more) changed by a command of a later step or "
        + "of verify; name it in that step's 'outputs', or keep the command from writing it")
  }

  private func laterChanges(of plan: Plan) throws -> Set<RelativePath> {
    var changed: Set<RelativePath> = []
    for path in plan.steps.lazy.flatMap({ $0.files.lazy.map(\.path) })
    where !outputPaths.contains(path) {
      if let left = results[path], try digest(at: path) != left { changed.insert(path) }
    }
    return changed
  }

  private func digest(at path: RelativePath) throws(SystemError) -> Digest? {
    let tree = try finalTree()
    // Something else may be in its folder's place.
    guard let status = try tree.reachableStatus(of: path), status.kind == .regular else {
      return nil
    }
    return try tree.digest(of: path, status: status)
  }
}
