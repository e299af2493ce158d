public import Platform

/// What the queue knows of a task.
public struct TaskStatus: Sendable {
  public var id: TaskId
  public var state: TaskState
  public var queue: String
  public var priority: Int
  public var manifest: String
  public var repository: String
  public var after: [String]
  /// From 0: not begun.
  public var attempt: Int
  /// One sentence; for a queued task what it waits for.
  public var reason: String?
  /// True for a queued task that nothing can begin any more before a person does something.
  public var isStuck: Bool
  public var progress: TaskProgress
  public var worker: String?
  public var tree: TaskTree?
  public var commit: String?
  /// The run's id in the ledger.
  public var run: String?
  public var tokens: Int
  public var usd: Double
  /// Nanoseconds since 1970.
  public var created: Int64
  public var started: Int64?
  public var ended: Int64?
  /// A queued task is not begun before.
  public var due: Int64
}

extension TaskStatus {
  /// The shape of a task in `mtor queue --format json`.
  public var json: JSON {
    [
      "id": .string(id.text), "batch": .string(id.batch), "task": .string(id.task),
      "state": .string(state.rawValue), "queue": .string(queue), "priority": .integer(priority),
      "manifest": .string(manifest), "repository": .string(repository),
      "after": .array(after.map(JSON.string)), "attempt": .integer(attempt),
      "reason": JSON(reason), "stuck": .bool(isStuck), "step": JSON(progress.step),
      "line": JSON(progress.line), "worker": JSON(worker), "tree": JSON(tree?.path),
      "branch": JSON(tree?.branch), "base": JSON(tree?.base), "commit": JSON(commit),
      "run": JSON(run), "tokens": .integer(tokens), "usd": .number(usd),
      "created": .string(Clock.timestamp(created)),
      "started": JSON(started.map(Clock.timestamp)), "ended": JSON(ended.map(Clock.timestamp)),
      "due": state == .queued && due > 0 ? .string(Clock.timestamp(due)) : .null,
    ]
  }
}
