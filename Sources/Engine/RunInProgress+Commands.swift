import Events
import Manifests
import Planning
import Platform
import Subprocess

extension RunInProgress {
  /// Runs the setup; a failure ends the run.
  func perform(setup plan: Plan) throws {
    begin(plan)
    // Two manifests may have steps of one name.
    failedSteps = []
    flakySteps = []
    for (index, command) in plan.setup.enumerated() {
      try stopIfInterrupted()
      let record = try run(command, at: CommandPlace(.setup, index, of: nil, in: plan), plan)
      if !record.hasPassed { throw failure(of: record) }
    }
  }

  /// Runs the regression gate after the last step, unless a step has failed.
  func perform(verify plan: Plan) throws {
    guard request.runsTests, verdict == nil else { return }
    begin(plan)
    for (index, command) in plan.verify.enumerated() {
      try stopIfInterrupted()
      let record = try run(command, at: CommandPlace(.verify, index, of: nil, in: plan), plan)
      if record.hasPassed { continue }
      let failed = FailedTest(index: index, record: record)
      switch try repair(RepairSubject(verify: plan), failed, of: plan) {
      case nil: throw failure(of: record)
      case .red(_, let verdict): throw verdict
      // What follows has run and passed.
      case .passed: return
      }
    }
  }

  /// From here on commands are those of this plan.
  func begin(_ plan: Plan) { manifestFile = hasSeveralManifests ? plan.manifestFile : nil }

  private func failure(of record: CommandRecord) -> Verdict {
    let what = "\(record.kind.rawValue) '\(record.name)' failed"
    return Verdict(
      outcome: .failed, exit: 1, reason: record.reason.map { "\(what): \($0)" } ?? what)
  }

  /// Runs one command and reports it.
  func run(
    _ command: PlannedCommand, at place: CommandPlace, _ plan: Plan
  ) throws -> CommandRecord {
    let step = place.step
    noteTrackedFiles()
    stream.send(.commandStarted(step: step, kind: command.kind, name: command.name))
    let stream = self.stream
    var execution = try workspace.execution(params: plan.params) { line in
      stream.send(.commandOutput(step: step, name: command.name, line: line))
    }
    if request.streamsOutput { execution.lines = .all }
    execution.onNote = { stream.send(.noted($0)) }
    remember(command, of: step, plan, in: &execution)
    var record = try execution.run(command)
    record.file = manifestFile
    finish(record, of: command, at: place, plan)
    if record.outcome == .interrupted { try stopIfInterrupted(in: step) }
    return record
  }

  /// A pass of `setup` or `run` stands for what it made: in a shadow that goes with it, and in the
  /// tree what the step names of it must be there still.
  private func remember(
    _ command: PlannedCommand, of step: String?, _ plan: Plan,
    in execution: inout CommandExecution
  ) {
    guard command.kind == .setup || command.kind == .run else { return }
    if workspace.stage != nil { execution.passed = nil }
    guard command.kind == .run, !command.spec.inputs.isEmpty, let step,
      let planned = lateSteps[plan.manifestFile]?[step]
        ?? plan.steps.first(where: { $0.id == step })
    else { return }
    let own = planned.files.filter { $0.action != .skipped && $0.action != .unknown }
    execution.products = StepProducts(
      outputs: planned.outputs, own: Set(own.map(\.path)).sorted())
    execution.onPass = { [notedPasses] in notedPasses.add($0) }
  }

  /// Lets the passes of a step's `run` commands stand for what all of them have left, as far as none of
  /// them has changed what another had made: else the first would run again for what the second added.
  func rememberTogether() throws {
    let passes = notedPasses.all
    guard passes.count > 1, let last = passes.last, workspace.stage == nil else { return }
    let passed = PassedCommands(stateHome: workspace.view.stateHome)
    for pass in passes.dropLast() where pass.made.stands(in: last.made) {
      var whole = pass
      whole.made = last.made
      passed.add(pass.inputs, making: whole.products)
    }
  }

  /// Runs a step's tests on as many threads as jobs are allowed; all of them end, whatever fails.
  func runTestsSideBySide(of planned: PlannedStep, _ plan: Plan) throws -> [CommandRecord] {
    let (commands, step) = (planned.tests, planned.id)
    noteTrackedFiles()
    let stream = self.stream
    var execution = try workspace.execution(params: plan.params, onLine: nil)
    execution.onNote = { stream.send(.noted($0)) }
    let judge = execution
    let results = Results<CommandRecord>(count: commands.count)
    Parallel.forEach(below: commands.count, jobs: request.jobs) { index in
      let command = commands[index]
      stream.send(.commandStarted(step: step, kind: command.kind, name: command.name))
      results[index] = Result { try judge.run(command) }
      return Interruption.count == 0
    }
    var records = try results.all.map { try $0.get() }
    for index in records.indices { records[index].file = manifestFile }
    for (index, record) in records.enumerated() {
      finish(record, of: commands[index], at: CommandPlace(.test, index, of: step, in: plan), plan)
    }
    if records.contains(where: { $0.outcome == .interrupted }) { try stopIfInterrupted(in: step) }
    return records
  }

  private func finish(
    _ record: CommandRecord, of command: PlannedCommand, at place: CommandPlace, _ plan: Plan
  ) {
    let step = place.step
    let isTest = record.kind == .test || record.kind == .verify
    if isTest && record.hasPassed && record.outcome != .skipped {
      wasTested = true
      var command = command
      command.params = plan.params
      passedTests.append(PassedTest(place: place, command: command, record: record))
    }
    if record.outcome == .flaky, let step { flakySteps.insert(step) }
    stream.send(.commandEnded(step: step, record))
    if let limit = workspace.stage?.limit(explaining: record) { stream.send(.noted(limit)) }
  }

  /// Remembers, before the first command, which tracked files differ already.
  private func noteTrackedFiles() {
    hasRunCommands = true
    guard changedBefore == nil else { return }
    changedBefore = .some(trackedChanges())
    // A command may take an hour, and what reading and planning needed is not needed meanwhile.
    CommandRunner.giveBackCode()
  }

  private func trackedChanges() -> Set<String>? {
    do {
      return try workspace.view.repository()?.changedTrackedFiles()
    } catch {
      // Git ends with the run that is interrupted, and nobody waits for a list.
      if Interruption.signal == nil {
        stream.send(.noted("what commands changed cannot be listed: \(error)"))
      }
      return nil
    }
  }

  /// Lists the tracked files that commands changed although the manifest does not declare them.
  func reportWhatCommandsChanged() {
    if let stage = workspace.stage { return reportWhatGoesWithTheShadow(stage) }
    guard let before = changedBefore ?? nil, let after = trackedChanges() else { return }
    let prefix = gitPrefix
    let own = Set(declaredPaths.union(repairedPaths.keys).map { prefix + $0.text })
    let others = after.subtracting(before).subtracting(own).sorted()
    guard !others.isEmpty else { return }
    let shown = others.prefix(10).map { Printable.escaped($0) }.joined(separator: ", ")
    let rest = others.count > 10 ? " and \(others.count - 10) more" : ""
    stream.send(.noted("commands also changed tracked files: \(shown)\(rest)"))
  }
}

/// A test that has passed in this run.
struct PassedTest {
  var place: CommandPlace
  /// With the parameters of its manifest.
  var command: PlannedCommand
  var record: CommandRecord
}

extension CommandRecord {
  /// True where nothing keeps the step from going on.
  var hasPassed: Bool {
    switch outcome {
    case .passed, .flaky, .cached, .skipped: true
    case .failed, .timedOut, .interrupted: false
    }
  }
}
