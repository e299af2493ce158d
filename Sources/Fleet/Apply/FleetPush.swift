import Engine
import Glibc
import Platform
import Subprocess

/// Tells a repository what is green, and opens what a person wants opened for it.
struct FleetPush {
  let fleet: FleetFile
  let runner: CommandRunner
  let record: FleetRecord
  /// How many of the fleet's repositories would push to a place.
  private let counts: [String: Int]

  init(
    _ fleet: FleetFile, of members: [FleetMember], runner: CommandRunner, record: FleetRecord
  ) {
    self.fleet = fleet
    self.runner = runner
    self.record = record
    guard let push = fleet.push else {
      counts = [:]
      return
    }
    counts = members.reduce(into: [:]) { counts, member in
      if member.skip == nil { counts[Self.remote(push, member), default: 0] += 1 }
    }
  }

  func push(_ member: FleetMember, _ mirror: GitMirror) throws(RunFailure) {
    guard var entry = record[member.address], let commit = entry.row.commit,
      commit != entry.row.base
    else { return }
    guard let push = fleet.push, !push.isDry else {
      entry.row.push = "would push \(fleet.branch)"
      record[member.address] = entry
      return
    }
    let remote = Self.remote(push, member)
    let wanted = FleetEntry.Pushed(remote: remote, branch: fleet.branch, commit: commit)
    if let count = counts[remote], count > 1 {
      entry.row.push =
        "not pushed: \(count) repositories of the fleet would push to "
        + Printable.escaped(remote)
      entry.row.state = .failed
      entry.row.reason = "push"
      return try record.keep(entry)
    }
    let before = (entry.row.push, entry.isOpened)
    // What was kept before a push that a kill prevented was never told: it is pushed again, which
    // changes nothing where it came through.
    let done = Self.done(wanted)
    let isTold = entry.row.push == done || entry.row.push?.hasPrefix(done + ", ") == true
    if !isTold || entry.pushed?.isAt(wanted) != true {
      try tell(&entry, wanted, GitMirror(of: remote, in: mirror.folder, runner: runner))
      try record.keep(entry)
      if entry.row.push != done { return }
    }
    if let wish = fleet.open, !entry.isOpened {
      entry.row.push = done
      open(wish, &entry, mirror)
    }
    if (entry.row.push, entry.isOpened) != before || !entry.row.state.isGood {
      try record.keep(entry)
    }
  }

  private static func done(_ pushed: FleetEntry.Pushed) -> String { "pushed \(pushed.branch)" }

  /// `{name}` of the remote, or where the repository came from.
  private static func remote(_ push: FleetFile.Push, _ member: FleetMember) -> String {
    guard let remote = push.remote else { return member.address }
    return remote.replacing("{name}", with: FleetMember.word(of: member.address))
  }

  /// Makes the branch, or moves it on from where this fleet left it.
  private func tell(
    _ entry: inout FleetEntry, _ wanted: FleetEntry.Pushed, _ mirror: GitMirror
  ) throws(RunFailure) {
    let earlier = entry
    let known = entry.pushedHere(wanted)
    let now: String?
    do throws(GitFailure) { now = try mirror.heads().branches[wanted.branch] } catch {
      // Nothing was pushed where nobody answers: what is known stays.
      return refuse(&entry, error.message)
    }
    guard now == nil || now == wanted.commit || known?.mayBe(at: now) == true else {
      return refuse(&entry, "\(wanted.branch) is there and holds something else")
    }
    // Kept first: whoever is killed behind the push still knows whose branch it is. What was told
    // of another push is not true of this one yet.
    entry.move(to: wanted, from: now)
    entry.row.push = nil
    try record.keep(entry)
    do throws(GitFailure) {
      let isDone =
        try now == wanted.commit
        ? true : mirror.push(wanted.commit, to: wanted.branch, expecting: now)
      if isDone || holds(mirror, wanted) {
        entry.row.push = Self.done(wanted)
        return
      }
      // The server itself says that somebody came between.
      entry.pushed = earlier.pushed
      entry.pushedBefore = earlier.pushedBefore
      entry.isOpened = earlier.isOpened
      refuse(&entry, "\(wanted.branch) is there and holds something else")
    } catch {
      // A connection that ended says nothing of what the server did, or does yet: the branch stays
      // known as this fleet's.
      if holds(mirror, wanted) {
        entry.row.push = Self.done(wanted)
      } else {
        refuse(&entry, error.message)
      }
    }
  }

  private func holds(_ mirror: GitMirror, _ wanted: FleetEntry.Pushed) -> Bool {
    // Where nobody answers it is not known to.
    do throws(GitFailure) {
      return try mirror.heads().branches[wanted.branch] == wanted.commit
    } catch { return false }
  }

  private func refuse(_ entry: inout FleetEntry, _ why: String) {
    entry.row.push = "not pushed: \(why)"
    entry.row.state = .failed
    entry.row.reason = "push"
  }

  /// Runs the person's command in a work tree of what was pushed.
  private func open(_ wish: FleetFile.Open, _ entry: inout FleetEntry, _ mirror: GitMirror) {
    let row = entry.row
    let slot = record.folder + "/open-\(FleetMember.digits(of: row.address))"
    do {
      try mirror.addTree(at: slot, commit: row.commit ?? "")
      var command = Command(.sh(wish.command), directory: slot, environment: environment(entry))
      command.timeout = wish.timeout
      command.capture.head = 1 << 20
      let outcome = try runner.run(command)
      let last = OpenOutput(command.environment).lastLine(of: outcome)
      if outcome.succeeded {
        entry.isOpened = true
        entry.row.push = (entry.row.push ?? "") + (last.isEmpty ? "" : ", \(last)")
      } else {
        entry.row.state = .failed
        entry.row.reason = "open"
        entry.row.detail =
          Self.words(outcome.ending, wish.timeout) + (last.isEmpty ? "" : ": \(last)")
      }
    } catch {
      entry.row.state = .failed
      entry.row.reason = "open"
      entry.row.detail = "'open' cannot be run: \(error)"
    }
    do throws(GitFailure) { try mirror.removeTree(at: slot) } catch {
      // It was opened all the same: what is left is removed before the next time.
      entry.row.detail = error.message
    }
  }

  private static func words(_ ending: Outcome.Ending, _ seconds: Double) -> String {
    switch ending {
    case .exited(let code): "'open' ended with exit code \(code)"
    case .signalled(let signal): "'open' died of signal \(signal)"
    case .timedOut: "'open' was ended after \(Int(seconds)) s"
    case .interrupted: "'open' was interrupted"
    case .tooManyProcesses: "'open' had too many processes"
    }
  }

  private func environment(_ entry: FleetEntry) -> [String: String] {
    let row = entry.row
    let own = [
      "MTOR_FLEET_REPOSITORY": row.repository, "MTOR_FLEET_ADDRESS": row.address,
      "MTOR_FLEET_BRANCH": fleet.branch, "MTOR_FLEET_START": entry.start,
      "MTOR_FLEET_BASE": row.base ?? "", "MTOR_FLEET_COMMIT": row.commit ?? "",
      "MTOR_FLEET_STATE": row.state.rawValue, "MTOR_FLEET_MANIFEST": record.manifest,
      "MTOR_FLEET_TOKENS": String(row.tokens), "MTOR_FLEET_USD": String(row.usd),
      "MTOR_FLEET_NEEDED_LLM": row.needsModel ? "true" : "false",
    ]
    return CommandEnvironment.inherited.filter { !$0.key.hasPrefix("GIT_") }.merging(own) {
      _, new in new
    }
  }
}
