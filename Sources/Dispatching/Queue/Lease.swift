/// A task that one worker holds for as long as it gives signs of life.
public struct Lease: Sendable {
  /// Drawn anew for every attempt: who does not hold the newest changes nothing any more.
  public let token: String
  public internal(set) var order: TaskOrder
  /// How often the task was dispatched, from 1.
  public let generation: Int
  /// From 1.
  public let attempt: Int
  /// Seconds without a sign of life after which the task is somebody else's.
  public let timeout: Double
  /// The token of an attempt that was lost, whose processes may still be there.
  public let predecessor: String?
  /// Where an earlier attempt of the same dispatch worked.
  public let tree: TaskTree?
  /// What a repair may cost; nil: what the worker's configuration says.
  public let grant: Allowance?
  /// The commits of the tasks that it waited for in the same repository.
  public let foundations: [String]
  /// When the last sign of life was given, on the clock since the boot: who goes on with the lease
  /// counts from there.
  var sign = BootClock().now
}

/// What may be spent.
public struct Allowance: Sendable, Hashable {
  public var tokens: Int?
  /// US dollars.
  public var usd: Double?

  public init(tokens: Int? = nil, usd: Double? = nil) {
    self.tokens = tokens
    self.usd = usd
  }
}

/// A git work tree of a task's own.
public struct TaskTree: Sendable, Hashable {
  /// Absolute.
  public var path: String
  public var branch: String
  /// The commit that it was made from.
  public var base: String

  public init(path: String, branch: String, base: String) {
    self.path = path
    self.branch = branch
    self.base = base
  }
}

/// What a running task does at the moment.
public struct TaskProgress: Sendable, Hashable {
  public var step: String?
  /// The last line of output, escaped.
  public var line: String?

  public init(step: String? = nil, line: String? = nil) {
    self.step = step
    self.line = line
  }
}

/// What the queue says to a sign of life.
public enum LeaseAnswer: Sendable, Hashable {
  case held
  /// The task is to be cancelled.
  case cancel
  /// Somebody else has the task, or it is gone: end the run and report nothing.
  case lost
}
