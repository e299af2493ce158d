import Events
import Manifests
import Planning
import Platform
import Records
import Transport

/// What the rounds of one repair share.
struct Climb {
  let situation: Situation
  /// Grows by what a reply names without having been shown it.
  var shown: [PromptInput.File]
  /// True where whole files are not too much to ask for.
  let wholeFits: Bool
  var budgets: [Budget] = []
  let started: Double
  /// One line for each attempt that was tried.
  var history: [String] = []
  /// All that was tried and did not pass: the edits and how the tests stood with them.
  var tried: [String] = []
  /// The failure that the next request shows: the last one, or that of the declared bytes.
  var best: (proposal: Proposal, failing: Int, errors: Int)?

  var contents: [RelativePath: [UInt8]] {
    Dictionary(uniqueKeysWithValues: shown.map { ($0.path, $0.content) })
  }

  /// The request's text, as the ladder wants it asked.
  func prompt(_ ask: Ladder.Ask, _ random: () -> String) -> Prompt {
    PromptBuilder.build(input(of: ask), random: random)
  }

  /// What a request is made of.
  func input(of ask: Ladder.Ask) -> PromptInput {
    let task = situation.task
    var input = PromptInput(
      command: task.command.spec.run, ending: situation.ending, failure: situation.shown,
      format: ask.format)
    input.intent = task.intent
    input.files = ask.isSmall ? shown.filter(\.isEditable) : shown
    input.untouchable = task.files.map(\.path).filter {
      !situation.scope.decision($0).isAllowed
    }
    input.attempts = ask.isFresh ? [] : history
    input.notice = ask.notice
    input.isWide = ask.isWide && !ask.isSmall
    input.isPlain = ask.isPlain && ask.format == .whole
    input.notes = notes(for: ask).sent
    input.findings = situation.findings
    return input
  }

  /// The coaching notes of a request, and the ids of those without room in it.
  func notes(for ask: Ladder.Ask) -> (sent: [NoteSelection.Item], dropped: [String]) {
    let model = ask.model.isEmpty ? nil : ask.model
    let coaching = situation.task.coaching
    return ask.isSmall || ask.isPlain && ask.format == .whole
      ? coaching.chosen(for: model, count: PlainPrompt.noteCount, bytes: PlainPrompt.noteBytes)
      : coaching.chosen(for: model)
  }

  /// Seconds that are left of the step's and the run's time.
  func timeLeft(at now: Double) -> Double {
    let task = situation.task
    // Earlier repairs of the run have taken of its time, not of this one's.
    let run = task.runLimit.seconds - task.runSeconds
    return min(task.policy.seconds ?? .infinity, run) - (now - started)
  }

  mutating func note(
    _ proposal: Proposal, _ standing: RepairTrace.Standing, _ failure: FailureText, by model: String
  ) {
    let paths = proposal.files.map(\.path.text).joined(separator: ", ")
    let removed = proposal.files.flatMap { LineChange(from: $0.before ?? [], to: $0.after).added }
    // Without secrets before it is cut: a part of one is not known as one.
    let lines = removed.prefix(3).map { $0.text.trimmed }.joined(separator: " / ")
    let change = Redaction.withoutSecrets(lines).prefix(160)
    let primary = Redaction.withoutSecrets(failure.primary).prefix(160)
    history.append("changed \(paths) to: \(change); then: \(primary)")
    if history.count > 6 { history.removeFirst() }
    tried.append("\(proposal.digest.hex) \(standing.fingerprint)")
    let failing = standing.failing.count
    if best.map({ (failing, standing.errors) < ($0.failing, $0.errors) }) ?? true {
      best = (proposal, failing, standing.errors)
    }
  }
}
