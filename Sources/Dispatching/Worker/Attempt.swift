import Engine
import Glibc
import Manifests
import Platform
import Records
import Subprocess

/// One attempt at one task: admitted, given a tree, run, judged, and told to the queue.
struct Attempt {
  let settings: WorkerSettings
  let queue: any Queue
  var lease: Lease
  /// The tokens of attempts at whatever task that were found to be lost: ended first.
  let lost: [String]
  let log: @Sendable (String) -> Void
  /// True where the repository is a copy that this worker made for such tasks.
  private var isFetched = false
  /// True where nothing of the work is needed here any more: its report has all of it.
  private var isTold = false
  private var tree: TaskTree?

  init(
    settings: WorkerSettings, queue: any Queue, lease: Lease, lost: [String],
    log: @escaping @Sendable (String) -> Void
  ) {
    self.settings = settings
    self.queue = queue
    self.lease = lease
    self.lost = lost
    self.log = log
  }

  /// How it came out, for the log; nil where the lease was lost and nothing was told.
  mutating func perform() -> AttemptEnd? {
    let pulse = Pulse(queue, lease)
    let runner = CommandRunner(supervisor: settings.executable)
    var end = attempt(pulse, runner)
    if case .mute(let why) = pulse.state {
      log("\(lease.order.id.text)  no sign of life could be given: \(why)")
    }
    if pulse.hasLost { return nil }
    if case .ended(let state) = end.kind, state.isGood { end = landed(end, pulse, runner) }
    guard tell(end) else { return nil }
    if case .ended(let state) = end.kind {
      let work = lease.order.work
      // A trial of a fleet that came to nothing, also one that was cancelled before it had a tree,
      // is done again at home; any other stays in its tree, where 'queue retry' goes on.
      if !state.isGood, work.returns, work.isTrial { isTold = isFetched }
      tidy(runner)
    }
    return end
  }

  private mutating func attempt(_ pulse: Pulse, _ runner: CommandRunner) -> AttemptEnd {
    let admission = Admission(settings: settings, runner: runner)
    let order = lease.order
    // A large manifest may take longer than a short heartbeat.
    let answer: Result<Admission.Admitted, Admission.Refusal> = pulse.during(pulse.look) {
      do throws(Admission.Refusal) { return .success(try admission.admit(order)) } catch {
        return .failure(error)
      }
    }
    let admitted: Admission.Admitted
    switch answer {
    case .success(let value): admitted = value
    case .failure(let refusal):
      return AttemptEnd(.ended(.failed), reason: "not admitted: \(refusal.reason)")
    }
    if pulse.state != .beating { return stopped(pulse) }
    let own = [lease.predecessor].compactMap { $0 }
    // Those of other tasks are ended too, but only its own keeps this one from its tree.
    if !LeaseHolders.end(lost + own, look: pulse.look) {
      if pulse.state != .beating { return stopped(pulse) }
      if LeaseHolders.processes(of: own)?.isEmpty != true {
        return AttemptEnd(.again(.lost, pause: nil), reason: "a lost attempt does not end")
      }
    }
    let git = Git(runner: runner, token: lease.token, look: pulse.look)
    let trees = TaskTrees(folder: settings.folder + "/trees", git: git)
    do {
      if let address = admitted.address { try fetch(address, runner, pulse) }
      let tree = try trees.prepare(lease)
      self.tree = tree
      guard try queue.record(tree, of: lease) else { return AttemptEnd(.givenBack) }
      try Admission.checkFolder(lease.order.work.prefix, in: tree.path)
      let run = TaskRun(
        settings: settings, runner: runner, lease: lease, tree: tree, repair: admitted.repair)
      let result = try run.run(git, pulse)
      let after = Git(runner: runner, token: lease.token, look: pulse.keep)
      var end = try judge(result, pulse, tree, TaskTrees(folder: trees.folder, git: after))
      if lease.order.work.returns { takeAlong(&end, tree, runner, pulse) }
      return end
    } catch let error as GitFailure {
      if pulse.state != .beating { return stopped(pulse) }
      let isStorage = Verdict.isStorage(error.message)
      return AttemptEnd(
        isStorage || error.isPassing
          ? .again(isStorage ? .storage : .fetch, pause: nil) : .ended(.failed),
        // What is to be done about it is to be done on this machine.
        reason: admitted.address == nil ? error.text : "on \(settings.name): \(error.text)")
    } catch let error as Admission.Refusal {
      return AttemptEnd(.ended(.failed), reason: "not admitted: \(error.reason)")
    } catch let error as GitError where error.isStopped {
      return stopped(pulse)
    } catch let error as QueueError {
      // Not the task's fault: a disk that is full for the queue may have room again soon.
      return AttemptEnd(
        .again(error.kind == .full ? .storage : .lost, pause: nil), reason: error.message)
    } catch {
      let reason = (error as? GitError)?.message ?? "\(error)"
      return AttemptEnd(
        Verdict.isStorage(reason) ? .again(.storage, pause: nil) : .ended(.failed), reason: reason)
    }
  }

  /// Brings the repository to this machine, into a copy that every task of its address uses.
  private mutating func fetch(
    _ address: GitAddress, _ runner: CommandRunner, _ pulse: Pulse
  ) throws {
    let places = RepositoryPlaces(
      folder: settings.folder + "/repositories", git: Git(runner: runner, token: lease.token))
    let path = places.path(of: address.text)
    pulse.progress = TaskProgress(line: "fetches its repository")
    var mirror = GitMirror(of: address.text, in: path, runner: runner)
    // What the configuration allows is the address, and not where its server leads on to.
    mirror.isExact = true
    try mirror.bring(
      commit: lease.order.work.commit, of: lease.order.work.branch, look: pulse.look)
    lease.order.work.repository = Admission.real(path) ?? path
    isFetched = true
  }

  /// Puts what passed into the report, where it is not too large for a queue.
  private mutating func takeAlong(
    _ end: inout AttemptEnd, _ tree: TaskTree, _ runner: CommandRunner, _ pulse: Pulse
  ) {
    guard settings.orders == nil, case .ended(let state) = end.kind, state.isGood,
      let commit = end.commit
    else { return }
    if commit == tree.base {
      isTold = isFetched
      return
    }
    let work = lease.order.work
    let mirror = GitMirror(of: work.address ?? "", in: work.repository, runner: runner)
    do throws(GitFailure) {
      let bundle = try mirror.bundle(
        tree.branch, since: tree.base, limit: Homecoming.limit, at: tree.path + ".bundle",
        look: pulse.keep)
      if let bundle {
        end.report = Homecoming.add(bundle, to: end.report)
        isTold = isFetched
      } else {
        end.reason = Homecoming.tooLarge(tree, in: work.repository)
      }
    } catch {
      end.reason = "its result did not come along: \(error.message)"
    }
  }

  /// Removes the tree where that is wanted, and in a copy of this worker's own the branch too: what
  /// was on it has gone home.
  private func tidy(_ runner: CommandRunner) {
    guard settings.removesTrees || isTold else { return }
    let id = lease.order.id.text
    let git = Git(runner: runner)
    let trees = TaskTrees(folder: settings.folder + "/trees", git: git)
    let repository = lease.order.work.repository
    do throws(GitError) {
      try trees.clear(trees.place(of: id, generation: lease.generation), in: repository)
      if isTold, let tree {
        _ = try git.run(["update-ref", "-d", "refs/heads/\(tree.branch)"], in: repository)
      }
    } catch { log("\(id)  its work tree is left: \(error.message)") }
  }

  private func judge(
    _ result: TaskRun.Result, _ pulse: Pulse, _ tree: TaskTree, _ trees: TaskTrees
  ) throws(GitError) -> AttemptEnd {
    let repository = lease.order.work.repository
    var end: AttemptEnd
    switch (pulse.state, Verdict.of(result)) {
    // What has passed before the cancellation came has passed.
    case (_, let verdict) where verdict.isGood: end = verdict.end
    case (.beating, let verdict): end = verdict.end
    default:
      end = stopped(pulse)
    }
    if case .again(.unreachable, _) = end.kind {
      end.kind = .again(.unreachable, pause: endpointPause())
    }
    if let report = result.answer, report["steps"] != nil {
      end.report = pulse.during(pulse.keep) { CappedReport.make(report) }
      end.spent = Verdict.spent(report)
    } else if result.mayHaveSpent {
      end.spent.isKnown = false
    }
    do throws(GitError) {
      if case .ended(let state) = end.kind, state.isGood {
        end.commit = try trees.head(of: tree, in: repository)
      } else if pulse.state == .cancelled {
        try trees.reset(tree, in: repository)
      }
    } catch {
      if error.isStopped { throw error }
      // What the run told of itself stays: it is as true as what went wrong after it.
      end.kind = Verdict.isStorage(error.message) ? .again(.storage, pause: nil) : .ended(.failed)
      end.reason = error.message
    }
    return end
  }

  /// A ledger that cannot be read costs the pause it knows of, and not the attempt: the backoff of
  /// the queue stands in.
  private func endpointPause() -> Double? {
    do throws(LedgerError) {
      return try EndpointPause.seconds(settings.configuration)
    } catch {
      log("\(lease.order.id.text)  how long its endpoint rests is not known: \(error)")
      return nil
    }
  }

  private func stopped(_ pulse: Pulse) -> AttemptEnd {
    switch pulse.state {
    case .cancelled: AttemptEnd(.ended(.cancelled))
    default: AttemptEnd(.givenBack, reason: "the worker was told to end")
    }
  }

  private func landed(
    _ end: AttemptEnd, _ pulse: Pulse, _ runner: CommandRunner
  ) -> AttemptEnd {
    guard lease.order.work.lands, let commit = end.commit else { return end }
    var end = end
    guard let branch = lease.order.work.branch else {
      end.reason = "not landed: it was not started from a branch"
      return end
    }
    let landing = Landing(git: Git(runner: runner, token: lease.token, look: pulse.keep))
    if let why = landing.land(branch, to: commit, in: lease.order.work.repository) {
      end.reason = "not landed: \(why)"
    }
    return end
  }

  /// Tells the queue, for as long as the lease may be held: the result of hours is not dropped for
  /// a disk that is full for a moment.
  private func tell(_ end: AttemptEnd) -> Bool {
    let clock = BootClock()
    let limit = clock.now + Int64(lease.timeout * 0.8 * 1e9)
    while true {
      do throws(QueueError) { return try queue.finish(lease, end) } catch {
        // Whatever it is: a proxy whose server restarts says things that are no outage by their
        // looks, and the result of hours is worth the rest of its lease.
        guard clock.now < limit else {
          log("\(lease.order.id.text)  its end could not be told: \(error.message)")
          return false
        }
        poll(nil, 0, 500)
      }
    }
  }
}
