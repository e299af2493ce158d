import Events
import Glibc
import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

extension RunInProgress {
  /// Refuses, before the first byte, a commit that could not be made.
  func refuseImpossibleCommits(in plans: [Plan]) throws(RunFailure) {
    let judged = try workspace.view.judgingCommits(of: plans, behind: &pathsBehindHead)
    try refuseConflicts(in: judged)
    guard let message = request.commitMessage else { return }
    // What was typed has no line in a manifest.
    for plan in plans where plan.commit == nil {
      let commit = try workspace.view.commit(of: plan, message: message)
      guard let commit else {
        throw .refused(
          message: "--commit is given, but the root is in no git repository", details: [],
          hint: "git init, or leave --commit out")
      }
      let obstacle: GitCommit.Obstacle?
      do { obstacle = try commit.obstacle(behind: &pathsBehindHead) } catch {
        throw RunFailure(lookingAtCommit: error)
      }
      if let obstacle {
        throw .refused(
          message: "the commit could not be made: \(obstacle.message)", details: [],
          hint: obstacle.hint)
      }
    }
  }

  /// Says what of a manifest `--only` leaves undone besides its other steps.
  func noteWhatIsLeftOut(of manifests: [Manifest]) {
    guard let only = request.only else { return }
    for manifest in manifests where manifest.steps.contains(where: { $0.id == only }) {
      let left =
        (manifest.verify.isEmpty ? [] : ["verify"]) + (manifest.commit == nil ? [] : ["commit"])
      if left.isEmpty { continue }
      let what = left.joined(separator: " and ")
      stream.send(.noted("not done under --only: the manifest's \(what)"))
    }
  }

  /// True for a plan of which a commit is wanted.
  func commits(_ plan: Plan) -> Bool {
    (plan.commit ?? request.commitMessage) != nil && request.only == nil
  }

  /// Commits what a manifest declares and its outputs, after everything of it has passed.
  func commit(_ plan: Plan) throws {
    guard let message = plan.commit ?? request.commitMessage, verdict == nil, request.only == nil
    else { return }
    guard let planned = try workspace.view.commit(of: asPerformed(plan), message: message) else {
      return
    }
    try refuseUntested()
    if !unwritableOutputs.isEmpty {
      throw GitFailure(
        "the commit was not made: it would lack outputs that the tests saw: "
          + unwritableOutputs.listed)
    }
    try stopIfInterrupted()
    // What is committed stands: a crash after it takes nothing back.
    if stepsBegun == stepIDs.count { try workspace.materialiser.completeUnit() }
    let commit = GitCommit(
      repository: planned.repository, message: message, hooks: request.runsHooks)
    let declared = Set(planned.declaredFiles.map(\.path))
    let repaired = try planned.repairsBesides(declared)
    if let obstacle = try commit.obstacle(
      among: repaired, of: workspace.root, behind: &pathsBehindHead)
    {
      throw GitFailure(
        "the commit was not made: a repair is part of it, and \(obstacle.message)",
        hint: obstacle.hint)
    }
    let gone = try planned.pathsToRemove()
    if let obstacle = try commit.obstacle(toRemoving: gone) {
      throw GitFailure(
        "the commit was not made: \(obstacle.message)", hint: obstacle.hint)
    }
    let paths = declared.union(outputPaths).union(repaired.map(\.path)).union(gone)
    let made: GitCommit.Made?
    do throws(GitFailure) {
      // Whoever forces it takes what git makes of the bytes.
      let kept = plan.isForced ? [] : declared.union(repaired.map(\.path))
      made = try commit.make(of: paths.sorted(), declared: kept, behind: pathsBehindHead)
    } catch {
      try recordWhatHooksMade(planned.plan)
      throw error
    }
    guard let made else { return }
    stream.send(.committed(id: made.id, message: message))
    commits.append(made.id)
    do throws(TreeError) {
      let state = workspace.view.state
      // One that only makes up for a commit that failed has nothing to undo: the files are of the run
      // before.
      var owner = id
      if !hasLanded, let earlier = try state.lastRun(changing: paths),
        try state.commits(of: earlier).isEmpty
      {
        owner = earlier
      }
      try state.record(commit: made.id, of: owner)
    } catch {
      stream.send(.noted("an undo of this run asks the ledger for its commit: \(error)"))
    }
    if let fault = made.indexFault {
      throw GitFailure(
        "the commit \(made.id.prefix(12)) was made, and git's index does not know of it yet: "
          + "\(fault.message); the next apply brings it up")
    }
    if let first = made.changedByHooks.first {
      try recordWhatHooksMade(planned.plan)
      let more = made.changedByHooks.count == 1 ? "" : " and \(made.changedByHooks.count - 1) more"
      throw GitFailure(
        "a git hook changed '\(Printable.escaped(first.text))'\(more) after it was committed, so that "
          + "the tree is not as declared; --no-hooks commits without")
    }
  }

  /// What a hook made of a declared file is no person's: the next apply puts it back.
  private func recordWhatHooksMade(_ plan: Plan) throws {
    guard request.runsHooks else { return }
    for step in plan.steps where step.decision != .skip {
      try workspace.materialiser.recordResults(of: step, run: id, manifest: plan.manifestName)
    }
  }

  /// Says, after the files were put back, that what was committed stands.
  func noteCommitsLeft() {
    if commits.isEmpty { return }
    let standing = StandingCommits(newestFirst: commits.reversed(), view: workspace.view)
    stream.send(.noted(standing.sentence))
    do { try standing.note() } catch {
      stream.send(.noted("the next apply takes these files for a person's: \(error)"))
    }
  }

  /// The root below the top of the work tree, empty where there is no repository.
  var gitPrefix: String {
    do { return try workspace.view.repository()?.prefix ?? "" } catch { return "" }
  }
}
