import Dispatching
import Engine
import Platform
import Reporting

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
      var failures = 0
      for wish in wishes {
        guard let entry = record[wish.address], entry.row.state.isRed, let failure = entry.failure
        else { continue }
        groups[failure, default: []].append(wish)
        guard wasAsked.contains(wish.address) else { continue }
        hopeless.insert(failure)
        failures += 1
      }
      // What has failed for good before this wave counts too.
      let left = fleet.stopAfter.map { $0 - failures }
      if let left, left <= 0 { return }
      // A failure that the model could not mend in one is not paid for again in the next.
      let open = groups.filter { !hopeless.contains($0.key) }
      let leaders = open.compactMap(\.value.first)
      if leaders.isEmpty { return }
      for leader in leaders { wasAsked.insert(leader.address) }
      if try run(leaders, limit: left) { return }
      let followers = open.values.flatMap { group -> [FleetTasks.Wish] in
        guard let leader = group.first, record[leader.address]?.row.state.isGood == true else {
          return []
        }
        return group.dropFirst().map { wish in
          var wish = wish
          wish.work.tightening = Self.noTokens
          return wish
        }
      }
      if !followers.isEmpty { try run(followers, limit: nil) }
    }
  }

  /// Does one wave and keeps what came of it; true where as many failed as there may.
  @discardableResult private func run(
    _ wave: [FleetTasks.Wish], limit: Int?
  ) throws(RunFailure) -> Bool {
    if wave.isEmpty || Shutdown.isAsked { return false }
    for wish in wave { record[wish.address]?.row.state = .waiting }
    try record.keep(wave.map(\.address))
    let isFree = wave.allSatisfy { $0.work.tightening != nil }
    let end = try tasks.run(wave, isFree: isFree, limit: limit)
    for wish in wave {
      guard var entry = record[wish.address], let status = end.status[wish.task] else { continue }
      FleetOutcome.fill(&entry, status, end.reports[wish.task], mayAsk: !isFree)
      if entry.row.state == .cancelled, let most = fleet.stopAfter {
        entry.row.reason = "stopped after \(Phrases.count(most, "failure"))"
      }
      record[wish.address] = entry
    }
    try record.keep(wave.map(\.address))
    return end.isStopped
  }
}
