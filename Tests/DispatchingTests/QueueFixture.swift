import Platform
import TestSupport

@testable import Dispatching

/// A queue in a fresh folder, and orders to put into it.
final class QueueFixture {
  let folder = TemporaryFolder()
  var path: String { folder.file("state/queue.sqlite") }

  func open(patience: Int = 20_000) throws(QueueError) -> SQLiteQueue {
    try SQLiteQueue(path: path, patience: patience)
  }

  func order(
    _ task: String, batch: String = "night", repository: String? = nil, text: String = "one"
  ) throws -> TaskOrder {
    TaskOrder(
      id: try TaskId(batch: batch, task: task),
      work: TaskWork(
        repository: repository ?? "/srv/\(task)/.git",
        commit: String(repeating: "a", count: 40), manifest: "m", file: "m.yaml",
        manifestBytes: Array(text.utf8)))
  }

  /// A wish whose lease holds for an hour, or has run out as soon as it is given.
  func wish(_ worker: String = "w", runsOut: Bool = false) -> LeaseWish {
    LeaseWish(
      worker: worker, queue: "default", timeout: runsOut ? -1 : 3600,
      allowance: Allowance(tokens: 1000, usd: 1))
  }
}

extension SQLiteQueue {
  /// The one task of a name, for expectations.
  func task(_ name: String) throws -> TaskStatus? {
    try tasks(batch: nil).first { $0.id.task == name }
  }

  func lease(_ wish: LeaseWish) throws(QueueError) -> Lease? { try take(wish).lease }
}
