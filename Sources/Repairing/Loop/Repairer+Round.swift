import Events
import Manifests
import Planning
import Platform
import Records
import Transport

extension Repairer {
  /// What asking once came to.
  enum Proposed {
    case proposal(Proposal)
    case rejected(Rejection)
    case blocked(String)
    case failed(EndpointFailure)
    case overBudget(String, needs: Int?)
  }

  /// One round of a model: reserve, ask, settle, read, judge, try. The result where it is over.
  func round(
    _ model: ModelConfiguration, _ ask: Ladder.Ask, _ ladder: inout Ladder, _ climb: inout Climb
  ) throws -> RepairResult? {
    let task = climb.situation.task
    let count = task.policy.candidates ?? 1
    if count > 1 { return try candidates(count, of: model, ask, &ladder, &climb) }
    let attempt = OpenAttempt(self, .model, model.name, task)
    let proposed = try propose(model, ask, &climb, attempt)
    guard case .proposal(let proposal) = proposed else {
      return give(up: proposed, attempt, &ladder, climb)
    }
    return try tryOut(
      proposal, by: model.name, &ladder, &climb,
      close: { attempt.close($0, $1, $2) })
  }

  /// Asks once and reads the reply; the attempt stays open.
  func propose(
    _ model: ModelConfiguration, _ ask: Ladder.Ask, _ climb: inout Climb, _ attempt: OpenAttempt
  ) throws -> Proposed {
    switch try exchange(model, ask, climb, attempt) {
    case .overBudget(let why, let needs): return .overBudget(why, needs: needs)
    case .tooLong(let why): return .failed(EndpointFailure(.contextOverflow, why))
    case .failed(let failure, let usage):
      attempt.record.usage = usage
      return .failed(failure)
    case .reply(let reply, let prompt, let usage):
      attempt.record.usage = usage
      if let name = reply.model, name != model.model {
        attempt.record.answeredAs = Printable.escaped(name)
      }
      let text = ReplyReader.read(reply.text, of: Set(climb.contents.keys.map(\.text)))
      attempt.record.surprise = text.surprise.map(NoteText.cleaned).flatMap {
        $0.isEmpty ? nil : $0
      }
      if let reason = text.blocked, text.items.allSatisfy({ $0.word != nil }) {
        reasonSaid = reason
        return .blocked(Redaction.withoutSecrets(Printable.escaped(reason)))
      }
      let unseen = try show(text, in: &climb)
      switch judge(reply, text, prompt, model, climb, unseen: unseen) {
      case .failure(let rejection): return .rejected(rejection)
      case .success(let proposal):
        if let taken = try proposal.files.first(where: {
          try $0.before == nil && room.isIrregular($0.path)
        }) {
          return .rejected(
            Rejection(
              .forbidden, "'\(taken.path)' " + RepairScope.Decision.irregular.reason))
        }
        attempt.record.files = proposal.files.map(\.path.text)
        return .proposal(proposal)
      }
    }
  }

  /// Closes an attempt that proposed nothing and tells the ladder; the result where it is over.
  func give(
    up proposed: Proposed, _ attempt: OpenAttempt, _ ladder: inout Ladder, _ climb: Climb
  ) -> RepairResult? {
    switch proposed {
    case .proposal: break
    case .overBudget(let why, let needs):
      attempt.record.signal = StallRule.budget.rawValue
      attempt.close(.stalled, why)
      var result = result(.outOfBudget(why), climb.situation)
      result.estimate = needs
      return result
    case .failed(let failure): attempt.close(.error, failure.message, ladder.record(failure))
    case .blocked(let reason):
      attempt.close(.stalled, "BLOCKED: \(reason)", ladder.record(.blocked(reason)))
    case .rejected(let rejection):
      attempt.close(.rejected, rejection.reason, Self.tell(rejection, &ladder, climb))
    }
    return nil
  }

  /// Takes in files that may be edited and that a reply names though it was not shown them: what
  /// stands there decides whether its edits fit, and the next request shows it.
  private func show(
    _ text: ReplyText, in climb: inout Climb
  ) throws -> Set<RelativePath> {
    let known = climb.contents
    var unseen: Set<RelativePath> = []
    for item in text.items {
      guard let name = item.path, unseen.count < Self.filesOfPattern,
        case .success(let path) = Result(catching: { try ReplyJudge.resolve(name) }),
        known[path] == nil, climb.situation.scope.decision(path).isAllowed,
        let bytes = try room.bytes(of: path), unseen.insert(path).inserted
      else { continue }
      climb.shown.append(PromptInput.File(path: path, content: bytes, isEditable: true))
    }
    return unseen
  }

  private func judge(
    _ reply: ModelReply, _ text: ReplyText, _ prompt: Prompt, _ model: ModelConfiguration,
    _ climb: Climb, unseen: Set<RelativePath>
  ) -> Result<Proposal, Rejection> {
    if let fault = ReplyJudge.fault(in: reply, read: text, cap: model.maxOutput) {
      return .failure(fault)
    }
    let judge = ReplyJudge(
      scope: climb.situation.scope, files: climb.contents, unseen: unseen,
      redaction: prompt.redaction)
    return Result { () throws(Rejection) in try judge.judge(text) }
  }

  /// Tries a proposal in a shadow and tells the ladder what came of it.
  func tryOut(
    _ proposal: Proposal, by author: String, _ ladder: inout Ladder, _ climb: inout Climb,
    close: (AttemptRecord.Outcome, String?, [StallVerdict]) -> Void
  ) throws -> RepairResult? {
    let situation = climb.situation
    let outcome = try perform(Trial(files: proposal.files, commands: situation.commands))
    if outcome.isInterrupted {
      close(.error, "interrupted", [])
      return result(.interrupted, situation)
    }
    let verdict = verdict(outcome, proposal, situation)
    if verdict.accepted {
      close(.fixed, nil, [])
      return accepted(.repaired, proposal, author, verdict.countIsUnknown, situation)
    }
    if let why = verdict.weakened {
      close(.rejected, why, ladder.record(.weakened(why), detail: why))
      return nil
    }
    let (standing, failure) = situation.standing(outcome, proposal)
    climb.note(proposal, standing, failure, by: author)
    let verdicts = ladder.record(.tried(standing, edits: proposal.digest.hex))
    close(.notFixed, failure.primary, verdicts)
    return nil
  }

  /// Tells the ladder of a rejection, with the words for the model.
  static func tell(
    _ rejection: Rejection, _ ladder: inout Ladder, _ climb: Climb
  ) -> [StallVerdict] {
    var detail = "Your last reply was not taken: \(rejection.reason)."
    if let nearest = rejection.nearest {
      detail += " The nearest lines of the file are:\n\(nearest)"
    }
    switch rejection.kind {
    case .monologue: return ladder.record(.noEdits)
    case .unchanged: return ladder.record(.unchanged)
    case .truncated: return ladder.record(.truncated, detail: detail)
    case .degenerate: return ladder.record(.degenerate)
    case .forbidden: return ladder.record(.weakened(rejection.reason), detail: rejection.reason)
    case .mismatch:
      ladder.recordMismatch(detail: detail, wholeFits: climb.wholeFits)
      return []
    case .malformed, .suspicious: return ladder.record(.malformed, detail: detail)
    }
  }
}
