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
    let limit = hasModels ? nil : fleet.stopAfter
    guard let sharedTasks else {
      try run(wave, limit: limit)
      return
    }
    // Who is no address is known on this machine alone.
    let here = wave.filter { $0.address.hasPrefix("/") }
    let left = try runAnywhere(wave.filter { !$0.address.hasPrefix("/") }, sharedTasks, limit)
    let failures = wave.count { record[$0.address].map { $0.row.state == .failed } ?? false }
    let own = Set(left)
    try run(
      here + wave.filter { own.contains($0.address) }, limit: limit.map { max(0, $0 - failures) })
  }

  /// Does what workers of any machine may do; gives the addresses of what has to be done here all
  /// the same: what nobody could begin, or what did not come home.
  private func runAnywhere(
    _ wishes: [FleetTasks.Wish], _ tasks: FleetTasks, _ limit: Int?
  ) throws(RunFailure) -> [String] {
    if wishes.isEmpty || Shutdown.isAsked { return [] }
    var wave = wishes
    for index in wave.indices {
      wave[index].work.address = wave[index].address
      wave[index].work.branch = record[wave[index].address]?.start
      wave[index].work.returns = true
      // What fails is repaired here, or tried again here.
      wave[index].work.isTrial = true
    }
    for wish in wave { record[wish.address]?.isAway = true }
    record.isAway = true
    try record.save()
    let end = try tasks.run(wave, isFree: true, limit: limit)
    record.isAway = end.hasOpen
    var left: [String] = []
    for wish in wave {
      guard var entry = record[wish.address], let status = end.status[wish.task] else { continue }
      let report = end.reports[wish.task]
      if let why = takeIn(status, report, entry) {
        settings.log("\(entry.row.repository) is done on this machine: \(why)")
        left.append(wish.address)
        continue
      }
      entry.isAway = !status.state.isEnd
      settle(&entry, status, report, isFree: true)
      record[wish.address] = entry
    }
    for address in left { record[address]?.isAway = false }
    try record.save()
    return left
  }

  /// Takes what passed elsewhere into this machine's copy; nil, or why the task has to be done here.
  private func takeIn(
    _ status: TaskStatus, _ report: JSON?, _ entry: FleetEntry
  ) -> String? {
    guard status.state.isGood else {
      let isNone = status.state == .failed && !FleetOutcome.hasRun(report)
      return isNone ? status.reason ?? "it has no report" : nil
    }
    guard let commit = status.commit, GitMirror.isCommit(commit), let base = entry.row.base else {
      return "it names no commit"
    }
    if commit == base { return nil }
    let mirror = GitMirror(of: entry.row.address, in: entry.mirror, runner: runner)
    do throws(GitFailure) {
      if try mirror.holds(commit, on: base) { return nil }
      guard let bundle = Homecoming.bundle(in: report) else {
        return status.reason ?? "nothing came home"
      }
      try mirror.receive(bundle, commit: commit, on: base)
      return nil
    } catch { return error.message }
  }

  /// Of those that fail alike the first is repaired; what helped it is tried in the others, for
  /// nothing. Where it did not help, the next one is asked about.
  ///
  /// `goesOn` says that an earlier process was interrupted at it.
  func repair(_ wishes: [FleetTasks.Wish], goesOn: Bool) throws(RunFailure) {
    let here = Set(wishes.map(\.address))
    // What was asked about before the interruption, and in vain.
    let hopeless = record.all.filter { goesOn && $0.isHopeless && !here.contains($0.row.address) }
    try repair(wishes, hopeless: Set(hopeless.compactMap(\.failure)))
    // An interruption leaves them to be repaired; else what is red now stays red.
    if Shutdown.isAsked { return }
    for wish in wishes { record[wish.address]?.awaitsRepair = false }
  }

  private func repair(
    _ wishes: [FleetTasks.Wish], hopeless before: Set<String>
  ) throws(RunFailure) {
    var wasAsked: Set<String> = []
    while !Shutdown.isAsked {
      var groups: [String: [FleetTasks.Wish]] = [:]
      var hopeless = before
      var failures = 0
      for wish in wishes {
        guard let entry = record[wish.address], entry.row.state.isRed || entry.awaitsRepair,
          let failure = entry.failure
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
      var leaders = open.compactMap(\.value.first)
      if leaders.isEmpty { return }
      for index in leaders.indices {
        let address = leaders[index].address
        wasAsked.insert(address)
        // What it came to while nobody could tell it is not asked for again.
        leaders[index].since = record[address]?.askedAt
        if leaders[index].since == nil { record[address]?.askedAt = Clock.now }
      }
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

  /// Keeps what a task came to. One that failed without a model is asked about next, if there is one.
  private func settle(
    _ entry: inout FleetEntry, _ status: TaskStatus, _ report: JSON?, isFree: Bool
  ) {
    let failure = entry.failure
    FleetOutcome.fill(&entry, status, report, mayAsk: !isFree)
    told(&entry)
    if !status.state.isEnd {
      entry.failure = failure
    } else {
      entry.askedAt = nil
      entry.awaitsRepair =
        isFree && hasModels && entry.failure != nil && entry.row.state != .cancelled
    }
  }

  private func told(_ entry: inout FleetEntry) {
    guard entry.row.state == .cancelled, let most = fleet.stopAfter else { return }
    entry.row.reason = "stopped after \(Phrases.count(most, "failure"))"
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
      settle(&entry, status, end.reports[wish.task], isFree: isFree)
      record[wish.address] = entry
    }
    try record.keep(wave.map(\.address))
    return end.isStopped
  }
}
