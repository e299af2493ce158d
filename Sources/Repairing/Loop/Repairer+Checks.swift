import Events
import Manifests
import Planning
import Platform
import Records
import Transport

/// The commands of coaching notes, which run before any model is asked and cost nothing.
///
/// Only those that a person lets run on this machine come here, and only under the sandbox.
extension Repairer {
  /// Runs each: one that mends the failure ends the repair like a fixer, one that finds something
  /// tells the model what.
  func checks(_ situation: inout Situation) throws -> RepairResult? {
    let task = situation.task
    for check in task.coaching.checks {
      let start = time.monotonic
      let number = begin(.fixer, check.command, task)
      var record = AttemptRecord(
        number: number, by: .fixer, model: check.command, outcome: .notFixed)
      record.notes = [check.note]
      let outcome = try perform(
        Trial(work: .fixer(check.command), commands: check.isTrial ? [] : situation.commands))
      record.seconds = time.monotonic - start
      if outcome.isInterrupted {
        record.outcome = .error
        end(record, task)
        return result(.interrupted, situation)
      }
      let proposal = Proposal(
        files: try inScope(outcome.worked, situation.scope).filter { $0.before != $0.after })
      let hasFound = outcome.work.map { $0.record.outcome != .passed } ?? false
      if hasFound || !proposal.files.isEmpty {
        situation.fired.append(check)
        tally { try count(check, task, fired: 1) }
      }
      if check.isTrial {
        // It may show that its note is right; it mends nothing yet.
        record.reason = hasFound ? "it finds something" : "it finds nothing"
        end(record, task)
        continue
      }
      record.files = proposal.files.map(\.path.text)
      if let result = try mended(by: proposal, outcome, check, &record, situation) {
        return result
      }
      if hasFound, let work = outcome.work {
        record.reason = "it ended with \(work.record.ending)"
        situation.findings.append(
          PromptInput.Finding(note: check.text, output: CleanOutput.text(work.output)))
      }
      end(record, task)
    }
    return nil
  }

  /// The result where what a check changed in scope passes by itself; the record is then ended.
  private func mended(
    by proposal: Proposal, _ outcome: TrialOutcome, _ check: NoteSelection.Check,
    _ record: inout AttemptRecord, _ situation: Situation
  ) throws -> RepairResult? {
    if proposal.files.isEmpty { return nil }
    let first = verdict(outcome, proposal, situation)
    if let why = first.weakened {
      record.outcome = .rejected
      record.signal = StallRule.weakening.rawValue
      record.reason = why
    }
    guard first.accepted else { return nil }
    // What passed held more than what is in scope: only that part lands.
    let alone = try perform(Trial(files: proposal.files, commands: situation.commands))
    let verdict = verdict(alone, proposal, situation)
    guard verdict.accepted else {
      record.reason = "only what is in scope does not pass"
      return nil
    }
    record.outcome = .fixed
    end(record, situation.task)
    tally { try count(check, situation.task, held: 1) }
    return accepted(.fixed, proposal, check.command, verdict.countIsUnknown, situation)
  }

  /// Runs the commands that found something again, with the repair that passed: one that now
  /// passes speaks of what was wrong. Nothing that goes wrong here costs the repair.
  func confirmChecks(_ result: RepairResult, _ situation: Situation) {
    guard let proposal = result.proposal, result.outcome == .repaired else { return }
    tally {
      for check in situation.fired {
        let outcome = try perform(
          Trial(files: proposal.files, work: .fixer(check.command), commands: []))
        if outcome.isInterrupted { break }
        if outcome.work?.record.outcome == .passed, outcome.worked.isEmpty {
          try count(check, situation.task, held: 1)
        }
      }
    }
  }

  /// Counts for the statistics: a fault is said, and takes no repair away that has passed.
  private func tally(_ body: () throws -> Void) {
    do { try body() } catch {
      send(.noted("coaching: what a note's command found could not be counted: \(error)"))
    }
  }

  private func count(
    _ check: NoteSelection.Check, _ task: RepairTask, fired: Int = 0, held: Int = 0
  ) throws {
    try records.count(
      Digest(of: Array(check.command.utf8)), ofNote: check.note, root: task.root, fired: fired,
      held: held)
  }
}
