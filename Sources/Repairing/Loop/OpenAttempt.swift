import Events
import Platform
import Transport

/// An attempt between its beginning and its end: what is known of it, reported once.
final class OpenAttempt {
  var record: AttemptRecord
  private let repairer: Repairer
  private let task: RepairTask
  private let start: Double

  init(
    _ repairer: Repairer, _ by: AttemptRecord.Proposer, _ model: String?, _ task: RepairTask
  ) {
    self.repairer = repairer
    self.task = task
    start = repairer.time.monotonic
    record = AttemptRecord(
      number: repairer.begin(by, model, task), by: by, model: model, outcome: .error)
    repairer.open.append(self)
  }

  /// Ends it, with what the rules say: one that stops makes it `stalled`.
  func close(
    _ outcome: AttemptRecord.Outcome, _ reason: String?, _ verdicts: [StallVerdict] = []
  ) {
    record.outcome = verdicts.contains { $0.action == .stop } ? .stalled : outcome
    let stop = verdicts.first { $0.action == .stop }
    // A nudge stops nothing; of a refusal it says what kind it is.
    if let said = stop ?? (outcome == .notFixed ? nil : verdicts.first) {
      record.signal = said.rule.rawValue
    }
    // What a model or a command said is kept in the ledger, and shown.
    record.reason = reason.map { Redaction.withoutSecrets(Printable.escaped($0)) }
    record.surprise = record.surprise.map(Redaction.withoutSecrets)
    record.seconds = repairer.time.monotonic - start
    repairer.open.removeAll { $0 === self }
    repairer.end(record, task)
  }
}
