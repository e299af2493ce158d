import Events
import Manifests
import Planning
import Platform
import Records
import Transport

/// The rungs that cost nothing.
extension Repairer {
  /// The step's fixers, one after the other, each on the result of the one before.
  func fixers(_ situation: Situation) throws -> RepairResult? {
    let task = situation.task
    var standing: [RelativePath: Proposal.File] = [:]
    for command in task.policy.fixers ?? [] {
      let start = time.monotonic
      let number = begin(.fixer, command, task)
      let before = Proposal(files: Array(standing.values))
      let outcome = try perform(
        Trial(files: before.files, work: .fixer(command), commands: situation.commands))
      for file in try inScope(outcome.worked, situation.scope) { standing[file.path] = file }
      let proposal = Proposal(files: Array(standing.values).filter { $0.before != $0.after })
      var record = AttemptRecord(number: number, by: .fixer, model: command, outcome: .notFixed)
      record.seconds = time.monotonic - start
      record.files = proposal.files.map(\.path.text)
      if outcome.isInterrupted {
        record.outcome = .error
        end(record, task)
        return result(.interrupted, situation)
      }
      if let fault = outcome.work.flatMap({ $0.record.outcome == .passed ? nil : $0.record }) {
        record.reason = "the fixer ended with \(fault.ending)"
      }
      let verdict = verdict(outcome, proposal, situation)
      if verdict.accepted && !proposal.files.isEmpty {
        // What passed held more than what is in scope: only the part in scope lands, so only that
        // part may be believed.
        if let accepted = try confirmed(proposal, situation) {
          record.outcome = .fixed
          end(record, task)
          return accepted(.fixed, proposal, command)
        }
        record.reason = "only what is in scope does not pass"
      }
      if let why = verdict.weakened {
        record.outcome = .rejected
        record.signal = StallRule.weakening.rawValue
        record.reason = why
      }
      end(record, task)
    }
    return nil
  }

  /// Tries the files of a proposal alone; gives what makes the result of them.
  private func confirmed(
    _ proposal: Proposal, _ situation: Situation
  ) throws -> ((RepairResult.Outcome, Proposal, String?) -> RepairResult)? {
    let outcome = try perform(
      Trial(files: proposal.files, commands: situation.commands))
    let verdict = verdict(outcome, proposal, situation)
    guard verdict.accepted else { return nil }
    return { kind, proposal, author in
      self.accepted(kind, proposal, author, verdict.countIsUnknown, situation)
    }
  }

  func accepted(
    _ outcome: RepairResult.Outcome, _ proposal: Proposal, _ author: String?,
    _ countIsUnknown: Bool, _ situation: Situation
  ) -> RepairResult {
    var result = result(outcome, situation)
    result.proposal = proposal
    result.author = author
    result.countIsUnknown = countIsUnknown
    return result
  }

  /// What a work changed of the files that may be edited; all else goes with the shadow.
  func inScope(
    _ changes: [TrialOutcome.Change], _ scope: RepairScope
  ) throws -> [Proposal.File] {
    try changes.compactMap { change in
      guard let after = change.after,
        case .success(let path) = Result(catching: { try RelativePath(change.path) }),
        scope.decision(path).isAllowed, try !room.isIrregular(path)
      else { return nil }
      return Proposal.File(path: path, before: change.before, after: after)
    }
  }

  /// A repair that worked before for the same declared bytes and the same failure.
  func memory(_ situation: Situation) throws -> RepairResult? {
    let task = situation.task
    let known = try records.repairs(
      of: task.declared, fingerprint: situation.fingerprint)
    guard let repair = try known.first(where: fits) else { return nil }
    let start = time.monotonic
    let number = begin(.memory, nil, task)
    var record = AttemptRecord(number: number, by: .memory, outcome: .notFixed)
    var files: [Proposal.File] = []
    for file in repair.files {
      // Paths come out of a database that others may have written: judged like any other.
      guard let content = file.content,
        case .success(let path) = Result(catching: { try RelativePath(file.path) }),
        situation.scope.decision(path).isAllowed
      else {
        record.outcome = .rejected
        record.reason = "it would change '\(Printable.escaped(file.path))', which is not in scope"
        end(record, task)
        return nil
      }
      files.append(Proposal.File(path: path, before: try room.bytes(of: path), after: content))
    }
    let proposal = Proposal(files: files.filter { $0.before != $0.after })
    if let rejection = Self.rejection(of: proposal, situation) {
      record.outcome = .rejected
      record.reason = rejection.reason
      end(record, task)
      try records.forget(repair)
      return nil
    }
    let outcome = try perform(Trial(files: proposal.files, commands: situation.commands))
    record.seconds = time.monotonic - start
    record.files = proposal.files.map(\.path.text)
    let verdict = verdict(outcome, proposal, situation)
    if verdict.accepted && !proposal.files.isEmpty {
      record.outcome = .fixed
      end(record, task)
      try records.countReplay(of: repair)
      return accepted(.remembered, proposal, repair.model, verdict.countIsUnknown, situation)
    }
    // A memory that does not pass is not kept.
    if !outcome.isInterrupted { try records.forget(repair) }
    record.reason = verdict.weakened ?? "it does not pass here"
    end(record, task)
    return outcome.isInterrupted ? result(.interrupted, situation) : nil
  }

  /// Why contents that no reply brought are not taken; nil where they are.
  static func rejection(of proposal: Proposal, _ situation: Situation) -> Rejection? {
    do throws(Rejection) {
      try ReplyJudge(scope: situation.scope, files: [:]).check(proposal)
      return nil
    } catch {
      return error
    }
  }

  /// True where every file of a repair stands here as it did where the repair was made, or has the
  /// repaired bytes already: whole files are remembered, and another tree's file may hold what its
  /// people need.
  private func fits(_ repair: RememberedRepair) throws -> Bool {
    try repair.files.allSatisfy { file in
      guard case .success(let path) = Result(catching: { try RelativePath(file.path) }) else {
        // Judged, and told, where it is replayed.
        return true
      }
      let present = try room.bytes(of: path)
      if try present == nil && room.isIrregular(path) { return false }
      return present == file.declared || present == file.content
    }
  }
}
