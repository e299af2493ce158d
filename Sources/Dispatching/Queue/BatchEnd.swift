import Glibc
import Platform

/// The end of a batch before its time.
public enum BatchEnd {
  /// Cancels all tasks of a batch that have not ended, and waits until they have.
  ///
  /// `named` are asked for one by one as well, since a server's list may not have the newest yet.
  /// Gives what is still open after some seconds, or where `look`, which is asked several times a
  /// second, says to stop.
  public static func cancel(
    _ batch: String, _ named: [TaskId], of queue: any Queue, seconds: Double, look: () -> Bool
  ) throws(QueueError) -> [TaskId] {
    let end = Clock.monotonic + Int64(seconds * 1e9)
    var named = Set(named)
    var asked: Set<TaskId> = []
    while true {
      for id in named {
        let state = try queue.cancel(id)
        if state?.isEnd != false { named.remove(id) }
      }
      var open = named
      for task in try queue.tasks(batch: batch) where !task.state.isEnd {
        open.insert(task.id)
        // One that ran may have been given back in between, and waits now.
        let isNew = asked.insert(task.id).inserted || task.state == .queued
        if isNew { _ = try queue.cancel(task.id) }
      }
      if open.isEmpty { return [] }
      if Clock.monotonic > end || !look() { return open.sorted { $0.text < $1.text } }
      // Nobody takes these any more: what they left running ends here.
      _ = LeaseHolders.end(try queue.giveUpLost())
      poll(nil, 0, 200)
    }
  }
}
