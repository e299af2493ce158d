import Events
import Manifests
import Planning
import Platform
import Records
import Transport

/// The rungs that cost tokens.
extension Repairer {
  /// Asks the models in order, by the ladder's rules.
  func climb(_ situation: Situation) throws -> RepairResult {
    let task = situation.task
    open = []
    replies = []
    hasReplayed = false
    var (ladder, climb) = try start(situation)
    if let show {
      show(try preview(ladder, climb))
      return result(.shown, situation)
    }
    if models.isEmpty {
      var result = result(.noModel, situation)
      result.estimate = try preview(ladder, climb).tokens
      return result
    }
    climb.budgets = try budgets(task)
    while true {
      switch ladder.next() {
      case .end(let end):
        try finish(task)
        return self.end(end, climb)
      case .ask(let ask):
        guard let model = models.first(where: { $0.name == ask.model }) else {
          return self.end(.unreachable("no model '\(ask.model)'"), climb)
        }
        let done: RepairResult?
        do {
          done =
            ask.isAgent
            ? try work(model, ask, &ladder, &climb) : try round(model, ask, &ladder, &climb)
        } catch {
          // The run ends with it, and its report has to tell what was spent until then.
          for attempt in open { attempt.close(.error, "\(error)") }
          try abandon(task)
          throw error
        }
        if let result = done {
          // One that passed is to be tried in the tree first: cut off there, its reply is used again.
          if ![.interrupted, .repaired].contains(result.outcome) { try finish(task) }
          return completed(result, climb)
        }
      }
    }
  }

  /// The ladder's first state, and what its rounds share.
  private func start(_ situation: Situation) throws -> (Ladder, Climb) {
    let shown = try files(to: situation)
    let editable = shown.filter(\.isEditable)
    let lines = editable.reduce(0) { $0 + $1.content.plainLines.count }
    let mustEdit = editable.contains(where: \.hasHiddenCharacters)
    let preferred: ReplyFormat =
      lines <= ReplyFormat.wholeLimit && !mustEdit ? .whole : .edits
    let rungs = models.map { model in
      let isAgent = model.api == .command
      let isPlain = model.isSmall && preferred == .whole && model.reply != .edits
      return Ladder.Rung(
        model: model.name, rounds: isAgent ? 1 : situation.task.policy.attempts ?? 2,
        format: isPlain ? .whole : Self.format(model.reply), isAgent: isAgent, isPlain: isPlain)
    }
    let climb = Climb(
      situation: situation, shown: shown, wholeFits: lines <= 600 && !mustEdit,
      started: time.monotonic)
    // Without a model the request is that of any other.
    let ladder = Ladder(
      rungs: rungs.isEmpty ? [Ladder.Rung(model: "")] : rungs, base: situation.base,
      preferred: preferred, onlyEdits: mustEdit)
    return (ladder, climb)
  }

  /// The request that a ladder begins with.
  private func preview(_ ladder: Ladder, _ climb: Climb) throws -> PromptPreview {
    guard case .ask(let ask) = ladder.next() else {
      return PromptPreview(step: climb.situation.task.step, model: nil, prompt: nil)
    }
    let prompt =
      ask.isAgent
      ? Self.instructions(to: climb, ask, random) : climb.prompt(ask, random)
    return PromptPreview(
      step: climb.situation.task.step, model: ask.model.isEmpty ? nil : ask.model, prompt: prompt)
  }

  /// How many tokens a first request for a failure would take, judged by how it failed in the
  /// tree; nil where nothing may be edited. Nothing is run and nothing is sent.
  public func estimate(_ task: RepairTask) throws -> Int? {
    let scope = try RepairScope(
      policy: task.policy, files: task.files, gitFolders: task.gitFolders,
      removed: task.removed, later: task.later)
    let output = Array(task.record.output.utf8)
    let situation = Situation(
      task: task, scope: scope, commands: [],
      TrialOutcome.Result(record: task.record, output: output), usual: [])
    let (ladder, climb) = try start(situation)
    guard climb.shown.contains(where: \.isEditable) else { return nil }
    return try preview(ladder, climb).tokens
  }

  private static func format(_ reply: ModelConfiguration.Reply) -> ReplyFormat? {
    switch reply {
    case .auto: nil
    case .whole: .whole
    case .edits: .edits
    }
  }

  /// How many files of one pattern a request shows.
  static let filesOfPattern = 40

  /// The files of a request: those that may be edited, then those that `show` names.
  private func files(to situation: Situation) throws -> [PromptInput.File] {
    var files: [PromptInput.File] = []
    var seen = Set<RelativePath>()
    var editable = situation.scope.editable
    let policy = situation.task.policy
    lazy var named = NamedFiles(situation.failure, command: situation.task.command.spec.run)
    for text in policy.allow ?? [] {
      let paths = try room.paths(matching: Glob(text), limit: .max)
        .filter { situation.scope.decision($0).isAllowed }
      editable += named.first(Self.filesOfPattern, of: paths)
    }
    for path in editable where seen.insert(path).inserted {
      guard let bytes = try room.bytes(of: path) else { continue }
      files.append(PromptInput.File(path: path, content: bytes, isEditable: true))
    }
    for text in policy.show {
      let paths = try room.paths(matching: Glob(text), limit: .max)
      for path in named.first(Self.filesOfPattern, of: paths)
      where seen.insert(path).inserted {
        guard let bytes = try room.bytes(of: path) else { continue }
        files.append(PromptInput.File(path: path, content: bytes, isEditable: false))
      }
    }
    return files
  }

  // MARK: Budgets

  /// The budgets that a request of this task counts in.
  ///
  /// The step's has a name that outlives a crash: what was reserved before it still counts.
  private func budgets(_ task: RepairTask) throws -> [Budget] {
    let place = "repair \(task.root) \(task.declared.hex)"
    let generation = try records.state(ofEndpoint: place)?["generation"]?.integer ?? 0
    return [
      Budget(
        scope: "\(place) \(generation)", tokens: task.policy.tokens, usd: task.policy.usd),
      Budget(scope: "run \(task.run)", tokens: task.runLimit.tokens, usd: task.runLimit.usd),
    ]
  }

  /// This repair came to its end: the next one begins with a budget of its own, and replies that
  /// were paid for are given to nobody any more.
  ///
  /// Left to the caller after a repair that passed: when it has passed in the tree, or has not.
  public func finish(_ task: RepairTask) throws {
    let place = "repair \(task.root) \(task.declared.hex)"
    try records.updateEndpoint(place) { state in
      ["generation": .integer((state?["generation"]?.integer ?? 0) + 1)]
    }
    try records.close(run: task.run)
  }

  /// An error ended this repair. What it was paid for is used again by the next run, as after a kill;
  /// where it has been already, it may be what the error comes from, and would bring it each time.
  public func abandon(_ task: RepairTask) throws {
    if hasReplayed { try finish(task) }
  }

  private func end(_ end: Ladder.End, _ climb: Climb) -> RepairResult {
    let situation = climb.situation
    var result =
      switch end {
      case .stalled(let rule, let why):
        // The evidence may be a line of output.
        self.result(.stalled(rule, Redaction.withoutSecrets(why)), situation)
      case .blocked(let why): self.result(.blocked(why), situation)
      case .unreachable(let why): self.result(.unreachable(why), situation)
      case .interrupted: self.result(.interrupted, situation)
      }
    if case .blocked = end { result.reasonSaid = reasonSaid }
    return completed(result, climb)
  }

  /// A result with what a person wants to know where it is red.
  private func completed(_ result: RepairResult, _ climb: Climb) -> RepairResult {
    guard result.proposal == nil else { return result }
    var result = result
    result.best = climb.best?.proposal
    result.failure = climb.situation.failure.text
    return result
  }
}
