import Glibc
import Manifests
import Platform
import Subprocess
import Synchronization

/// A process that takes tasks from a queue and does them, several at a time.
public final class Worker: Sendable {
  private let settings: WorkerSettings
  private let open: @Sendable () throws(QueueError) -> any Queue
  private let log: @Sendable (String) -> Void
  private let totals = WorkerTotals()
  private let failure = Mutex<QueueError?>(nil)
  /// How many tasks have failed or stalled.
  private let red = Mutex(0)

  /// `open` opens the queue, once for each slot; `log` takes one line for each thing that happens.
  public init(
    _ settings: WorkerSettings, open: @escaping @Sendable () throws(QueueError) -> any Queue,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.settings = settings
    self.open = open
    self.log = log
  }

  /// Works until it is asked to end, or, where that is wanted, until nothing is left to do.
  ///
  /// Throws where the queue cannot be used at all.
  public func run() throws(QueueError) {
    // Told before anything is begun.
    try open().check(wish(0))
    log(
      "worker \(settings.name) takes tasks of the queue '\(settings.queue)', "
        + "\(settings.slots) at a time")
    Parallel.forEach(below: settings.slots, jobs: settings.slots) { slot in
      self.serve(slot)
      return true
    }
    reportLast()
    if Shutdown.isAsked { log("drained: no task of this worker is running") }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func serve(_ slot: Int) {
    do throws(QueueError) {
      let queue = try open()
      var failures = 0
      while !Shutdown.isAsked && failure.withLock({ $0 == nil }) && !isStopped {
        if try !step(queue, slot, &failures) {
          if settings.endsWhenDone, try isDone(queue) { return }
          poll(nil, 0, 300)
        }
      }
    } catch {
      log("the queue cannot be used any more: \(error.message)")
      failure.withLock { $0 = $0 ?? error }
    }
  }

  /// True where as many have failed as there may.
  private var isStopped: Bool {
    guard let limit = settings.stopsAfter else { return false }
    return red.withLock { $0 >= limit }
  }

  /// Does one task, where there is one. A queue that is busy, on a full disk or out of reach is
  /// asked again, after the pause that a task has between its attempts; who only waits for the end
  /// of what there is gives up after as many.
  private func step(
    _ queue: any Queue, _ slot: Int, _ failures: inout Int
  ) throws(QueueError) -> Bool {
    let taking: Taking
    do throws(QueueError) {
      taking = try queue.take(wish(slot))
      failures = 0
    } catch  where error.isPassing {
      log("the queue cannot be asked: \(error.message)")
      failures += 1
      let isUnreachable = error.kind == .unreachable
      if isUnreachable && settings.endsWhenDone && failures >= Retry.attempts { throw error }
      pause(seconds: isUnreachable ? Retry.pause(after: failures) : 2)
      return false
    }
    for _ in taking.lost {
      log("an attempt gave no sign of life any more: what is left of it is ended")
    }
    for note in taking.notes { log(note) }
    report(queue)
    guard let lease = taking.lease else {
      // No lease is held meanwhile. What does not end is asked again by whoever takes its task.
      if !LeaseHolders.end(taking.lost) { log("what is left of a lost attempt does not end") }
      return false
    }
    if let orders = settings.orders, orders[lease.order.id] == nil {
      try leave(lease, queue)
      return false
    }
    perform(lease, queue, lost: taking.lost)
    report(queue)
    return true
  }

  /// Gives back what somebody else is to do: a fleet's earlier run left it to workers elsewhere.
  private func leave(_ lease: Lease, _ queue: any Queue) throws(QueueError) {
    var end = AttemptEnd(.givenBack, reason: "it is left to other workers")
    end.rest = 10
    do throws(QueueError) { _ = try queue.finish(lease, end) } catch {
      // Its lease runs out.
      guard error.isPassing else { throw error }
      log("\(lease.order.id.text)  could not be given back: \(error.message)")
    }
  }

  private func pause(seconds: Double) {
    let end = Clock.monotonic + Int64(seconds * 1e9)
    while Clock.monotonic < end && !Shutdown.isAsked { poll(nil, 0, 200) }
  }

  private func perform(_ lease: Lease, _ queue: any Queue, lost: [String]) {
    let name = lease.order.id.text
    log("\(name)  begins" + (lease.attempt > 1 ? ", attempt \(lease.attempt)" : ""))
    let start = Clock.monotonic
    totals.begin()
    var attempt = Attempt(settings: settings, queue: queue, lease: lease, lost: lost, log: log)
    let end = attempt.perform()
    if let end, case .ended(let state) = end.kind, state == .failed || state == .stalled {
      red.withLock { $0 += 1 }
    }
    let seconds = Double(Clock.monotonic - start) / 1e9
    totals.end(end, seconds: seconds)
    log("\(name)  \(Self.words(end, attempt: lease.attempt)) \(Self.duration(seconds))")
  }

  private static func words(_ end: AttemptEnd?, attempt: Int) -> String {
    guard let end else { return "is this worker's no more: its run was ended, nothing was told," }
    let reason = end.reason.map { ": \($0)," } ?? ""
    switch end.kind {
    case .ended(let state): return state.rawValue + reason
    case .again where attempt >= Retry.attempts: return "failed" + reason
    case .again: return "is tried again" + reason
    case .givenBack: return "is given back" + reason
    }
  }

  private static func duration(_ seconds: Double) -> String {
    let tenths = Int(seconds * 10)
    return "after \(tenths / 10).\(tenths % 10) s"
  }

  private func wish(_ slot: Int) -> LeaseWish {
    let configuration = settings.configuration
    var wish = LeaseWish(
      worker: "\(settings.name)/\(slot + 1)", queue: settings.queue,
      timeout: configuration.dispatch.heartbeat,
      allowance: Allowance(
        tokens: configuration.repair.tokens, usd: configuration.repair.usd))
    let limit = configuration.dispatch.limit(of: settings.queue)
    wish.running = limit.running
    wish.perMinute = limit.perMinute
    // The server answers a second before; less than ten is what its log complains of.
    wish.patience = settings.endsWhenDone ? 4 : 11
    return wish
  }

  /// Nothing runs and nothing that could be begun waits.
  private func isDone(_ queue: any Queue) throws(QueueError) -> Bool {
    do throws(QueueError) {
      let counts = try queue.counts(queue: settings.queue)
      if counts.open == 0 { return true }
      if let orders = settings.orders { return try haveEnded(orders, queue) }
      if counts.open != nil { return false }
      return counts.states[.running] ?? 0 == 0 && counts.states[.queued] ?? 0 == counts.stuck
    } catch  where error.isPassing {
      // Told by the next look for a task.
      return false
    }
  }

  /// Others may be at what else is in the queue for as long as they like, and what the queue does
  /// not know any more never ends.
  private func haveEnded(
    _ orders: [TaskId: TaskWork], _ queue: any Queue
  ) throws(QueueError) -> Bool {
    for batch in Set(orders.keys.map(\.batch)) {
      for task in try queue.tasks(batch: batch) where orders[task.id] != nil {
        if !task.state.isEnd && !task.isStuck { return false }
      }
    }
    return true
  }

  /// How it stands when the worker ends, whenever the metrics were written last.
  private func reportLast() {
    if settings.metrics == nil || failure.withLock({ $0 != nil }) { return }
    do throws(QueueError) { report(try open(), isLast: true) } catch {
      log("the metrics could not be written: \(error.message)")
    }
  }

  private func report(_ queue: any Queue, isLast: Bool = false) {
    guard let path = settings.metrics, isLast || totals.isDue() else { return }
    do {
      let counts = try queue.counts(queue: settings.queue)
      try ReplacedFile.writeNamed(
        Array(totals.text(counts, queue: settings.queue).utf8), to: path, mode: 0o644)
    } catch {
      log("the metrics could not be written: \(error)")
    }
  }
}
