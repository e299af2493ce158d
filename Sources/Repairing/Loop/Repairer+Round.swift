import Events
import Manifests
import Planning
import Platform
import Records
import Transport

extension Repairer {
  /// One round of a model: reserve, ask, settle, read, judge, try. The result where it is over.
  func round(
    _ model: ModelConfiguration, _ ask: Ladder.Ask, _ ladder: inout Ladder, _ climb: inout Climb
  ) throws -> RepairResult? {
    let task = climb.situation.task
    let start = time.monotonic
    let number = begin(.model, model.name, task)
    var record = AttemptRecord(number: number, by: .model, model: model.name, outcome: .error)
    record.notes = task.notes.map(\.id)
    func close(_ outcome: AttemptRecord.Outcome, _ reason: String?, _ verdicts: [StallVerdict]) {
      record.outcome = verdicts.contains { $0.action == .stop } ? .stalled : outcome
      if let said = verdicts.first(where: { $0.action == .stop }) ?? verdicts.first {
        record.signal = said.rule.rawValue
      }
      record.reason = reason.map { Printable.escaped($0) }
      record.seconds = time.monotonic - start
      end(record, task)
    }
    switch try exchange(model, ask, climb, number) {
    case .overBudget(let why):
      record.signal = StallRule.budget.rawValue
      close(.stalled, why, [])
      return result(.outOfBudget(why), climb.situation)
    case .tooLong(let why):
      close(.error, why, ladder.record(EndpointFailure(.contextOverflow, why)))
      return nil
    case .failed(let failure, let usage):
      record.usage = usage
      close(.error, failure.message, ladder.record(failure))
      return nil
    case .reply(let reply, let prompt, let usage):
      record.usage = usage
      if let name = reply.model, name != model.model { record.answeredAs = Printable.escaped(name) }
      let text = ReplyReader.read(reply.text)
      record.surprise = text.surprise.map(Self.surprise)
      if let reason = text.blocked, text.items.isEmpty {
        close(.stalled, "BLOCKED: \(reason)", ladder.record(.blocked(Printable.escaped(reason))))
        return nil
      }
      switch judge(reply, text, prompt, model, climb) {
      case .failure(let rejection):
        close(.rejected, rejection.reason, Self.tell(rejection, &ladder, climb))
        return nil
      case .success(let proposal):
        record.files = proposal.files.map(\.path.text)
        return try tryOut(proposal, by: model.name, &ladder, &climb, close: close)
      }
    }
  }

  private func judge(
    _ reply: ModelReply, _ text: ReplyText, _ prompt: Prompt, _ model: ModelConfiguration,
    _ climb: Climb
  ) -> Result<Proposal, Rejection> {
    if let fault = ReplyJudge.fault(in: reply, read: text, cap: model.maxOutput) {
      return .failure(fault)
    }
    let judge = ReplyJudge(
      scope: climb.situation.scope, files: climb.contents, redaction: prompt.redaction)
    return Result { () throws(Rejection) in try judge.judge(text) }
  }

  /// Tries a proposal in a shadow and tells the ladder what came of it.
  func tryOut(
    _ proposal: Proposal, by author: String, _ ladder: inout Ladder, _ climb: inout Climb,
    close: (AttemptRecord.Outcome, String?, [StallVerdict]) -> Void
  ) throws -> RepairResult? {
    let situation = climb.situation
    let outcome = try room.perform(Trial(files: proposal.files, commands: situation.commands))
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

  /// At most 280 characters without anything that could be more than text.
  static func surprise(_ text: String) -> String {
    let plain = text.unicodeScalars.filter {
      !Printable.isUnsafe($0) && !"<>`".contains(Character($0))
    }
    return String(String.UnicodeScalarView(plain).prefix(280))
  }
}
