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
    let shown = try files(to: situation)
    let rungs = models.map { model in
      Ladder.Rung(
        model: model.name, rounds: model.api == .command ? 1 : task.policy.attempts ?? 2,
        format: Self.format(model.reply), isAgent: model.api == .command)
    }
    let editable = shown.filter(\.isEditable)
    let lines = editable.reduce(0) { $0 + $1.content.plainLines.count }
    let mustEdit = editable.contains(where: \.hasHiddenCharacters)
    let preferred: ReplyFormat =
      lines <= ReplyFormat.wholeLimit && !mustEdit ? .whole : .edits
    var climb = Climb(
      situation: situation, shown: shown, wholeFits: lines <= 600 && !mustEdit,
      budgets: try budgets(task), started: time.monotonic)
    if models.isEmpty {
      var result = result(.noModel, situation)
      result.estimate = climb.prompt(preferred, notice: nil, isFresh: false, random).estimatedTokens
      return result
    }
    var ladder = Ladder(rungs: rungs, base: situation.base, preferred: preferred)
    while true {
      switch ladder.next() {
      case .end(let end):
        try finish(task)
        return self.end(end, climb)
      case .ask(let ask):
        guard let model = models.first(where: { $0.name == ask.model }) else {
          return self.end(.unreachable("no model '\(ask.model)'"), climb)
        }
        let done =
          ask.isAgent
          ? try work(model, ask, &ladder, &climb) : try round(model, ask, &ladder, &climb)
        if let result = done {
          if result.outcome != .interrupted { try finish(task) }
          return result
        }
      }
    }
  }

  private static func format(_ reply: ModelConfiguration.Reply) -> ReplyFormat? {
    switch reply {
    case .auto: nil
    case .whole: .whole
    case .edits: .edits
    }
  }

  /// The files of a request: those that may be edited, then those that `show` names.
  private func files(to situation: Situation) throws -> [PromptInput.File] {
    var files: [PromptInput.File] = []
    var seen = Set<RelativePath>()
    var editable = situation.scope.editable
    for text in situation.task.policy.allow ?? [] {
      for path in try room.paths(matching: Glob(text), limit: 40)
      where situation.scope.decision(path).isAllowed { editable.append(path) }
    }
    for path in editable where seen.insert(path).inserted {
      guard let bytes = try room.bytes(of: path) else { continue }
      files.append(PromptInput.File(path: path, content: bytes, isEditable: true))
    }
    for text in situation.task.policy.show {
      for path in try room.paths(matching: Glob(text), limit: 40)
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
  private func finish(_ task: RepairTask) throws {
    let place = "repair \(task.root) \(task.declared.hex)"
    try records.updateEndpoint(place) { state in
      ["generation": .integer((state?["generation"]?.integer ?? 0) + 1)]
    }
    try records.close(run: task.run)
  }

  private func end(_ end: Ladder.End, _ climb: Climb) -> RepairResult {
    let situation = climb.situation
    var result =
      switch end {
      case .stalled(let rule, let why): self.result(.stalled(rule, why), situation)
      case .blocked(let why): self.result(.blocked(why), situation)
      case .unreachable(let why): self.result(.unreachable(why), situation)
      case .interrupted: self.result(.interrupted, situation)
      }
    result.best = climb.best?.proposal
    return result
  }
}
