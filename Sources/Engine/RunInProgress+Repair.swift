import Events
import Manifests
import Materialising
import Planning
import Platform
import Records
import Repairing
import Subprocess
import Transport
import YAMLTree

/// What a repair did to a step.
enum RepairEnding {
  /// Every test passes.
  case passed(StepOutcome)
  /// The step stays red, with what the run says then.
  case red(StepOutcome, RunInProgress.Verdict)
}

extension RunInProgress {
  /// Tries to repair a failing test; nil where nothing is configured that could.
  ///
  /// The tree changes once, with what passed, through the same journal as any apply. In a rehearsal
  /// its shadow changes, and the tree with all the rest. Until every command has passed there too it
  /// is on trial: where that comes to nothing, or is cut off, all of it is put back.
  ///
  /// A ledger that cannot be used keeps budgets from being held, so nothing is asked then; the test
  /// stays as red as it was.
  func repair(
    _ subject: RepairSubject, _ failed: FailedTest, of plan: Plan
  ) throws -> RepairEnding? {
    let standing = standing
    do {
      let ending = try climb(subject, failed, of: plan)
      if case .passed = ending { try accept(subject, of: plan) } else { try takeBack(to: standing) }
      return ending
    } catch {
      do { try takeBack(to: standing) } catch {
        stream.send(.noted("a repair on trial could not be taken back: \(error)"))
      }
      guard let error = error as? LedgerError else { throw error }
      // Where no model is asked the warning about the run's own record says it already.
      if request.repair?.ladder(subject.policy).isEmpty == false {
        stream.send(.noted("no repair: \(error)"))
      }
      return nil
    }
  }

  private func climb(
    _ subject: RepairSubject, _ failed: FailedTest, of plan: Plan
  ) throws -> RepairEnding? {
    guard let settings = request.repair,
      failed.record.outcome == .failed || failed.record.outcome == .timedOut,
      failed.record.hasStarted
    else { return nil }
    let policy = subject.policy
    if policy.isOff ?? false { return nil }
    var failing = failed
    var outcome = StepOutcome.passed
    var missing = settings.missingModels(policy)
    // Each repaired command may show the next red one, which is repaired like the first.
    for _ in 0...subject.commands.count {
      var task = try task(subject, failing, of: plan, settings)
      let records = try RepairRecords(path: settings.ledger)
      task.coaching = try coaching(task, records, settings)
      // Wherever notes lie, no repair writes one.
      task.gitFolders += NoteFolder.paths(settings.configuration.coaching)
      let models = settings.ladder(policy)
      if models.isEmpty, settings.show == nil, policy.fixers ?? [] == [],
        task.coaching.checks.isEmpty,
        try records.repair(of: task.declared, fingerprint: Self.fingerprint(failing.record)) == nil
      {
        if let missing {
          let reason = place(subject, "no repair: \(missing)")
          return .red(.failed, Verdict(outcome: .failed, exit: 1, reason: reason))
        }
        repairEstimate = try estimate(task, records, policy, plan)
        return nil
      }
      if let sentence = missing, !models.isEmpty {
        // The others are asked; it may be a name that is misspelt.
        stream.send(.noted(place(subject, sentence)))
        missing = nil
      }
      let sandbox: Sandbox
      switch sandboxOfTrials(settings) {
      case .failure(let refusal): return .red(.failed, refusal)
      case .success(let found): sandbox = found
      }
      let scope = try RepairScope(
        policy: policy, files: task.files, gitFolders: task.gitFolders, removed: task.removed,
        later: task.later)
      let shadow = workspace.stage?.shadow
      let room = try ShadowTrialRoom(
        workspace.view, from: shadow, sandbox: sandbox, params: plan.params,
        readOnly: try ProtectedFiles.paths(
          in: workspace.view, shadow?.tree ?? workspace.root, scope,
          declared: declaredPaths.sorted()),
        caches: policy.cache ?? [])
      if subject.step == nil, try wasRedBefore(task, room, plan, sandbox) {
        return .red(
          .failed,
          Verdict(
            outcome: .redBefore, exit: 1,
            reason: "verify: it failed in the same way before the run"))
      }
      let repairer = Repairer(
        room: room,
        asking: ConfiguredModels(
          client: ModelClient(
            store: EndpointRecords(records), onPause: { [stream] in stream.send(.noted($0)) }),
          environment: settings.environment),
        models: models, records: records, send: { [stream] in stream.send($0) },
        show: settings.show, pace: settings.pace)
      task.runSeconds = repairSeconds
      let result = try repairer.repair(task)
      repairSeconds += result.seconds
      switch result.outcome {
      case .flaky: outcome = Self.stronger(outcome, .flaky)
      case .fixed: outcome = Self.stronger(outcome, .fixed)
      case .remembered: outcome = Self.stronger(outcome, .remembered)
      case .repaired: outcome = Self.stronger(outcome, .repaired)
      default:
        try handBack(task, result, records, room)
        if case .blocked(let why) = result.outcome {
          reflect(on: result.reasonSaid ?? why, by: result.attempts.last?.model, task, records)
        }
        if case .environment = result.outcome, let name = try brokenByNow(task, plan) {
          let reason =
            "'\(name)' passed before and fails by now: what was written since breaks it, and no "
            + "repair is tried that would leave it red"
          return .red(.failed, Verdict(outcome: .failed, exit: 1, reason: place(subject, reason)))
        }
        if case .noModel = result.outcome, let sentence = settings.missingModels(policy) {
          let reason = place(subject, "no repair: \(sentence)")
          return .red(.failed, Verdict(outcome: .failed, exit: 1, reason: reason))
        }
        return red(result, subject)
      }
      if result.countIsUnknown {
        stream.send(.noted("count: unknown; no known test runner says how many tests ran"))
      }
      if let proposal = result.proposal {
        do { try land(proposal, subject, of: plan) } catch {
          if result.outcome == .repaired { try repairer.abandon(task) }
          throw error
        }
      }
      // In the tree itself, from the failing command on.
      let subject = subject.repaired(by: result.proposal)
      let next =
        try subject.planned.map { step in
          try keepingResults(of: step, plan) {
            try rest(of: subject, from: failing.index, plan)
          }
        } ?? rest(of: subject, from: failing.index, plan)
      if result.outcome == .repaired { try repairer.finish(task) }
      if let next, next.index == failing.index {
        let tree = request.isolation.isRehearsal ? "rehearsal" : "tree"
        let reason =
          result.proposal == nil
          ? "'\(task.command.name)' passes in a shadow of the \(tree) and fails in the \(tree) "
            + "itself; nothing was changed, nothing was asked"
          : "the repair passes on trial and fails in the \(tree); it was taken back"
        return .red(.failed, Verdict(outcome: .failed, exit: 1, reason: reason))
      }
      if let proposal = result.proposal { try keep(proposal, result, task, records) }
      guard let next else { return .passed(outcome) }
      failing = next
    }
    return nil
  }

  /// What a first request would take, for a person who has no model yet.
  private func estimate(
    _ task: RepairTask, _ records: RepairRecords, _ policy: RepairPolicy, _ plan: Plan
  ) throws -> Int? {
    let room = try ShadowTrialRoom(
      workspace.view, from: workspace.stage?.shadow, sandbox: .none, params: plan.params,
      readOnly: [],
      caches: policy.cache ?? [])
    let nobody = ConfiguredModels(
      client: ModelClient(store: EndpointRecords(records)), environment: [:])
    return try Repairer(room: room, asking: nobody, models: [], records: records).estimate(task)
  }

  /// Keeps for the architect what was tried, and says where it is.
  private func handBack(
    _ task: RepairTask, _ result: RepairResult, _ records: RepairRecords, _ room: ShadowTrialRoom
  ) throws {
    guard !result.attempts.isEmpty, result.outcome != .interrupted else { return }
    let bundle = try HandBack(task, result) { try room.bytes(of: $0) }
    do {
      try records.handBack(bundle.text, run: id, step: task.step)
      stream.send(.noted("handed back: mtor show \(id) --repairs has what was tried"))
    } catch {
      stream.send(.noted("what was tried could not be kept: \(error)"))
    }
  }

  private static func fingerprint(_ record: CommandRecord) -> String {
    let ending = record.exit.map { "exit code \($0)" } ?? record.outcome.rawValue
    return FailureText.fingerprint(of: record.output.utf8, exit: ending)
  }

  private static func stronger(_ a: StepOutcome, _ b: StepOutcome) -> StepOutcome {
    let order: [StepOutcome] = [.passed, .flaky, .fixed, .remembered, .repaired]
    return (order.firstIndex(of: a) ?? 0) >= (order.firstIndex(of: b) ?? 0) ? a : b
  }

  private func task(
    _ subject: RepairSubject, _ failing: FailedTest, of plan: Plan, _ settings: RepairSettings
  ) throws -> RepairTask {
    // It has run: nothing that a repair makes of the tree may let it be left out.
    var task = RepairTask(
      run: id, root: workspace.root.path, step: subject.step, files: subject.files,
      policy: subject.policy, command: subject.commands[failing.index].unguarded,
      record: failing.record)
    task.intent = subject.intent
    task.removed = declarations.removed.sorted()
    task.later = try declaredLater(than: subject, of: plan)
    // Each once, as it passed last: what ran again after a repair stands there twice.
    var seen: Set<CommandPlace> = [subject.place(of: failing.index, in: plan)]
    let passed = passedTests.reversed().filter { seen.insert($0.place).inserted }.reversed()
    let tree = try workspace.stage?.shadow.tree ?? workspace.root
    task.passed = try passed.map { test in
      var command = test.command.unguarded
      // What it has made already stands, and every later run leaves it out.
      if let path = test.command.creates, try tree.status(of: path) != nil {
        command.creates = path
      }
      return (command, test.record)
    }
    task.runLimit = settings.configuration.repair
    task.isStrict = request.isStrict
    return task
  }

  /// What keeps trials in, or why none may be made: there is no sandbox, and nobody said to go
  /// without.
  private func sandboxOfTrials(_ settings: RepairSettings) -> Result<Sandbox, Verdict> {
    func refusal(_ why: String) -> Result<Sandbox, Verdict> {
      .failure(Verdict(outcome: .failed, exit: 1, reason: "no repair: \(why)"))
    }
    if settings.isUnsafe {
      // Where it is read afterwards, too: in the ledger and in every report.
      stream.send(.noted("--unsafe-no-sandbox: code that a model wrote runs without a sandbox"))
      return .success(.none)
    }
    if settings.configuration.sandbox == .off {
      return refusal("the sandbox is off; --unsafe-no-sandbox repairs without one")
    }
    do throws(RunFailure) {
      return .success(
        try ShadowStage.sandbox(settings.configuration.sandbox, workspace.view.runner).sandbox)
    } catch {
      return refusal(
        "this machine has no sandbox that does; sudo apt-get install bubblewrap, or "
          + "--unsafe-no-sandbox")
    }
  }

  // MARK: The tree

  /// Runs the commands from one on in the tree; the first that fails, or nil.
  private func rest(
    of subject: RepairSubject, from first: Int, _ plan: Plan
  ) throws -> FailedTest? {
    for index in first..<subject.commands.count {
      let planned = subject.commands[index]
      // The one that failed runs whatever the repair has made of its conditions.
      let command = index == first ? planned.unguarded : planned
      let record = try run(command, at: subject.place(of: index, in: plan), plan)
      if !record.hasPassed { return FailedTest(index: index, record: record) }
    }
    return nil
  }

  /// The name of a test that has passed and fails by now where it ran: then it is not the sandbox
  /// that it fails for. Nil where they all pass.
  private func brokenByNow(_ task: RepairTask, _ plan: Plan) throws -> String? {
    let execution = try workspace.execution(params: plan.params, onLine: nil)
    for (command, _) in task.passed {
      let record = try execution.run(command)
      if record.outcome == .interrupted { return nil }
      if !record.hasPassed { return Printable.escaped(record.name) }
    }
    return nil
  }

  /// Keeps what a repair that passes in the tree has taught.
  private func keep(
    _ proposal: Proposal, _ result: RepairResult, _ task: RepairTask, _ records: RepairRecords
  ) throws {
    try remember(proposal, result, task, records)
    guard result.outcome == .repaired,
      let attempt = result.attempts.last(where: { $0.outcome == .fixed })
    else { return }
    reflect(on: attempt.surprise, by: attempt.model, task, records)
  }

  private func remember(
    _ proposal: Proposal, _ result: RepairResult, _ task: RepairTask, _ records: RepairRecords
  ) throws {
    let files = proposal.files.map { file in
      RememberedRepair.File(path: file.path.text, declared: file.before, content: file.after)
    }
    do {
      try records.remember(
        RememberedRepair(
          declared: task.declared, fingerprint: result.fingerprint, root: task.root, run: id,
          step: task.step, model: result.author, files: files))
    } catch {
      // The tree has it and passes; only the next tree will not.
      stream.send(.noted("the repair could not be remembered: \(error)"))
    }
  }

  // MARK: Giving up

  private func place(_ subject: RepairSubject, _ why: String) -> String {
    "\(subject.step.map { "step \($0)" } ?? "verify"): \(why)"
  }

  private func red(_ result: RepairResult, _ subject: RepairSubject) -> RepairEnding {
    func verdict(_ outcome: RunOutcome, _ exit: Int32, _ why: String) -> Verdict {
      Verdict(outcome: outcome, exit: exit, reason: place(subject, why))
    }
    switch result.outcome {
    case .environment(let why): return .red(.failed, verdict(.failed, 1, "environment: \(why)"))
    case .nothingEditable:
      return .red(.failed, verdict(.failed, 1, "failed (nothing may be edited)"))
    case .uncounted(let name):
      let command = Printable.escaped(name)
      return .red(
        .failed,
        verdict(
          .failed, 1,
          "failed (no known test runner counts what '\(command)' tests, and --strict believes no "
            + "repair without; nothing was asked)"))
    case .stalled(let rule, let why):
      let sign = rule.map { "\($0.rawValue): " } ?? ""
      return .red(.stalled, verdict(.stalled, 5, "repair gave up: \(sign)\(why)"))
    case .blocked(let why):
      return .red(.stalled, verdict(.stalled, 5, "repair gave up: S12: \(why)"))
    case .outOfBudget(let why):
      repairEstimate = result.estimate
      return .red(.stalled, verdict(.outOfBudget, 5, "repair gave up: S13: \(why)"))
    case .unreachable(let why):
      return .red(.failed, verdict(.unreachable, 6, "no model could be reached: \(why)"))
    case .interrupted:
      let exit = Interruption.exitCode(of: Interruption.signal ?? 2)
      return .red(.interrupted, Verdict(outcome: .interrupted, exit: exit, reason: "interrupted"))
    case .shown:
      return .red(.failed, verdict(.failed, 1, "the request was shown, nothing was sent"))
    case .noModel, .flaky, .fixed, .remembered, .repaired:
      repairEstimate = result.estimate
      return .red(.failed, verdict(.failed, 1, "no model is configured"))
    }
  }
}
