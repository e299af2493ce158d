import Dispatching
import Engine
import Platform

/// The waves in which tasks go into the queue.
extension FleetRun {
  private static let noTokens = "repair:\n  budget:\n    tokens: 0\n    usd: 0\n"

  func tryWithoutModel(_ wishes: [FleetTasks.Wish]) throws(RunFailure) {
    var wave = wishes
    for index in wave.indices { wave[index].work.tightening = Self.noTokens }
    // With a model no failure is for good yet.
    try run(wave, limit: hasModels ? nil : fleet.stopAfter)
  }

  /// Of those that fail alike the first is repaired; what helped it is tried in the others, for
  /// nothing. Where it did not help, the next one is asked about.
  func repair(_ wishes: [FleetTasks.Wish]) throws(RunFailure) {
    var wasAsked: Set<String> = []
    while !Shutdown.isAsked {
      var groups: [String: [FleetTasks.Wish]] = [:]
      var hopeless: Set<String> = []
      for wish in wishes {
        guard let entry = record[wish.address], entry.row.state.isRed, let failure = entry.failure
        else { continue }
        groups[failure, default: []].append(wish)
        if wasAsked.contains(wish.address) { hopeless.insert(failure) }
      }
      // A failure that the model could not mend in one is not paid for again in the next.
      let leaders = groups.filter { !hopeless.contains($0.key) }.compactMap(\.value.first)
      if leaders.isEmpty { return }
      for leader in leaders { wasAsked.insert(leader.address) }
      try run(leaders, limit: fleet.stopAfter)
      let followers = leaders.flatMap { leader -> [FleetTasks.Wish] in
        guard record[leader.address]?.row.state.isGood == true else { return [] }
        let failure = groups.first { $0.value.first?.address == leader.address }?.key
        return failure.flatMap { groups[$0] }?.dropFirst().map { wish in
          var wish = wish
          wish.work.tightening = Self.noTokens
          return wish
        } ?? []
      }
      if !followers.isEmpty { try run(followers, limit: nil) }
    }
  }

  /// Does one wave and keeps what came of it.
  private func run(_ wave: [FleetTasks.Wish], limit: Int?) throws(RunFailure) {
    if wave.isEmpty || Shutdown.isAsked { return }
    for wish in wave { record[wish.address]?.row.state = .waiting }
    try record.save()
    let isFree = wave.allSatisfy { $0.work.tightening != nil }
    let end = try tasks.run(wave, isFree: isFree) { states in
      guard let limit else { return false }
      return states.count { $0.state == .failed || $0.state == .stalled } >= limit
    }
    for wish in wave {
      guard var entry = record[wish.address], let status = end.status[wish.task] else { continue }
      FleetOutcome.fill(&entry, status, end.reports[wish.task])
      if entry.row.state == .cancelled, let limit {
        entry.row.reason = "stopped after \(limit) failures"
      }
      record[wish.address] = entry
    }
    try record.save()
  }
}
