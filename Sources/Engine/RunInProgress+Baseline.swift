import Events
import Manifests
import Planning
import Platform
import Repairing
import Subprocess

extension RunInProgress {
  /// True if a command of `verify` fails in the same way on the bytes from before the run: then it
  /// is not for this manifest to repair.
  ///
  /// Found by one run in a shadow. What earlier runs of the manifest have written, a red one's too,
  /// counts as this run's own: it is the manifest's doing. Where some of those bytes are gone nobody
  /// can tell: false.
  func wasRedBefore(
    _ task: RepairTask, _ room: ShadowTrialRoom, _ plan: Plan, _ sandbox: Sandbox
  ) throws -> Bool {
    var trial = Trial(commands: [task.command])
    let isRehearsal = request.isolation.isRehearsal
    for file in task.files {
      // In a rehearsal the tree itself is as before the run, and holds what earlier ones have left.
      guard let present = isRehearsal ? try standing(at: file.path) : file.after.digest else {
        if file.changesTree && !isRehearsal { return false }
        continue
      }
      switch try workspace.view.ownership.original(
        of: file.path, holding: present, manifest: plan.manifestName)
      {
      case .bytes(let bytes):
        trial.files.append(Proposal.File(path: file.path, before: nil, after: bytes))
      case .absent: trial.removed.append(file.path)
      // As it was found: nobody's doing of whom mtor knows.
      case .unknown where isRehearsal || !file.changesTree: continue
      case .unknown, .gone: return false
      }
    }
    guard isRehearsal else { return try failsAlike(trial, task, in: room) }
    let tree = try ShadowTrialRoom(
      workspace.view, from: nil, sandbox: sandbox, params: plan.params, readOnly: [],
      caches: plan.repair.cache ?? [])
    return try failsAlike(trial, task, in: tree)
  }

  /// What the tree itself has at a path; nil where that is no regular file.
  private func standing(at path: RelativePath) throws -> Digest? {
    let tree = workspace.root
    guard let status = try tree.status(of: path), status.kind == .regular else { return nil }
    return try tree.digest(of: path, status: status)
  }

  private func failsAlike(
    _ trial: Trial, _ task: RepairTask, in room: ShadowTrialRoom
  ) throws -> Bool {
    let outcome = try room.perform(trial)
    guard let result = outcome.results.last, !outcome.isInterrupted, !outcome.passed(1) else {
      return false
    }
    // Of a command that says nothing the exit code is all there is.
    let before = FailureText.fingerprint(of: result.output, exit: result.record.ending)
    return before == FailureText.fingerprint(of: task.record.output.utf8, exit: task.record.ending)
  }
}
