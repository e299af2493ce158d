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
    // In a shadow what a pass stands for goes with it.
    if workspace.stage != nil && (command.kind == .setup || command.kind == .run) {
      execution.passed = nil
    }
    var record = try execution.run(
      command, products: command.kind == .run ? stepProducts : nil)
    record.file = manifestFile
    finish(record, of: command, at: place, plan)
    if record.outcome == .interrupted { try stopIfInterrupted(in: step) }
    return record
  }

  /// What the `run` commands of a step answer for: in the tree what they made must be there still,
  /// where they are not run again. Nil where none of them declares its inputs.
  func products(of step: PlannedStep, _ plan: Plan) throws -> StepProducts? {
    guard workspace.stage == nil, step.run.contains(where: { !$0.spec.inputs.isEmpty }) else {
      return nil
    }
    let planned = lateSteps[plan.manifestFile]?[step.id] ?? step
    let own = planned.files.filter { $0.action != .skipped && $0.action != .unknown }
    return try StepProducts(
      outputs: planned.outputs, own: Set(own.map(\.path)).sorted(), tree: workspace.view.tree,
      root: workspace.view.root)
  }

  /// Lets the passes of a step's `run` commands stand for what all of them have left.
  func rememberTogether() throws {
    guard let stepProducts else { return }
    let passed = PassedCommands(stateHome: workspace.view.stateHome)
    for (inputs, text) in try stepProducts.together() { passed.add(inputs, making: text) }
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
