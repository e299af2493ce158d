import Dispatching
public import Engine
public import Manifests
import Platform
public import Subprocess
import Synchronization
import YAMLTree

/// `mtor fleet apply`: the manifest in every repository, by way of the queue.
///
/// First everything is tried without a model. Of those that fail alike one is repaired, and the
/// others wait: what helped it is remembered and costs them nothing.
public final class FleetRun {
  public struct Settings: Sendable {
    /// mtor itself, which does each task as a process of its own.
    public var executable: String
    /// Where copies, trees and the record lie, absolute.
    public var folder: String
    /// Where the queue's own trees lie, absolute.
    public var dispatchFolder: String
    public var configuration: Configuration
    /// The configuration's file, where it is not the usual one.
    public var configurationFile: String?
    /// One line for each thing that happens.
    public var log: @Sendable (String) -> Void

    public init(
      executable: String, folder: String, dispatchFolder: String, configuration: Configuration,
      log: @escaping @Sendable (String) -> Void
    ) {
      self.executable = executable
      self.folder = folder
      self.dispatchFolder = dispatchFolder
      self.configuration = configuration
      self.log = log
    }
  }

  /// Which repositories are worked on.
  public enum Scope: Sendable { case all, failed, unfinished }

  let fleet: FleetFile
  let settings: Settings
  let runner: CommandRunner
  let record: FleetRecord
  /// The tasks in this machine's own queue.
  let tasks: FleetTasks
  /// Those that any machine may do; nil where the configuration names no such queue.
  let sharedTasks: FleetTasks?

  public init(
    _ fleet: FleetFile, _ settings: Settings, runner: CommandRunner, isChanging: Bool = true
  ) throws(RunFailure) {
    self.fleet = fleet
    self.settings = settings
    self.runner = runner
    record = try FleetRecord(of: fleet.file, in: settings.folder, isChanging: isChanging)
    tasks = .own(settings, batch: record.batch, slots: fleet.concurrency, runner: runner)
    sharedTasks = .shared(
      settings, batch: record.sharedBatch, slots: fleet.concurrency, runner: runner)
  }

  /// The matrix of what is known, nothing done.
  public var matrix: Matrix { record.matrix(of: fleet.file) }

  /// The queue that workers of other machines take the tasks from; nil where there is none.
  public var sharedQueue: String? { sharedTasks?.batch }

  /// True if nothing is known of this fleet yet.
  public var isNew: Bool { record.all.isEmpty }

  /// Does it all, as far as it gets; the matrix says how far that was.
  public func apply(_ scope: Scope = .all) throws(RunFailure) -> Matrix {
    var request = ApplyRequest(sources: [.file(manifestPath)])
    request.limits = limits
    let manifests = try ManifestFiles.read(request)
    let (manifest, bytes) = try manifestToCarry(manifests)
    let all = try members()
    if isNew && scope == .failed {
      throw .usage(
        message: "nothing of this fleet has been begun",
        hint: "mtor fleet apply \(Printable.escaped(fleet.file))")
    }
    let members = all.filter { isMeant($0, scope) }
    record.begin(all.map(\.address), manifest: manifest.name)
    let goesOn = record.isUnderWay
    record.isUnderWay = true
    try prepare(members, request, manifests, bytes, scope)
    try limit()
    let wishes = wishes(members, manifest, bytes)
    try tryWithoutModel(wishes.filter { record[$0.address]?.awaitsRepair != true })
    if hasModels { try repair(wishes, goesOn: goesOn) }
    // An interruption may have come between the end of a task and what follows it.
    try finish(scope == .unfinished ? all : members, of: all, manifest)
    record.isUnderWay = Shutdown.isAsked
    try record.save()
    return matrix
  }

  /// Tells the queue what all repairs may cost, or that a limit of before holds no more.
  private func limit() throws(RunFailure) {
    let budget = fleet.budget
    let hasLimit = budget.tokens != nil || budget.usd != nil
    guard hasLimit || record.isLimited else { return }
    // The queue keeps what it is not told: no limit is one that nobody reaches.
    try tasks.limit(
      FleetFile.Budget(tokens: budget.tokens ?? 1 << 53, usd: budget.usd ?? 1e12))
    record.isLimited = hasLimit
    try record.save()
  }

  private var limits: Limits {
    let configuration = settings.configuration
    return Limits(
      manifest: configuration.manifestLimit, file: configuration.fileLimit,
      steps: configuration.stepLimit, files: configuration.filesLimit)
  }

  var hasModels: Bool {
    let configuration = settings.configuration
    return !(configuration.repair.models ?? configuration.models.map(\.name)).isEmpty
  }

  // MARK: What is to be done

  private var manifestPath: String {
    fleet.manifest.hasPrefix("/") ? fleet.manifest : fleet.folder + "/" + fleet.manifest
  }

  /// The manifest with the bytes that the queue carries.
  private func manifestToCarry(
    _ loaded: [LoadedManifest]
  ) throws(RunFailure) -> (Manifest, [UInt8]) {
    guard let manifest = loaded.first?.manifest else {
      throw .unreadable(message: "there is no manifest", hint: nil)
    }
    if manifest.readsFiles {
      throw .unreadable(
        message: "'\(Printable.escaped(manifestPath))' reads files beside itself ('from'), which "
          + "no queue carries", hint: "put their contents into the manifest")
    }
    return (manifest, manifest.source.bytes)
  }

  private func members() throws(RunFailure) -> [FleetMember] {
    do throws(DiagnosticList) {
      return try RepositoryFinder(fleet: fleet, runner: runner).members()
    } catch { throw .invalid(error.all) }
  }

  private func isMeant(_ member: FleetMember, _ scope: Scope) -> Bool {
    let entry = record[member.address]
    return switch scope {
    case .all: true
    case .failed: entry?.row.state.isRed == true || entry?.awaitsRepair == true
    // What `stop_after` left has not come to its end either.
    case .unfinished: entry?.hasEnded != true || entry?.row.state == .cancelled
    }
  }

  /// Finds out where each repository stands; what is green already for the same request stays.
  private func prepare(
    _ members: [FleetMember], _ request: ApplyRequest, _ manifests: [LoadedManifest],
    _ bytes: [UInt8], _ scope: Scope
  ) throws(RunFailure) {
    let found = Mutex<[Int: FleetEntry]>([:])
    let planner = FleetPlanner(fleet, folder: settings.folder, runner: runner, limits: limits)
    let digest = Digest(of: bytes).hex
    let message = fleet.commit ?? ""
    WorkSlots.clear(in: settings.folder + "/trees", runner: runner)
    Parallel.forEach(below: members.count, jobs: fleet.concurrency) { index in
      var (row, _, ready) = planner.look(at: members[index], request, manifests)
      var entry = FleetEntry(row)
      if let ready, row.state.isGood {
        row.state = .waiting
        row.cells = []
        row.change = nil
        entry = Self.entry(row, ready, digest, message)
      }
      found.withLock { $0[index] = entry }
      return !Shutdown.isAsked
    }
    for (index, entry) in found.withLock({ $0 }) {
      let known = record[members[index].address]
      if let known, stays(known, for: entry, scope) { continue }
      var entry = entry
      // What was pushed before stays known: it is moved on from there, or undone.
      entry.pushed = known?.pushed
      entry.pushedBefore = known?.pushedBefore ?? []
      entry.isOpened = known?.isOpened == true && known?.pushed != nil
      if entry.mirror.isEmpty { entry.mirror = known?.mirror ?? "" }
      entry.isAway = known?.isAway == true && known?.task == entry.task
      entry.row.tokens = known?.request == entry.request ? known?.row.tokens ?? 0 : 0
      record[members[index].address] = entry
    }
    try record.save()
  }

  /// True for what has come to its end with the very same request: what is green, and what is red
  /// by itself, which only `--failed` does again. So does what is to be repaired yet.
  private func stays(_ known: FleetEntry, for entry: FleetEntry, _ scope: Scope) -> Bool {
    guard known.request == entry.request, !entry.request.isEmpty else { return false }
    // It was tried without a model, and goes on from there.
    if known.awaitsRepair { return hasModels }
    if known.row.state.isGood { return true }
    let isRed = [.failed, .stalled].contains(known.row.state) && known.row.commit == nil
    return isRed && scope != .failed
  }

  private static func entry(
    _ row: Matrix.Row, _ ready: Preparation.Ready, _ manifest: String, _ message: String
  ) -> FleetEntry {
    var entry = FleetEntry(row)
    entry.mirror = ready.mirror.folder
    entry.start = ready.branch
    var told = "\(manifest)\0\(ready.base)\0\(message)"
    for (name, value) in ready.params.sorted(by: { $0.key < $1.key }) {
      told += "\0\(name)=\(value)"
    }
    entry.request = Digest(of: Array(told.utf8)).hex
    entry.task = "\(row.repository)-\(entry.request.prefix(12))"
    return entry
  }

  private func wishes(
    _ members: [FleetMember], _ manifest: Manifest, _ bytes: [UInt8]
  ) -> [FleetTasks.Wish] {
    members.compactMap { member in
      guard let entry = record[member.address], entry.row.state == .waiting || entry.awaitsRepair,
        let base = entry.row.base
      else { return nil }
      var work = TaskWork(
        repository: entry.mirror, commit: base, manifest: manifest.name,
        file: fleet.manifest.split(separator: "/").last.map(String.init) ?? fleet.manifest,
        manifestBytes: bytes)
      work.params = entry.row.params
      return FleetTasks.Wish(address: member.address, task: entry.task, work: work)
    }
  }

  // MARK: What is green

  private func finish(
    _ members: [FleetMember], of all: [FleetMember], _ manifest: Manifest
  ) throws(RunFailure) {
    let push = FleetPush(fleet, of: all, runner: runner, record: record)
    for member in members where !Shutdown.isAsked {
      guard var entry = record[member.address], entry.row.state.isGood, !entry.mirror.isEmpty,
        let base = entry.row.base
      else { continue }
      let mirror = GitMirror(of: member.address, in: entry.mirror, runner: runner)
      if entry.row.change == nil, let commit = entry.row.commit, commit != base {
        let message = manifest.commit == nil ? fleet.commit : nil
        var change: [UInt8] = []
        do throws(GitFailure) {
          let made =
            try message.map { text throws(GitFailure) in
              try mirror.recommit(commit, onto: base, message: text)
            } ?? commit
          try mirror.keep(made, as: record.batch)
          change = try mirror.changes(from: base, to: made)
          entry.row.commit = made
          entry.row.change = Digest(of: change)
        } catch {
          entry.row.state = .failed
          entry.row.reason = "git"
          entry.row.detail = error.message
        }
        if entry.row.change != nil { _ = try record.keep(change: change) }
        try record.keep(entry)
      }
      if entry.row.state.isGood {
        try push.push(member, mirror)
      }
    }
  }
}
