import Events
import Manifests
import Materialising
import Planning
import Platform
import Repairing
import YAMLTree

/// A run between its first event and its last: what has been landed, what failed, what is left.
final class RunInProgress {
  let request: ApplyRequest
  let workspace: Workspace
  let stream: EventStream
  let id = RunIdentifier.make()

  /// Steps of the manifest under way that failed or were skipped because of one that did, by id.
  var failedSteps: Set<String> = []
  /// Steps of it in which a command passed only on a retry.
  var flakySteps: Set<String> = []
  /// Set once; what happens afterwards is only reported as skipped.
  var verdict: Verdict?
  /// True once a test or a verify command has passed.
  var wasTested = false
  /// The tests that have passed, as they did: a repair must not break them.
  var passedTests: [PassedTest] = []
  /// True once a repair has been landed.
  var wasRepaired = false
  /// The paths that hold a repair's bytes, each with the name of the manifest whose test it passes.
  var repairedPaths: [RelativePath: String] = [:]
  /// The repairs that stand where the commands run, and that these have not confirmed yet.
  var proposalsOnTrial: [Proposal] = []
  /// What the entries that were carried out declare, by path, as the last one has it.
  var declarations = Declarations()
  /// True if a command may run that changes what has landed.
  private(set) var hasCommands = false
  /// What stood at each declared path when the commands of its step had ended, or of a later one that
  /// names it in its `outputs`.
  var results: [RelativePath: StandingFile] = [:]
  /// The folders that steps took away whole, and what may stand there all the same.
  var cleared = ClearedFolders()
  /// The permission bits that are declared, for each path of which some are.
  var modeMasks: [RelativePath: UInt32] = [:]
  /// How many tokens a first request would take, where no model is configured.
  var repairEstimate: Int?
  /// How long models were asked so far.
  var repairSeconds = 0.0
  var hasLanded = false
  /// False once it is known that an undo refuses to put back what has landed.
  var hasLeftForUndo = true
  /// True once all that had landed was put back.
  private var isUndone = false
  /// True once what is wrong with coaching notes was said.
  var hasToldOfNotes = false
  var hasToldOfNoteCommands = false
  /// How many steps have begun.
  var stepsBegun = 0
  /// The last step whose files are in the tree, and its number from 1.
  var lastLanded: (id: String, number: Int)?
  /// The file of the manifest that is being carried out, where the run has several.
  var manifestFile: String?
  var hasSeveralManifests = false
  /// What the run carries out, in order.
  private(set) var plans: [Plan] = []
  /// Every step's id, in order.
  var stepIDs: [String] = []
  /// True once a command of the run has begun, in the tree or in its shadow.
  var hasRunCommands = false
  /// The tracked files that differed before the first command, asked only if one runs.
  var changedBefore: Set<String>??
  var declaredPaths: Set<RelativePath> = []
  /// What the steps' `outputs` named before and after their commands.
  var outputPaths: Set<RelativePath> = []
  /// The same of the step that is being carried out.
  var outputsOfStep: Set<RelativePath> = []
  /// What its `run` commands answer for, while they run.
  var stepProducts: StepProducts?
  /// How each output stood when its step's commands had ended, and the name of its manifest.
  var outputsLeft: [RelativePath: (status: FileStatus, manifest: String)] = [:]
  /// What the commands of a run made where its `outputs` look, and what cannot be kept: in the tree
  /// it stays when the run is undone, from a shadow it does not land.
  var unwritableOutputs: Set<UnwritablePath> = []
  /// What differed in the shadow before a rehearsal landed.
  var changesSeen: CommandChanges?
  /// What is kept if the run ends well, so that the same run again is free.
  var ending: () -> Materialiser.Ending? = { nil }
  /// Where each manifest's `from` reads, by the manifest's file.
  private(set) var folders: [String: String] = [:]

  /// The steps that were planned again when they were reached, by manifest and id.
  var lateSteps: [String: [String: PlannedStep]] = [:]

  /// The commits that the run has made, the oldest first.
  var commits: [String] = []

  /// The paths of which git's index lacks what HEAD has, since a commit was killed.
  var pathsBehindHead: [RelativePath] = []

  /// Why the run is over before its end.
  struct Verdict: Error {
    var outcome: RunOutcome
    var exit: Int32
    var reason: String
  }

  init(_ request: ApplyRequest, _ workspace: Workspace, _ stream: EventStream) {
    self.request = request
    self.workspace = workspace
    self.stream = stream
  }

  func begin(_ input: RunInput) {
    stream.send(
      .runStarted(
        RunStart(
          run: id, manifestName: input.name, manifestDigest: input.digest,
          manifestFile: input.file, root: workspace.root.path, provenance: input.provenance)))
    if !workspace.recovered.isEmpty { stream.send(.recovered(workspace.recovered)) }
    if !input.warnings.isEmpty { stream.send(.diagnosed(input.warnings)) }
  }

  /// The plans of a run: made on one overlay of the tree, or read and compared with it.
  func plan(_ input: RunInput) throws(RunFailure) -> [Plan] {
    do throws(RunFailure) {
      let plans: [Plan]
      switch input {
      case .manifests(let manifests):
        plans = try workspace.view.plan(manifests, request)
        for manifest in manifests { folders[manifest.manifest.source.name] = manifest.folder }
        noteWhatIsLeftOut(of: manifests.map(\.manifest))
      case .saved(let saved, let file): plans = try verified(saved, file: file)
      }
      let warnings = plans.flatMap(\.diagnostics)
      if !warnings.isEmpty { stream.send(.diagnosed(warnings)) }
      try admitCommands(of: plans)
      try refuseConflicts(in: plans)
      try refuseImpossibleCommits(in: plans)
      hasSeveralManifests = plans.count > 1
      hasCommands = plans.contains { plan in
        !plan.setup.isEmpty || !plan.verify.isEmpty
          || plan.steps.contains { !$0.run.isEmpty || !$0.tests.isEmpty }
      }
      self.plans = plans
      stepIDs = plans.flatMap { $0.steps.map(\.id) }
      for step in plans.flatMap(\.steps) { declaredPaths.formUnion(step.files.map(\.path)) }
      return plans
    } catch {
      if case .invalid(let diagnostics) = error { stream.send(.diagnosed(diagnostics)) }
      let outcome: RunOutcome = error.exit == 4 ? .conflict : .failed
      stream.send(
        .runEnded(RunEnd(outcome: outcome, exit: error.exit, reason: error.reason)))
      throw error
    }
  }

  /// A saved plan that still fits the tree; refused file by file where it has moved on.
  private func verified(_ saved: SavedPlan, file: String) throws(RunFailure) -> [Plan] {
    let root = workspace.root
    if saved.root.device != root.device || saved.root.inode != root.status.inode {
      let path = Printable.escaped(saved.root.path)
      if saved.root.path == root.path {
        throw .unreadable(
          message: "the folder at \(path) was replaced since the plan was made",
          hint: "make the plan anew")
      }
      throw .unreadable(
        message: "the plan was made for another folder, \(path)",
        hint: "apply it there, or make a plan for this root")
    }
    let (plan, deviations) = saved.verified(against: workspace.view.tree)
    if deviations.isEmpty { return plan.plans }
    let conflicts = deviations.map { deviation in
      Conflict(
        path: deviation.path.text, rule: "conflict-moved-on",
        message: "'\(deviation.path)' was expected to be \(deviation.expected), is "
          + "\(deviation.found), is wanted as \(deviation.wanted)",
        hint: "make the plan anew: the tree has moved on", step: deviation.step,
        mark: Mark(line: 1, column: 1))
    }
    stream.send(.conflicted(step: nil, conflicts))
    throw .conflicts(conflicts, file: file)
  }

  func refuseConflicts(in plans: [Plan]) throws(RunFailure) {
    let refused = plans.filter { !$0.conflicts.isEmpty }
    guard let first = refused.first else { return }
    for plan in refused {
      stream.send(.conflicted(step: nil, plan.conflicts, source: plan.source))
    }
    throw .conflicts(refused.flatMap(\.conflicts), file: first.manifestFile)
  }

  /// Runs the body to its end or to the first verdict, then settles the run.
  func carryOut(_ body: () throws -> Void) -> RunEnd {
    let isUnit = request.onFailure == .undo || request.isolation.isRehearsal
    if isUnit { workspace.materialiser.beginUnit(run: id) }
    do {
      try body()
      if verdict == nil { try workspace.materialiser.completeUnit() }
    } catch let verdict as Verdict {
      self.verdict = verdict
    } catch let error as TreeError {
      verdict = Verdict(outcome: .failed, exit: error.exit, reason: error.description)
    } catch let error as GitFailure {
      verdict = Verdict(outcome: .failed, exit: 1, reason: error.message)
    } catch {
      verdict = Verdict(outcome: .failed, exit: 7, reason: "\(error)")
    }
    recordChangedOutputs()
    reportStepsLeft()
    reportWhatCommandsChanged()
    if verdict != nil && (request.onFailure == .undo || workspace.materialiser.isUnitOpen) {
      undoAll()
    }
    if verdict != nil && request.isolation.isRehearsal && !hasLanded {
      stream.send(.noted("rehearsed in a shadow: the tree is as it was"))
    }
    finish()
    var end = settle()
    end.isUndone = isUndone
    stream.send(.runEnded(end))
    return end
  }

  /// Names the steps that the run did not come to: every report shows the whole manifest.
  private func reportStepsLeft() {
    let left = Array(stepIDs.dropFirst(stepsBegun))
    guard verdict != nil, !left.isEmpty else { return }
    stream.send(.stepsSkipped(ids: left, reason: "not run: the run ended before it"))
  }

  /// Saves what makes the next run free; that it could not is said and changes no outcome.
  private func finish() {
    do {
      let hasChanged = try workspace.materialiser.finish()
      if hasChanged, verdict == nil, Interruption.signal == nil { keepEnding() }
    } catch {
      stream.send(.noted("the index could not be saved, so the next run reads more: \(error)"))
    }
    for note in workspace.materialiser.notes { stream.send(.noted(note)) }
  }

  private func keepEnding() {
    guard let ending = ending() else { return }
    do { try workspace.materialiser.keep(ending) } catch {
      stream.send(.noted("the next run reads its manifest again: \(error)"))
    }
  }

  /// Ends the run where `--strict` refuses what was not tested: before the commit, which is made of
  /// what has passed, and before a rehearsal lands.
  func refuseUntested() throws(Verdict) {
    guard request.isStrict, !wasTested, verdict == nil else { return }
    throw Verdict(
      outcome: .untested, exit: 1, reason: "nothing was tested, which --strict refuses")
  }

  private func settle() -> RunEnd {
    if let signal = Interruption.signal {
      return RunEnd(
        outcome: .interrupted, exit: Interruption.exitCode(of: signal),
        reason: "interrupted; \(boundary)", canUndo: hasLanded && hasLeftForUndo)
    }
    if let verdict {
      var end = RunEnd(
        outcome: verdict.outcome, exit: verdict.exit, reason: verdict.reason,
        canUndo: hasLanded && hasLeftForUndo && undoFindsItsWay)
      end.repairEstimate = repairEstimate
      return end
    }
    if !wasTested {
      return RunEnd(
        outcome: .untested, exit: 0, canUndo: hasLanded && hasLeftForUndo)
    }
    if wasRepaired {
      return RunEnd(
        outcome: .repaired, exit: request.isStrict ? 10 : 0,
        reason: request.isStrict ? "a repair was needed, which --strict reports" : nil,
        canUndo: hasLanded && hasLeftForUndo)
    }
    return RunEnd(outcome: .passed, exit: 0, canUndo: hasLanded && hasLeftForUndo)
  }

  /// False where a command has put something in the way of an undo, which is then not offered.
  private var undoFindsItsWay: Bool {
    guard hasRunCommands, workspace.stage == nil else { return true }
    do { return try workspace.materialiser.canUndo(run: id) } catch {
      stream.send(.noted("whether an undo finds its way is not known: \(error)"))
      return true
    }
  }

  /// Where the tree is, in words.
  private var boundary: String {
    lastLanded.map { "the tree is as after step \($0.id), \($0.number) of \(stepIDs.count)" }
      ?? "the tree is as before the first step"
  }

  private func undoAll() {
    do {
      if let report = try workspace.materialiser.undo(run: id) {
        hasLanded = false
        lastLanded = nil
        isUndone = report.left.isEmpty
        stream.send(
          .noted(
            report.left.isEmpty
              ? "undone: every file is as it was before the run"
              : "undone, but for what was changed at that moment"))
        for sentence in report.kept { stream.send(.noted(sentence)) }
        noteCommitsLeft()
      }
      try workspace.materialiser.completeUnit()
    } catch TreeError.conflict(let conflicts) {
      // Somebody changed what the run had landed, or a command keeps it from being put back: it stays,
      // and is theirs to decide.
      let isChanged = conflicts.allSatisfy { $0.message.hasPrefix("was changed") }
      let why =
        isChanged
        ? ", since these were changed meanwhile: " + conflicts.map(\.path).joined(separator: ", ")
        : ": " + conflicts.map { "\($0.path) \($0.message)" }.joined(separator: "; ")
      hasLeftForUndo = false
      stream.send(.noted("--on-failure undo put nothing back\(why)"))
      do { try workspace.materialiser.completeUnit() } catch {
        stream.send(.noted("the run counts as cut off: \(error)"))
      }
    } catch {
      stream.send(.noted("--on-failure undo could not put the files back: \(error)"))
    }
  }
}
