import Dispatching
import Engine
import Glibc
import Manifests
import Platform
import Subprocess
import Synchronization

/// The tasks of a fleet in a queue: put in, done by workers of this process (and of any other that
/// takes from the same queue), and read back.
struct FleetTasks {
  let settings: FleetRun.Settings
  /// This machine's own queue, or the one that the configuration names.
  let configuration: Configuration
  let batch: String
  let slots: Int
  let runner: CommandRunner

  /// What is asked of one repository.
  struct Wish: Sendable {
    var address: String
    var task: String
    var work: TaskWork
    /// What was put in since then, in nanoseconds since 1970, and has ended is not begun again.
    var since: Int64?
  }

  /// How a wave of tasks ended.
  struct End {
    var status: [String: TaskStatus]
    var reports: [String: JSON]
    /// True where as many failed as there may.
    var isStopped = false
    /// True where something of the batch has not ended, also of what an earlier process asked for.
    var hasOpen = false
  }

  /// True where workers of other machines take from the queue too.
  let isShared: Bool
  /// Where the queue's own trees lie, absolute.
  var folder: String {
    QueueEngine.folder(configuration, below: settings.dispatchFolder)
  }

  /// The queue of this machine alone, for what needs its memory, its ledger or its folders.
  static func own(
    _ settings: FleetRun.Settings, batch: String, slots: Int, runner: CommandRunner
  ) -> FleetTasks {
    var configuration = settings.configuration
    configuration.queue = .sqlite
    return FleetTasks(
      settings: settings, configuration: configuration, batch: batch, slots: slots,
      runner: runner, isShared: false)
  }

  /// The queue of many machines; nil where the configuration names none.
  static func shared(
    _ settings: FleetRun.Settings, batch: String, slots: Int, runner: CommandRunner
  ) -> FleetTasks? {
    guard case .temporal = settings.configuration.queue else { return nil }
    return FleetTasks(
      settings: settings, configuration: settings.configuration, batch: batch,
      slots: slots, runner: runner, isShared: true)
  }

  func open() throws(RunFailure) -> any Queue {
    do throws(QueueError) { return try QueueEngine.open(configuration) } catch {
      throw Self.failure(error)
    }
  }

  static func failure(_ error: QueueError) -> RunFailure {
    switch error.kind {
    case .busy: .busy(message: error.message, hint: error.hint)
    case .cannot: .refused(message: error.message, details: [], hint: error.hint)
    default: .system(message: error.message, hint: error.hint)
    }
  }

  func limit(_ budget: FleetFile.Budget) throws(RunFailure) {
    let queue = try open()
    do throws(QueueError) {
      try queue.limit(
        batch: batch, to: Allowance(tokens: budget.tokens, usd: budget.usd), among: [])
    } catch { throw Self.failure(error) }
  }

  /// Does some tasks and waits for their end, or for the end of this process's willingness.
  ///
  /// `isFree` is for tasks that may spend nothing. Once `limit` of them have failed, what has not
  /// begun is cancelled.
  func run(_ wishes: [Wish], isFree: Bool, limit: Int?) throws(RunFailure) -> End {
    let queue = try open()
    do throws(QueueError) {
      var others = try put(wishes, queue)
      var forgotten = 0
      while true {
        let isStopped = try work(queue, wishes, isFree, limit)
        var end = try read(queue, wishes)
        end.isStopped = isStopped
        if Shutdown.isAsked { return end }
        var again = others.filter { end.status[$0.task]?.state.isGood != true }
        others = []
        let lost = isShared ? wishes.filter { end.status[$0.task] == nil } : []
        if !lost.isEmpty && forgotten < Retry.attempts {
          forgotten += 1
          settings.log("\(lost.count) tasks are not known to the queue any more")
          again += lost
        }
        if !isStopped && !again.isEmpty {
          _ = try put(again, queue)
          continue
        }
        // Lists of a shared queue may lag behind, and others may still be at it.
        let isOver = end.status.values.allSatisfy { $0.state.isEnd || $0.isStuck }
        if !isShared || isOver { return end }
      }
    } catch { throw Self.failure(error) }
  }

  func id(of task: String) throws(QueueError) -> TaskId {
    do throws(TaskId.Fault) { return try TaskId(batch: batch, task: task) } catch {
      throw QueueError(.other, error.message, hint: error.hint)
    }
  }

  private func orders(_ wishes: [Wish]) throws(QueueError) -> [TaskId: TaskWork] {
    var orders: [TaskId: TaskWork] = [:]
    for wish in wishes { orders[try id(of: wish.task)] = wish.work }
    return orders
  }

  /// Puts tasks in. Gives those that may ask a model and are there still as what may not, by an
  /// earlier process: they are put in again when that has ended.
  private func put(_ wishes: [Wish], _ queue: any Queue) throws(QueueError) -> [Wish] {
    var known: [String: TaskStatus] = [:]
    if !isShared { for task in try queue.tasks(batch: batch) { known[task.id.task] = task } }
    var others: [Wish] = []
    for wish in wishes where !Shutdown.isAsked {
      let before = known[wish.task]
      let hasEnded = before?.state.isEnd == true && before?.created ?? 0 >= wish.since ?? .max
      if hasEnded { continue }
      var order = TaskOrder(id: try id(of: wish.task), work: wish.work)
      order.queue = batch
      switch try queue.dispatch(order) {
      // One that has passed, by an earlier process that could not tell it any more, is read back.
      case .added, .beginsAgain, .refused: break
      case .isThere:
        let isTrial = before.map { $0.created < wish.since ?? .max } ?? false
        if wish.work.tightening == nil && isTrial { others.append(wish) }
      }
    }
    return others
  }

  /// Workers of this process, until nothing is left that could be done.
  private func work(
    _ queue: any Queue, _ wishes: [Wish], _ isFree: Bool, _ limit: Int?
  ) throws(QueueError) -> Bool {
    var worker = WorkerSettings(
      executable: settings.executable, folder: folder, configuration: settings.configuration)
    // Whoever may write to a shared queue could put more into it: that is no work of this process.
    if isShared { worker.orders = try orders(wishes) }
    // Copies of mtor's own, whatever roots a person has set for work that comes from elsewhere.
    worker.configuration.dispatch.roots = []
    if isFree {
      // Nothing is reserved of the budget, so nothing of it is lost with a worker that is killed.
      worker.configuration.repair.tokens = 0
      worker.configuration.repair.usd = 0
    }
    worker.configurationFile = settings.configurationFile
    worker.queue = batch
    worker.slots = slots
    worker.endsWhenDone = true
    worker.removesTrees = true
    worker.stopsAfter = limit
    worker.name = "fleet"
    let configuration = self.configuration
    let log = settings.log
    let end = WorkEnd()
    let thread: Thread
    do throws(SystemError) {
      thread = try Thread { [worker] in
        do throws(QueueError) {
          try Worker(
            worker, open: { () throws(QueueError) in try QueueEngine.open(configuration) }, log: log
          ).run()
          end.set(nil)
        } catch { end.set(error) }
      }
    } catch {
      throw QueueError(.other, "no thread could be started: \(error)")
    }
    var fault: QueueError?
    var isStopped = false
    do throws(QueueError) { isStopped = try watch(queue, wishes, end, limit) } catch {
      fault = error
    }
    thread.join()
    if let fault { throw fault }
    if let error = end.error { throw error }
    return isStopped
  }

  /// Looks on until the workers have ended: removes what a killed one left of the trees of tasks
  /// that have, and ends what has not begun where that is wanted.
  private func watch(
    _ queue: any Queue, _ wishes: [Wish], _ end: WorkEnd, _ limit: Int?
  ) throws(QueueError) -> Bool {
    let works = Dictionary(wishes.map { ($0.task, $0.work) }) { first, _ in first }
    var isStopped = false
    var cleared: Set<String> = []
    var failures: [TaskId: Bool] = [:]
    while true {
      let isLast = end.isSet
      let start = Clock.monotonic
      let all: [TaskStatus]
      do throws(QueueError) {
        all = try queue.tasks(batch: batch).filter { works[$0.id.task] != nil }
      } catch  where error.kind == .unreachable && !isLast {
        // The workers wait for the server too, and give up where it stays away.
        settings.log(error.message)
        end.wait(milliseconds: 2000)
        continue
      }
      for task in all where task.state.isEnd && cleared.insert(task.id.task).inserted {
        if let work = works[task.id.task] { clear(task, work) }
      }
      if let limit {
        if !isStopped { isStopped = try count(all, queue, &failures) >= limit }
      }
      if isStopped {
        for task in all where task.state == .queued { _ = try queue.cancel(task.id) }
      }
      if isLast { return isStopped }
      // A look takes the longer, the more tasks there are: it is never more than a tenth of it all.
      let taken = (Clock.monotonic - start) / 1_000_000
      end.wait(milliseconds: Int32(min(max(200, taken * 10), 10_000)))
    }
  }

  /// How many have failed. What a worker elsewhere could not begin is done here, and may pass.
  private func count(
    _ all: [TaskStatus], _ queue: any Queue, _ known: inout [TaskId: Bool]
  ) throws(QueueError) -> Int {
    var count = 0
    for task in all where task.state == .failed || task.state == .stalled {
      if known[task.id] == nil {
        known[task.id] = try isShared ? FleetOutcome.hasRun(queue.report(of: task.id)) : true
      }
      if known[task.id] == true { count += 1 }
    }
    return count
  }

  /// Removes a task's tree, where its worker could not: what passed is on its branch.
  private func clear(_ task: TaskStatus, _ work: TaskWork) {
    // What a shared queue says of a tree may be of another machine: here only this place is.
    let own = "\(folder)/trees/\(task.id.text)"
    let paths =
      isShared
      ? [own] + (2...9).map { "\(own)~\($0)" } : [task.tree?.path].compactMap { $0 }
    let mirror = GitMirror(of: work.repository, in: work.repository, runner: runner)
    if isShared { TreeUpkeep(folder: folder, runner: runner).removeRuns(of: task.id.text) }
    for path in paths where access(path, F_OK) == 0 {
      do throws(GitFailure) { try mirror.removeTree(at: path) } catch {
        settings.log("the work tree of \(task.id.text) is left: \(error.message)")
      }
    }
  }

  private func read(_ queue: any Queue, _ wishes: [Wish]) throws(QueueError) -> End {
    let wanted = Set(wishes.map(\.task))
    var end = End(status: [:], reports: [:])
    for status in try queue.tasks(batch: batch) {
      if !status.state.isEnd { end.hasOpen = true }
      guard wanted.contains(status.id.task) else { continue }
      end.status[status.id.task] = status
      if let report = try queue.report(of: status.id) { end.reports[status.id.task] = report }
    }
    return end
  }
}

/// The end of a worker's thread.
private final class WorkEnd: Sendable {
  private let state = Mutex<(isSet: Bool, error: QueueError?)>((false, nil))

  func set(_ error: QueueError?) { state.withLock { $0 = (true, error) } }
  var isSet: Bool { state.withLock { $0.isSet } }
  var error: QueueError? { state.withLock { $0.error } }

  func wait(milliseconds: Int32) {
    for _ in 0..<10 where !isSet { poll(nil, 0, milliseconds / 10) }
  }
}
