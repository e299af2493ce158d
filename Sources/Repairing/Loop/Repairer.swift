public import Events
public import Manifests
import Planning
import Platform
public import Records
public import Transport

/// Climbs the ladder for one failing command: again, fixers, memory, models.
///
/// The user's tree is never touched here: what passed is handed back, for the same journal that
/// lands everything. Use it from one thread.
public final class Repairer {
  let room: any TrialRoom
  let asking: any ModelAsking
  let models: [ModelConfiguration]
  let records: RepairRecords
  let time: any TimeSource
  /// Twelve letters or digits that nobody can guess.
  let random: () -> String
  let send: (RunEvent.Kind) -> Void
  /// Gets the request that would be sent; then nothing is.
  let show: ((PromptPreview) -> Void)?
  /// How patient an agent is watched.
  let pace: WorkerTrace.Pace

  var attempts: [AttemptRecord] = []
  /// Why a model said that it is blocked, as it said it.
  var reasonSaid: String?
  /// The attempts that have begun and not ended.
  var open: [OpenAttempt] = []
  /// The replies that models have given in this climb, by their digests.
  var replies: [Digest] = []
  /// True once a reply was used that an earlier run had paid for.
  var hasReplayed = false
  /// The notes without room that were told of.
  var droppedNotes: Set<String> = []
  private var begun = 0
  /// The declared files that no repair may touch.
  private var pins: [RelativePath] = []

  /// `models` are those of the ladder, in order; `send` gets every attempt as it begins and ends. With
  /// `show` no model is asked: it gets what a first request would be.
  public init(
    room: any TrialRoom, asking: any ModelAsking, models: [ModelConfiguration],
    records: RepairRecords, time: any TimeSource = SystemTime(),
    random: @escaping () -> String = Repairer.randomMark,
    send: @escaping (RunEvent.Kind) -> Void = { _ in },
    show: ((PromptPreview) -> Void)? = nil, pace: WorkerTrace.Pace = WorkerTrace.Pace()
  ) {
    self.room = room
    self.asking = asking
    self.models = models
    self.records = records
    self.time = time
    self.random = random
    self.send = send
    self.show = show
    self.pace = pace
  }

  /// A random mark by the system's generator.
  public static func randomMark() -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<16).map { _ in letters[Int.random(in: letters.indices)] })
  }

  /// Repairs, or says why not. Thrown is only what keeps from trying: a ledger that cannot be
  /// written, a shadow that cannot be made.
  public func repair(_ task: RepairTask) throws -> RepairResult {
    attempts = []
    droppedNotes = []
    reasonSaid = nil
    begun = 0
    var scope = try RepairScope(
      policy: task.policy, files: task.files, gitFolders: task.gitFolders,
      removed: task.removed, later: task.later)
    try scope.close(room.isIrregular)
    pins = task.files.map(\.path).filter {
      let decision = scope.decision($0)
      // A test may make anew what the manifest takes away.
      return !decision.isAllowed && decision != .removed
    }
    let commands = [task.command] + task.passed.map(\.command)
    // The first rung: the same bytes again, in the world that every attempt will have.
    let again = try perform(Trial(commands: [task.command]))
    if again.isInterrupted { return RepairResult(.interrupted) }
    guard let first = again.results.first else { return RepairResult(.interrupted) }
    if again.passed(1) { return RepairResult(.flaky) }
    var situation = Situation(
      task: task, scope: scope, commands: commands, first,
      usual: again.changes.map(\.path) + again.rewritten)
    if let reason = try environmentFault(situation) {
      return result(.environment(reason), situation)
    }
    // Known before anything is asked: a token for what would be refused is a token lost.
    if task.isStrict, let command = situation.judgement.uncounted {
      return result(.uncounted(command.name), situation)
    }
    if let result = try fixers(situation) ?? memory(situation) { return result }
    // What a pattern opens may be made anew.
    if scope.editable.isEmpty, try (task.policy.allow ?? []).allSatisfy({ try Glob($0).isLiteral })
    {
      return result(.nothingEditable, situation)
    }
    if let result = try checks(&situation) { return result }
    let start = time.monotonic
    var result = try climb(situation)
    result.seconds = time.monotonic - start
    confirmChecks(result, situation)
    return result
  }

  /// Makes a trial, the protected files pinned.
  func perform(_ trial: Trial) throws -> TrialOutcome {
    var trial = trial
    trial.pins = pins
    return try room.perform(trial)
  }

  /// Why the shadow is another world than the tree; nil where both agree.
  private func environmentFault(_ situation: Situation) throws -> String? {
    let outside = FailureText.fingerprint(
      of: situation.task.record.output.utf8, exit: situation.task.record.ending)
    if outside != situation.fingerprint {
      return "in the sandbox the command fails otherwise: "
        + String(Redaction.withoutSecrets(situation.failure.primary).prefix(160)) + "; "
        + "network: true, pass_env or repair.cache may give it what it lacks"
    }
    guard !situation.task.passed.isEmpty else { return nil }
    let others = situation.task.passed.map(\.command)
    let outcome = try perform(Trial(commands: others))
    if outcome.isInterrupted || outcome.passed(others.count) { return nil }
    let name = outcome.results.last?.record.name ?? ""
    return "in the sandbox '\(name)' fails, which passes outside; network: true, pass_env or "
      + "repair.cache may give it what it lacks"
  }

  func result(_ outcome: RepairResult.Outcome, _ situation: Situation) -> RepairResult {
    RepairResult(outcome, attempts: attempts, fingerprint: situation.fingerprint)
  }

  /// Judges a trial of a proposal; nil where it passed and may be believed.
  func verdict(
    _ outcome: TrialOutcome, _ proposal: Proposal, _ situation: Situation
  ) -> (accepted: Bool, weakened: String?, countIsUnknown: Bool) {
    guard outcome.passed(situation.commands.count) else { return (false, nil, false) }
    switch situation.judgement.judge(outcome, proposal) {
    case .accepted(let unknown): return (true, nil, unknown)
    case .weakened(let why): return (false, why, false)
    }
  }

  func begin(_ by: AttemptRecord.Proposer, _ model: String?, _ task: RepairTask) -> Int {
    begun += 1
    send(.attemptStarted(step: task.step, number: begun, by: by, model: model))
    return begun
  }

  func end(_ record: AttemptRecord, _ task: RepairTask) {
    attempts.append(record)
    send(.attemptEnded(step: task.step, record))
  }
}

/// A failure as the shadow shows it: what all rungs start from.
struct Situation {
  let task: RepairTask
  let scope: RepairScope
  /// The failing command and the tests that must pass again.
  let commands: [PlannedCommand]
  let failure: FailureText
  /// How the failure is known again, in this shadow as in the tree and in later runs.
  let fingerprint: String
  /// The failure as it is shown: paths of the tree relative to it.
  let shown: FailureText
  let ending: String
  let judgement: Judgement
  let base: RepairTrace.Standing
  /// What commands of notes found in the declared bytes.
  var findings: [PromptInput.Finding] = []
  /// The commands of notes that found something.
  var fired: [NoteSelection.Check] = []

  init(
    task: RepairTask, scope: RepairScope, commands: [PlannedCommand],
    _ first: TrialOutcome.Result, usual: [String]
  ) {
    self.task = task
    self.scope = scope
    self.commands = commands
    ending = first.record.ending
    failure = FailureText(output: first.output, exit: ending)
    fingerprint = FailureText.fingerprint(of: first.output, exit: ending)
    let text = String(decoding: first.output, as: UTF8.self)
    shown = FailureText(
      output: Array(text.replacing(task.root + "/", with: "").utf8), exit: ending)
    let summary = TestSummary(
      in: failure.text, by: TestRunner(command: task.command.spec.run))
    judgement = Judgement(
      task: task, scope: scope, usual: Set(usual), baseline: summary)
    base = RepairTrace.Standing(
      tree: "declared", fingerprint: failure.fingerprint, errors: failure.distinctErrors,
      failing: summary?.failing ?? [], executed: summary?.executed, skipped: summary?.skipped)
  }

  /// How the tests stand after a trial of a proposal.
  func standing(
    _ outcome: TrialOutcome, _ proposal: Proposal
  ) -> (RepairTrace.Standing, FailureText) {
    let last = outcome.results.last
    let text = FailureText(output: last?.output ?? [], exit: last?.record.ending ?? "")
    // Another command than the failing one is red now: its failure is another one.
    let isOther = outcome.results.count > 1
    let summary = TestSummary(in: text.text, by: TestRunner(command: last?.record.run ?? ""))
    let standing = RepairTrace.Standing(
      tree: proposal.digest.hex,
      fingerprint: (isOther ? "\(last?.record.name ?? ""): " : "") + text.fingerprint,
      errors: text.distinctErrors, failing: summary?.failing ?? [],
      executed: isOther ? nil : summary?.executed, skipped: isOther ? nil : summary?.skipped)
    return (standing, text)
  }
}

extension CommandRecord {
  /// How it ended, in words.
  package var ending: String {
    if outcome == .timedOut { return "no end within its deadline" }
    if let exit { return "exit code \(exit)" }
    return signal.map { "signal \($0)" } ?? outcome.rawValue
  }
}
