import Engine
import Glibc
import Platform
import Subprocess

/// Tells a repository what is green, and opens what a person wants opened for it.
struct FleetPush {
  let fleet: FleetFile
  let runner: CommandRunner
  let record: FleetRecord

  func push(_ member: FleetMember, _ mirror: GitMirror) throws(RunFailure) {
    guard var entry = record[member.address], let commit = entry.row.commit,
      commit != entry.row.base
    else { return }
    guard let push = fleet.push, !push.isDry else {
      entry.row.push = "would push \(fleet.branch)"
      record[member.address] = entry
      return
    }
    let remote = remote(push, member)
    let wanted = FleetEntry.Pushed(remote: remote, branch: fleet.branch, commit: commit)
    if entry.pushed != wanted {
      try tell(&entry, wanted, GitMirror(of: remote, in: mirror.folder, runner: runner))
      record[member.address] = entry
      try record.save()
      if entry.row.push != Self.done(wanted) { return }
    }
    entry.row.push = Self.done(wanted)
    if let command = fleet.open, !entry.isOpened { open(command, &entry, member, mirror) }
    record[member.address] = entry
    try record.save()
  }

  private static func done(_ pushed: FleetEntry.Pushed) -> String { "pushed \(pushed.branch)" }

  /// `{name}` of the remote, or where the repository came from.
  private func remote(_ push: FleetFile.Push, _ member: FleetMember) -> String {
    guard let remote = push.remote else { return member.address }
    return remote.replacing("{name}", with: FleetMember.word(of: member.address))
  }

  /// Makes the branch, or moves it on from where this fleet left it.
  private func tell(
    _ entry: inout FleetEntry, _ wanted: FleetEntry.Pushed, _ mirror: GitMirror
  ) throws(RunFailure) {
    let before = entry.pushed.flatMap { old in
      old.remote == wanted.remote && old.branch == wanted.branch ? old.commit : nil
    }
    // Kept first: whoever is killed behind the push still knows whose branch it is.
    entry.pushed = wanted
    record[entry.row.address] = entry
    try record.save()
    do throws(GitFailure) {
      var isDone = try mirror.push(wanted.commit, to: wanted.branch, expecting: before)
      // By this fleet, which was killed before it could tell.
      if !isDone { isDone = try mirror.heads().branches[wanted.branch] == wanted.commit }
      if isDone {
        entry.row.push = Self.done(wanted)
        return
      }
      entry.row.push = "not pushed: \(wanted.branch) is there and holds something else"
    } catch { entry.row.push = "not pushed: \(error.message)" }
    entry.row.state = .failed
    entry.row.reason = "push"
    entry.pushed = before.map {
      FleetEntry.Pushed(remote: wanted.remote, branch: wanted.branch, commit: $0)
    }
  }

  /// Runs the person's command in a work tree of what was pushed.
  private func open(
    _ text: String, _ entry: inout FleetEntry, _ member: FleetMember, _ mirror: GitMirror
  ) {
    let row = entry.row
    let slot = record.folder + "/open-\(FleetMember.digits(of: member.address))"
    do {
      try mirror.addTree(at: slot, commit: row.commit ?? "")
      let environment = CommandEnvironment.inherited.filter { !$0.key.hasPrefix("GIT_") }
      var command = Command(.sh(text), directory: slot, environment: environment)
      command.environment.merge([
        "MTOR_FLEET_REPOSITORY": row.repository, "MTOR_FLEET_ADDRESS": row.address,
        "MTOR_FLEET_BRANCH": fleet.branch, "MTOR_FLEET_START": entry.start,
        "MTOR_FLEET_BASE": row.base ?? "", "MTOR_FLEET_COMMIT": row.commit ?? "",
        "MTOR_FLEET_STATE": row.state.rawValue, "MTOR_FLEET_MANIFEST": record.manifest,
        "MTOR_FLEET_TOKENS": String(row.tokens), "MTOR_FLEET_USD": String(row.usd),
        "MTOR_FLEET_NEEDED_LLM": row.needsModel ? "true" : "false",
      ]) { _, new in new }
      let outcome = try runner.run(command)
      try mirror.removeTree(at: slot)
      let said = (outcome.output.head + outcome.output.tail).split(separator: 0x0A).last ?? []
      let last = Printable.escaped(String(decoding: said, as: UTF8.self))
      if outcome.succeeded {
        entry.isOpened = true
        entry.row.push = (entry.row.push ?? "") + (last.isEmpty ? "" : ", \(last)")
      } else {
        entry.row.state = .failed
        entry.row.reason = "open"
        entry.row.detail = last.isEmpty ? "'open' failed" : last
      }
    } catch {
      entry.row.state = .failed
      entry.row.reason = "open"
      entry.row.detail = "'open' cannot be run: \(error)"
    }
  }
}
