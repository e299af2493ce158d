public import Platform

/// Where dispatched tasks are kept: the one seam between what is to be done and who does it.
///
/// A value is used by one thread; every process and thread opens its own.
public protocol Queue: AnyObject {
  /// Puts a task in, or says why it is not.
  func dispatch(_ order: TaskOrder) throws(QueueError) -> DispatchAnswer
  /// Sets what all tasks of a batch may cost together. Told before they are put in; `orders` are
  /// those that follow, where they are known.
  func limit(
    batch: String, to allowance: Allowance, among orders: [TaskOrder]
  ) throws(QueueError)

  /// Throws where a worker could not work as it wishes to: asked before it begins.
  func check(_ wish: LeaseWish) throws(QueueError)
  /// Takes the next task that may begin, where one may.
  func take(_ wish: LeaseWish) throws(QueueError) -> Taking
  /// A sign of life.
  func beat(_ lease: Lease, _ progress: TaskProgress) throws(QueueError) -> LeaseAnswer
  /// Asks without a sign of life, which costs no write.
  func look(_ lease: Lease) throws(QueueError) -> LeaseAnswer
  /// Remembers where the attempt works; false where the lease is lost.
  func record(_ tree: TaskTree, of lease: Lease) throws(QueueError) -> Bool
  /// Ends the attempt; false where the lease is lost and nothing was changed.
  func finish(_ lease: Lease, _ end: AttemptEnd) throws(QueueError) -> Bool

  /// The tasks of a batch, or all, in the order of their dispatch.
  func tasks(batch: String?) throws(QueueError) -> [TaskStatus]
  /// How many tasks of a queue are in each state.
  func counts(queue: String) throws(QueueError) -> QueueCounts
  /// The report of a task that has ended; nil where there is none.
  func report(of id: TaskId) throws(QueueError) -> JSON?
  /// Cancels a task and says where it stood; nil where there is no such task.
  func cancel(_ id: TaskId) throws(QueueError) -> TaskState?
  /// Begins a failed, stalled or cancelled task again; nil where there is no such task.
  func retry(_ id: TaskId) throws(QueueError) -> TaskState?
  /// Gives up attempts that gave no sign of life, where no server does that, and says their tokens:
  /// what is left of them is to be ended.
  func giveUpLost() throws(QueueError) -> [String]
  /// Stops, or goes on with, giving out the tasks of a batch or of a queue.
  func pause(_ scope: PauseScope, _ isPaused: Bool) throws(QueueError)
  /// What is paused.
  func pauses() throws(QueueError) -> [PauseScope]
  /// Forgets the tasks of a batch, which must have ended or not begun; the trees to remove.
  func remove(batch: String) throws(QueueError) -> [RemovedTask]
}

/// What became of a dispatch.
public enum DispatchAnswer: Sendable, Hashable {
  case added
  /// The same task is queued or running already: it stays the one that it is.
  case isThere(TaskState)
  /// It failed, stalled or was cancelled before, and begins again.
  case beginsAgain(after: TaskState)
  case refused(String, hint: String)
}

/// What a worker is ready to take.
public struct LeaseWish: Sendable {
  /// Who: host, process and slot, for people.
  public var worker: String
  public var queue: String
  /// Seconds without a sign of life after which the task is somebody else's.
  public var timeout: Double
  /// What a repair of one task costs at most by the worker's configuration.
  public var allowance: Allowance
  /// How many tasks of the queue may run at a time, and begin in a minute.
  public var running: Int?
  public var perMinute: Int?
  /// How long an engine that waits for a task may do so, in whole seconds.
  public var patience = 11

  public init(worker: String, queue: String, timeout: Double, allowance: Allowance) {
    self.worker = worker
    self.queue = queue
    self.timeout = timeout
    self.allowance = allowance
  }
}

/// What a worker got when it asked.
public struct Taking: Sendable {
  /// Nil where no task may begin.
  public var lease: Lease?
  /// The tokens of attempts that were found to be lost: what is left of them is to be ended.
  public var lost: [String]
  /// What became of tasks that came and were not begun; lines for the worker's log.
  public var notes: [String]

  public init(lease: Lease? = nil, lost: [String] = [], notes: [String] = []) {
    self.lease = lease
    self.lost = lost
    self.notes = notes
  }
}

/// What `pause` stops.
public enum PauseScope: Sendable, Hashable {
  case queue(String)
  case batch(String)
}

/// What is left of a task that was forgotten.
public struct RemovedTask: Sendable, Hashable {
  public var id: String
  /// How often it was dispatched: each time may have left a tree.
  public var generations: Int
  public var repository: String
  /// The newest; nil where none was made.
  public var tree: TaskTree?
}

/// What waits and runs in one queue: what metrics and `worker --drain` ask.
public struct QueueCounts: Sendable, Hashable {
  public var states: [TaskState: Int]
  /// Queued tasks that nothing can begin before a person does something.
  public var stuck: Int
  /// Tasks that wait or run, where the engine does not count the two apart.
  public var open: Int?

  init(states: [TaskState: Int], stuck: Int) {
    self.states = states
    self.stuck = stuck
  }
}
