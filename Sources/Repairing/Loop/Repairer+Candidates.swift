import Events
import Manifests
import Planning
import Platform
import Transport

/// `candidates: N`: several proposals for one failure, of which the smallest that passes wins.
extension Repairer {
  private struct Candidate {
    let attempt: OpenAttempt
    let proposal: Proposal
  }

  /// One round of a model that is asked several times the same: all are tried, each in a shadow of
  /// its own. For the ladder they are one round.
  func candidates(
    _ count: Int, of model: ModelConfiguration, _ ask: Ladder.Ask, _ ladder: inout Ladder,
    _ climb: inout Climb
  ) throws -> RepairResult? {
    var candidates: [Candidate] = []
    var refused: [(proposed: Proposed, attempt: OpenAttempt)] = []
    asking: for index in 0..<count {
      var own = ask
      // The same words sampled anew: that is what makes them differ.
      if index > 0 { own.temperature = max(ask.temperature, 0.8) }
      let attempt = OpenAttempt(self, .model, model.name, climb.situation.task)
      let proposed = try propose(model, own, &climb, attempt)
      switch proposed {
      case .proposal(let proposal):
        if let twin = candidates.first(where: { $0.proposal.digest == proposal.digest }) {
          attempt.close(.rejected, "the same as attempt \(twin.attempt.record.number)")
        } else {
          candidates.append(Candidate(attempt: attempt, proposal: proposal))
        }
      case .rejected: refused.append((proposed, attempt))
      case .blocked, .failed, .overBudget:
        refused.append((proposed, attempt))
        break asking
      }
    }
    if candidates.isEmpty, let last = refused.popLast() {
      for other in refused { close(other.proposed, other.attempt) }
      return give(up: last.proposed, last.attempt, &ladder, climb)
    }
    for other in refused { close(other.proposed, other.attempt) }
    return try choose(candidates, by: model.name, &ladder, &climb)
  }

  /// Closes an attempt of which the ladder hears nothing.
  private func close(_ proposed: Proposed, _ attempt: OpenAttempt) {
    switch proposed {
    case .proposal: break
    case .rejected(let rejection): attempt.close(.rejected, rejection.reason)
    case .blocked(let reason): attempt.close(.rejected, "BLOCKED: \(reason)")
    case .failed(let failure): attempt.close(.error, failure.message)
    case .overBudget(let why, _):
      attempt.record.signal = StallRule.budget.rawValue
      attempt.close(.error, why)
    }
  }

  /// Tries every candidate; what passes with the smallest difference is taken.
  private func choose(
    _ candidates: [Candidate], by author: String, _ ladder: inout Ladder, _ climb: inout Climb
  ) throws -> RepairResult? {
    let situation = climb.situation
    var passing: [(candidate: Candidate, countIsUnknown: Bool)] = []
    var red: [(candidate: Candidate, standing: RepairTrace.Standing, failure: FailureText)] = []
    var weakened: [(candidate: Candidate, why: String)] = []
    for (index, candidate) in candidates.enumerated() {
      let proposal = candidate.proposal
      let outcome = try perform(Trial(files: proposal.files, commands: situation.commands))
      if outcome.isInterrupted {
        for other in candidates[index...] { other.attempt.close(.error, "interrupted") }
        return result(.interrupted, situation)
      }
      let verdict = verdict(outcome, proposal, situation)
      if verdict.accepted {
        passing.append((candidate, verdict.countIsUnknown))
      } else if let why = verdict.weakened {
        weakened.append((candidate, why))
      } else {
        let (standing, failure) = situation.standing(outcome, proposal)
        climb.note(proposal, standing, failure, by: author)
        red.append((candidate, standing, failure))
      }
    }
    // The first of the smallest: what a model says first it says surest.
    let winner = passing.min {
      $0.candidate.proposal.changedLines < $1.candidate.proposal.changedLines
    }
    for loser in passing where loser.candidate.attempt !== winner?.candidate.attempt {
      loser.candidate.attempt.close(.rejected, "it passes too, with a larger difference")
    }
    let best = red.min {
      ($0.standing.failing.count, $0.standing.errors)
        < ($1.standing.failing.count, $1.standing.errors)
    }
    for other in red where winner != nil || other.candidate.attempt !== best?.candidate.attempt {
      other.candidate.attempt.close(.notFixed, other.failure.primary)
    }
    for (index, other) in weakened.enumerated() {
      let isTold = winner == nil && best == nil && index == 0
      other.candidate.attempt.close(
        .rejected, other.why,
        isTold ? ladder.record(.weakened(other.why), detail: other.why) : [])
    }
    if let winner {
      winner.candidate.attempt.close(.fixed, nil)
      return accepted(
        .repaired, winner.candidate.proposal, author, winner.countIsUnknown, situation)
    }
    if let best {
      best.candidate.attempt.close(
        .notFixed, best.failure.primary,
        ladder.record(.tried(best.standing, edits: best.candidate.proposal.digest.hex)))
    }
    return nil
  }
}
