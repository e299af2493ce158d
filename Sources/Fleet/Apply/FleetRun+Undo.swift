import Dispatching
public import Engine
import Platform

extension FleetRun {
  /// Takes back what was pushed: branches that nobody moved. Those that somebody built on stay, and
  /// so does what is known of them.
  ///
  /// What is open ends first, so that nothing is taken back where something of it still runs, or
  /// where the queue that may know of more cannot be asked.
  public func undo() throws(RunFailure) -> Matrix {
    let away = record.all.filter(\.isAway).map(\.task)
    if let sharedTasks, record.isAway || !away.isEmpty {
      try sharedTasks.cancel(away)
      sharedTasks.removeTrees()
    }
    try tasks.cancel([])
    var isWhole = true
    for entry in record.all where entry.hasPushed {
      var entry = entry
      entry.row.push = nil
      entry.row.detail = nil
      if entry.row.reason == Self.notUndone {
        entry.row.state = .passed
        entry.row.reason = nil
      }
      entry.pushedBefore = entry.pushedBefore.filter { !takeBack($0, &entry) }
      if let pushed = entry.pushed, takeBack(pushed, &entry) { entry.pushed = nil }
      if entry.hasPushed { isWhole = false }
      entry.isOpened = entry.isOpened && entry.pushed != nil
      try record.keep(entry)
    }
    var result = matrix
    result.kind = .undo
    if isWhole {
      try tasks.remove()
      try record.remove()
    }
    return result
  }

  /// True where the branch is gone afterwards.
  private func takeBack(_ pushed: FleetEntry.Pushed, _ entry: inout FleetEntry) -> Bool {
    let copy = entry.mirror.isEmpty ? record.folder + "/copy.git" : entry.mirror
    let mirror = GitMirror(of: pushed.remote, in: copy, runner: runner)
    func done(_ words: String) -> Bool {
      entry.row.push = (entry.row.push.map { $0 + ", " } ?? "") + words
      return true
    }
    do throws(GitFailure) {
      guard let now = try mirror.heads().branches[pushed.branch] else {
        return done("\(pushed.branch) was gone")
      }
      // Also where a push that was begun never came through.
      if !pushed.mayBe(at: now) {
        refuse(&entry, "somebody built on \(pushed.branch)")
      } else if try mirror.delete(pushed.branch, at: now) {
        return done("deleted \(pushed.branch)")
      } else {
        refuse(&entry, "somebody moved \(pushed.branch)")
      }
    } catch { refuse(&entry, error.message) }
    return false
  }

  /// The reason of a repository that `undo` left as it is.
  public static let notUndone = "not undone"

  private func refuse(_ entry: inout FleetEntry, _ why: String) {
    entry.row.state = .refused
    entry.row.reason = Self.notUndone
    entry.row.detail = why
  }
}

extension FleetRun {
  /// True where an apply has not come to its end, or something green is still to be kept, pushed or
  /// opened: `--continue` goes on with it. Asked before `current`, which looks further.
  public var isUnfinished: Bool {
    if record.isUnderWay || owesPush { return true }
    return record.all.contains { entry in
      guard entry.hasEnded else { return true }
      let isChanged = entry.row.commit != nil && entry.row.commit != entry.row.base
      return entry.row.state.isGood && isChanged && entry.row.change == nil
    }
  }

  private var owesPush: Bool {
    guard let push = fleet.push, !push.isDry else { return false }
    return record.all.contains { entry in
      guard entry.row.state.isGood, let commit = entry.row.commit, commit != entry.row.base else {
        return false
      }
      let isTold = entry.row.push?.hasPrefix("pushed ") == true
      return !isTold || (fleet.open != nil && !entry.isOpened)
    }
  }

  /// What is known, with where the queue stands at the moment.
  public func current() throws(RunFailure) -> Matrix {
    let open = record.all.filter { !$0.hasEnded && !$0.task.isEmpty }
    if open.isEmpty { return matrix }
    let states = try tasks.states()
    let away = open.contains(where: \.isAway) ? try sharedTasks?.states() ?? [:] : [:]
    for var entry in open {
      let known = entry.isAway ? away[entry.task] : nil
      guard let status = known ?? states[entry.task] else { continue }
      // How it failed without a model is known better here.
      if entry.awaitsRepair && status.state.isEnd && !status.state.isGood { continue }
      FleetOutcome.fill(&entry, status, nil)
      if status.state == .running {
        entry.row.detail = [status.progress.step, status.progress.line].compactMap { $0 }
          .joined(separator: ": ")
      }
      record[entry.row.address] = entry
    }
    return matrix
  }
}
