import Dispatching
import Engine
import Glibc
import Manifests
import Platform
import Subprocess
import Synchronization

/// The tasks of a fleet in the queue: put in, done by workers of this process (and of any other
/// that takes from the same queue), and read back.
struct FleetTasks {
  let settings: FleetRun.Settings
  let batch: String
  let slots: Int
  let runner: CommandRunner

  /// What is asked of one repository.
  struct Wish: Sendable {
    var address: String
    var task: String
    var work: TaskWork
  }

  /// How a wave of tasks ended.
  struct End {
    var status: [String: TaskStatus]
    var reports: [String: JSON]
    /// True where as many failed as there may.
    var isStopped = false
  }

  /// A fleet's tasks are this machine's own, in copies of its own, whatever engine holds others:
  /// its workers take work without asking where, and so from no other machine.
  private var configuration: Configuration {
    var configuration = settings.configuration
    configuration.queue = .sqlite
    return configuration
  }

  private func open() throws(RunFailure) -> any Queue {
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
      for wish in wishes { try put(wish, queue) }
      let isStopped = try work(queue, Set(wishes.map(\.task)), isFree, limit)
      var end = try read(queue, wishes)
      end.isStopped = isStopped
      return end
    } catch { throw Self.failure(error) }
  }

  private func put(_ wish: Wish, _ queue: any Queue) throws(QueueError) {
    let id: TaskId
    do throws(TaskId.Fault) { id = try TaskId(batch: batch, task: wish.task) } catch {
      throw QueueError(.other, error.message, hint: error.hint)
    }
    var order = TaskOrder(id: id, work: wish.work)
    order.queue = batch
    switch try queue.dispatch(order) {
    // One that has passed, by an earlier process that could not tell it any more, is read back.
    case .added, .isThere, .beginsAgain, .refused: break
    }
  }

  /// Workers of this process, until nothing is left that could be done.
  private func work(
    _ queue: any Queue, _ tasks: Set<String>, _ isFree: Bool, _ limit: Int?
  ) throws(QueueError) -> Bool {
    var worker = WorkerSettings(
      executable: settings.executable, folder: settings.dispatchFolder,
      configuration: settings.configuration)
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
    do throws(QueueError) { isStopped = try watch(queue, tasks, end, limit) } catch {
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
    _ queue: any Queue, _ tasks: Set<String>, _ end: WorkEnd, _ limit: Int?
  ) throws(QueueError) -> Bool {
    var isStopped = false
    var cleared: Set<String> = []
    while true {
      let isLast = end.isSet
      let start = Clock.monotonic
      let all = try queue.tasks(batch: batch).filter { tasks.contains($0.id.task) }
      for task in all where task.state.isEnd && cleared.insert(task.id.task).inserted {
        clear(task)
      }
      if let limit {
        isStopped =
          isStopped || all.count { $0.state == .failed || $0.state == .stalled } >= limit
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

  /// Removes a task's tree, where its worker could not: what passed is on its branch.
  private func clear(_ task: TaskStatus) {
    guard let tree = task.tree, access(tree.path, F_OK) == 0 else { return }
    let mirror = GitMirror(of: task.repository, in: task.repository, runner: runner)
    do throws(GitFailure) { try mirror.removeTree(at: tree.path) } catch {
      settings.log("the work tree of \(task.id.text) is left: \(error.message)")
    }
  }

  private func read(_ queue: any Queue, _ wishes: [Wish]) throws(QueueError) -> End {
    let wanted = Set(wishes.map(\.task))
    var end = End(status: [:], reports: [:])
    for status in try queue.tasks(batch: batch) where wanted.contains(status.id.task) {
      end.status[status.id.task] = status
      if let report = try queue.report(of: status.id) { end.reports[status.id.task] = report }
    }
    return end
  }

  /// The states of all tasks of the fleet, without doing any.
  func states() throws(RunFailure) -> [String: TaskStatus] {
    let queue = try open()
    do throws(QueueError) {
      return Dictionary(try queue.tasks(batch: batch).map { ($0.id.task, $0) }) { first, _ in first
      }
    } catch { throw Self.failure(error) }
  }

  /// Forgets the tasks with their trees.
  func remove() throws(RunFailure) {
    let queue = try open()
    let removed: [RemovedTask]
    do throws(QueueError) { removed = try queue.remove(batch: batch) } catch {
      // An engine that keeps what has ended: its trees are gone, so nothing is left to undo.
      if error.kind == .cannot { return settings.log("the tasks are kept: \(error.message)") }
      throw Self.failure(error)
    }
    let upkeep = TreeUpkeep(folder: settings.dispatchFolder, runner: runner)
    for task in removed {
      if let why = upkeep.remove(task) { settings.log("a work tree is left: \(why)") }
    }
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
