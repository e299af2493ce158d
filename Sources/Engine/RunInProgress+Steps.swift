import Events
import Manifests
import Materialising
import Planning
import Platform
import Subprocess

extension RunInProgress {
  /// Lands a step's files, all or nothing, then runs its commands.
  func perform(_ step: PlannedStep, of plan: Plan) throws {
    try stopIfInterrupted()
    begin(plan)
    stepsBegun += 1
    stream.send(.stepStarted(id: step.id, index: stepsBegun, of: stepIDs.count))
    if let reason = skipReason(step) {
      stream.send(.stepEnded(id: step.id, outcome: .skipped, reason: reason))
      return
    }
    let (current, isLate) = try current(step, of: plan)
    if current.decision == .skip {
      stream.send(.stepEnded(id: step.id, outcome: .skipped, reason: "when"))
      return
    }
    let standing = try rewrittenRepairs(of: current)
    outputsOfStep = []
    try put(current, isLate: isLate, of: plan)
    try declarations.add(current)
    var (failure, step) = try runCommands(of: current, plan, keeping: standing)
    if case .test = failure, let declared = try withoutEarlierRepairs(step, plan) {
      (failure, step) = (nil, declared)
    }
    try noteResults(of: step)
    if failure == nil, let verdict = try outputsThatCannotLand(step) {
      return try fail(step, as: .failed, verdict)
    }
    var outcome: StepOutcome = flakySteps.contains(step.id) ? .flaky : .passed
    if let failure {
      guard case .test(let failed) = failure else { return try fail(step, failure.record) }
      switch try repair(RepairSubject(step), failed, of: plan) {
      case nil: return try fail(step, failure.record)
      case .red(let outcome, let verdict): return try fail(step, as: outcome, verdict)
      case .passed(let repaired): outcome = repaired
      }
      try noteResults(of: step)
      if let verdict = try outputsThatCannotLand(step) {
        return try fail(step, as: .failed, verdict)
      }
    }
    stream.send(.stepEnded(id: step.id, outcome: outcome, reason: nil))
  }

  /// The step as it has to be done, and whether it was planned again: where the plan could not know,
  /// or where a command or a repair of this run has changed what it was planned on.
  private func current(
    _ step: PlannedStep, of plan: Plan
  ) throws -> (step: PlannedStep, isLate: Bool) {
    // A `when` is asked anew: what has run may have changed its answer.
    let isKnown = !step.isUncertain && !(hasRunCommands && step.isConditional)
    guard try !isKnown || hasMovedOn(step, of: plan) else { return (step, false) }
    let folder = folders[plan.manifestFile] ?? "."
    let replanned = try workspace.replan(
      step, of: plan, request, folder: folder, during: id)
    if !replanned.diagnostics.isEmpty { stream.send(.diagnosed(replanned.diagnostics)) }
    if !replanned.conflicts.isEmpty { try refuse(step, replanned.conflicts, of: plan) }
    lateSteps[plan.manifestFile, default: [:]][step.id] = replanned.step
    declaredPaths.formUnion(replanned.step.files.map(\.path))
    return (replanned.step, true)
  }

  /// The plan with those steps as they were done that were planned again when they were reached.
  func asPerformed(_ plan: Plan) -> Plan {
    guard let late = lateSteps[plan.manifestFile] else { return plan }
    var plan = plan
    plan.steps = plan.steps.map { late[$0.id] ?? $0 }
    return plan
  }

  /// True if this run's own commands or repairs have left something else than the step was planned
  /// on. What somebody else has changed is a conflict, which landing the step finds.
  private func hasMovedOn(_ step: PlannedStep, of plan: Plan) throws -> Bool {
    guard hasRunCommands else { return false }
    // A rehearsal's steps stand in the shadow; those of a sandboxed apply go to the tree, whatever
    // its commands have made of their copy.
    if request.isolation.isRehearsal, let stage = workspace.stage {
      return try hasMovedOn(step, of: plan, in: stage)
    }
    let changes = try Planner.changes(since: step, on: workspace.view.tree)
    guard !changes.isEmpty else { return false }
    let memory = try workspace.view.state.memory()
    return changes.contains { file, present in
      file.action == .unchanged || memory.isOurs(file.path, holding: present)
    }
  }

  /// The same for a rehearsal, which refuses what an apply would as it lands the step: what is in a
  /// file's way and is neither declared nor an output.
  private func hasMovedOn(
    _ step: PlannedStep, of plan: Plan, in stage: ShadowStage
  ) throws -> Bool {
    let changes = try Planner.changes(since: step, on: stage.shadow.tree)
    if changes.isEmpty { return false }
    let isOurs = try changes.contains { file, _ in
      try file.action == .unchanged || outputPaths.contains(file.path)
        || repairedPaths[file.path] != nil || isResult(file.path)
    }
    if isOurs { return true }
    let conflicts = changes.map { file, _ in
      Conflict(
        path: file.path.text, rule: "conflict-changed",
        message: "\(file.path): was changed since the plan was made",
        hint: Self.hintOfConflict, step: step.id, mark: file.mark)
    }
    try refuse(step, conflicts, of: plan)
  }

  /// Puts a step's files where its commands will find them: into the tree, the shadow, or both.
  private func put(_ step: PlannedStep, isLate: Bool, of plan: Plan) throws {
    guard let stage = workspace.stage else { return try land(step, of: plan) }
    if request.isolation.isRehearsal {
      try stage.place(step)
      return report(step)
    }
    if isLate { return try landThroughShadow(step, of: plan, stage) }
    try land(step, of: plan)
  }

  /// Lands a step's files; `results` are those of its own commands, told already as what landed.
  func land(
    _ step: PlannedStep, of plan: Plan, besides results: Set<RelativePath> = []
  ) throws {
    do {
      let landed = try workspace.materialiser.land(step, run: id, manifest: plan.manifestName)
      hasLanded = hasLanded || !landed.isEmpty
      lastLanded = (step.id, stepsBegun)
      // What a rehearsal lands in the end was told step by step.
      if !request.isolation.isRehearsal {
        // Told before anything else can fail: it stands.
        report(step, besides: results)
        try workspace.stage?.follow(step)
      }
    } catch TreeError.conflict(var conflicts) {
      for index in conflicts.indices
      where hasRunCommands && conflicts[index].rule == "conflict-changed" {
        conflicts[index].hint = Self.hintOfConflict
      }
      try refuse(step, conflicts, of: plan)
    } catch TreeError.interrupted(let message) {
      // The step's own files may have landed already, and this is what its commands made.
      let isLate = lastLanded?.id == step.id && Interruption.count == 1
      let reason = isLate ? "stopped before its outputs landed" : message
      stream.send(.stepEnded(id: step.id, outcome: .interrupted, reason: reason))
      throw TreeError.interrupted(reason)
    } catch {
      stream.send(.stepEnded(id: step.id, outcome: .failed, reason: "\(error)"))
      throw error
    }
  }

  private static let hintOfConflict =
    "look at it, then apply again; what a command of this run makes of it is the run's own "
    + "only where its step's 'outputs' name it"

  private func report(_ step: PlannedStep, besides results: Set<RelativePath> = []) {
    // A move is told once, at the place where the file is now.
    let told = step.files.filter { $0.movedTo == nil && !results.contains($0.path) }
    if told.isEmpty && !results.isEmpty { return }
    let records = told.map { file in
      FileRecord(
        path: file.path.text, action: file.action, digest: file.after.digest,
        repairedIn: file.repairedIn)
    }
    stream.send(.filesLanded(step: step.id, files: records))
  }

  private func refuse(
    _ step: PlannedStep, _ conflicts: [Conflict], of plan: Plan
  ) throws -> Never {
    stream.send(.conflicted(step: step.id, conflicts, source: plan.source))
    stream.send(.stepEnded(id: step.id, outcome: .conflict, reason: conflicts.first?.message))
    throw Verdict(
      outcome: conflicts.exit == 4 ? .conflict : .failed, exit: conflicts.exit,
      reason: conflicts.exit == 4
        ? "step \(step.id) does not fit the tree; nothing of it was written"
        : "the tree could not be read for step \(step.id); nothing of it was written")
  }

  private func skipReason(_ step: PlannedStep) -> String? {
    if let needed = step.needs.first(where: failedSteps.contains) {
      failedSteps.insert(step.id)
      return "needs \(needed)"
    }
    return nil
  }

  /// The step with the declared bytes in place of what earlier runs repaired, where its tests pass on
  /// those: they are other ones by now, and nobody need be asked. Nil where they do not, and then the
  /// repairs stand again.
  private func withoutEarlierRepairs(
    _ step: PlannedStep, _ plan: Plan
  ) throws -> PlannedStep? {
    guard workspace.stage == nil, !request.restoresDeclared,
      step.files.contains(where: { $0.repairedIn != nil && $0.repairedIn != id })
    else { return nil }
    var request = request
    request.restoresDeclared = true
    let replanned = try workspace.replan(
      step, of: plan, request, folder: folders[plan.manifestFile] ?? ".", during: id)
    guard replanned.conflicts.isEmpty,
      replanned.step.files.contains(where: { $0.action == .replaced || $0.action == .edited })
    else { return nil }
    let standing = standing
    stream.send(
      .noted(
        "step \(step.id): red on what an earlier run repaired, so the declared bytes are tried"))
    do {
      try workspace.materialiser.beginTrial(run: id)
      _ = try workspace.materialiser.land(
        replanned.step, run: id, manifest: plan.manifestName)
      let (failure, done) = try runCommands(of: replanned.step, plan, keeping: [])
      if failure == nil {
        try workspace.materialiser.acceptTrial()
        hasLanded = true
        report(done)
        return done
      }
    } catch {
      try takeBack(to: standing)
      throw error
    }
    try takeBack(to: standing)
    return nil
  }

  /// Runs a step's `run` commands and tests; the first that failed, or nil, and the step with the
  /// repairs that stand again.
  private func runCommands(
    of step: PlannedStep, _ plan: Plan, keeping standing: [RewrittenRepair]
  ) throws -> (FailedCommand?, PlannedStep) {
    if standing.isEmpty {
      let failure = try keepingResults(of: step, plan) {
        try runWork(of: step, plan) ?? runTests(of: step, plan)
      }
      return (failure, step)
    }
    if let failure = try keepingResults(of: step, plan, { try runWork(of: step, plan) }) {
      return (failure, step)
    }
    let step = try putBack(standing, into: step, of: plan)
    return (try keepingResults(of: step, plan) { try runTests(of: step, plan) }, step)
  }

  private func runWork(of step: PlannedStep, _ plan: Plan) throws -> FailedCommand? {
    stepProducts = try products(of: step, plan)
    defer { stepProducts = nil }
    for (index, command) in step.run.enumerated() {
      let record = try run(command, at: CommandPlace(.run, index, of: step.id, in: plan), plan)
      if !record.hasPassed { return .run(record) }
    }
    try rememberTogether()
    return nil
  }

  private func runTests(of step: PlannedStep, _ plan: Plan) throws -> FailedCommand? {
    guard request.runsTests else { return nil }
    if step.isParallel && step.tests.count > 1 {
      let records = try runTestsSideBySide(of: step, plan)
      return records.firstIndex { !$0.hasPassed }
        .map { .test(FailedTest(index: $0, record: records[$0])) }
    }
    for (index, command) in step.tests.enumerated() {
      let record = try run(command, at: CommandPlace(.test, index, of: step.id, in: plan), plan)
      if !record.hasPassed { return .test(FailedTest(index: index, record: record)) }
    }
    return nil
  }

  private func fail(_ step: PlannedStep, _ record: CommandRecord) throws {
    let what = "\(record.kind.rawValue) '\(record.name)' failed"
    let reason = record.reason.map { "\(what): \($0)" } ?? what
    try fail(
      step, as: .failed,
      Verdict(outcome: .failed, exit: 1, reason: "step \(step.id): \(reason)"))
  }

  private func fail(_ step: PlannedStep, as outcome: StepOutcome, _ verdict: Verdict) throws {
    try stopIfInterrupted(in: step.id)
    failedSteps.insert(step.id)
    let prefix = "step \(step.id): "
    let reason =
      verdict.reason.hasPrefix(prefix)
      ? String(verdict.reason.dropFirst(prefix.count)) : verdict.reason
    stream.send(.stepEnded(id: step.id, outcome: outcome, reason: reason))
    if request.keepsGoing {
      self.verdict = self.verdict.map { $0.stronger(verdict) } ?? verdict
    } else {
      throw verdict
    }
  }

  /// Ends the run at a step's boundary when a signal has come.
  func stopIfInterrupted(in step: String? = nil) throws {
    guard let signal = Interruption.signal else { return }
    if let step {
      stream.send(.stepEnded(id: step, outcome: .interrupted, reason: "interrupted"))
    }
    throw Verdict(
      outcome: .interrupted, exit: Interruption.exitCode(of: signal), reason: "interrupted")
  }
}

/// A command of a step that failed; only a test is ever repaired.
enum FailedCommand {
  case run(CommandRecord)
  case test(FailedTest)

  var record: CommandRecord {
    switch self {
    case .run(let record): record
    case .test(let failed): failed.record
    }
  }
}

/// A test of a step, or a command of `verify`, that failed, by its place among them.
struct FailedTest {
  var index: Int
  var record: CommandRecord
}

extension RunInProgress.Verdict {
  /// The one whose exit code wins where both apply; this one where they are equal.
  fileprivate func stronger(_ other: Self) -> Self {
    let order = ExitCode.byPrecedence.map(\.rawValue)
    let places = [exit, other.exit].map { order.firstIndex(of: $0) ?? order.endIndex }
    return places[1] < places[0] ? other : self
  }
}

extension PlannedStep {
  /// True if the step, or one of its files, could not be planned before its commands have run.
  var isUncertain: Bool { decision == .unknown || files.contains { $0.action == .unknown } }

  /// True if a `when` decides about the step, or about a file of it.
  var isConditional: Bool { condition != nil || entries.contains { $0.condition != nil } }
}
