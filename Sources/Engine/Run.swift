public import Events
import Planning

/// The whole flow of an apply: text → manifest → plan → tree → commands → records.
///
/// Read this first. Everything that happens is sent as a `RunEvent`; the screen, the ledger and
/// every report listen to the one stream.
public enum Run {
  /// Applies manifests, or a saved plan, and says how it ended; the exit code is part of that.
  ///
  /// - Throws: `RunFailure` where nothing could be begun; the tree is then as it was.
  public static func apply(
    _ request: ApplyRequest, listeners: [any RunListener]
  ) throws(RunFailure) -> RunEnd {
    // The second time is free: what is known to stand is not read again.
    let again = RunAgain(request)
    let known = try again?.workspace(for: request)
    if let again, let (workspace, record) = known,
      let end = try again.tell(record, request, in: workspace, listeners)
    {
      return end
    }

    // Text → values, or every fault at once.
    let input = try RunInput.read(request)
    try request.refuseOverwriting(input)
    // Takes the lock and recovers what an earlier run left.
    let workspace =
      if let known { known.workspace } else {
        try Workspace.open(
          request.root, durability: request.durability, readsAll: request.verifiesContents,
          stateHome: request.stateHome)
      }
    var isUsed = false
    defer { if !isUsed { workspace.removeUnusedRoot() } }
    let request = try request.tightened(by: workspace.root)
    let run = RunInProgress(request, workspace, EventStream(listeners))

    try workspace.keepLogs(in: request.logDirectory)
    try workspace.makeStage(for: request)

    run.begin(input)
    // Pure; conflicts surface here, before the first byte.
    let plans = try run.plan(input)
    let isRehearsal = request.isolation.isRehearsal
    run.ending = { again?.ending(of: input, plans, in: workspace.view) }
    let end = run.carryOut {
      for (index, plan) in plans.enumerated() {
        try run.perform(setup: plan)
        // A step lands its files, all or nothing; then it runs its commands.
        for step in plan.steps { try run.perform(step, of: plan) }
        try run.perform(verify: plan)
        // A commit is made of what stands: of all that was declared so far.
        try run.refuseLaterChanges(of: run.commits(plan) ? plans[...index] : plans[index...index])
        if !isRehearsal { try run.commit(plan) }
      }
      if plans.count > 1 { try run.refuseLaterChanges(of: plans) }
      try run.refuseUntested()
      try run.landRehearsal(of: plans)
    }
    isUsed = end.exit == 0 && !isRehearsal
    return end
  }
}
