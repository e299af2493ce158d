import Dispatching
import Engine
import Manifests
import Platform

/// Tasks that are looked at, ended and forgotten, but not done.
extension FleetTasks {
  /// The states of all tasks of the fleet, without doing any.
  func states() throws(RunFailure) -> [String: TaskStatus] {
    let queue = try open()
    do throws(QueueError) {
      return Dictionary(try queue.tasks(batch: batch).map { ($0.id.task, $0) }) { first, _ in first
      }
    } catch { throw Self.failure(error) }
  }

  /// Ends what has not come to its end, and waits for it: nothing of the fleet runs afterwards.
  ///
  /// `tasks` are looked for by their names too: a list may not have them yet.
  func cancel(_ tasks: [String]) throws(RunFailure) {
    let queue = try open()
    // A worker that was killed has its task for one heartbeat more.
    let patience = settings.configuration.dispatch.heartbeat + 15
    let left: [TaskId]
    do throws(QueueError) {
      var named: [TaskId] = []
      for task in tasks { named.append(try id(of: task)) }
      left = try BatchEnd.cancel(batch, named, of: queue, seconds: patience) {
        Interruption.count == 0
      }
    } catch { throw Self.failure(error) }
    if left.isEmpty { return }
    if let signal = Interruption.signal { throw .interrupted(signal: signal) }
    throw .busy(
      message: "nothing was undone: tasks of this fleet are still being cancelled: "
        + left.prefix(3).map(\.text).joined(separator: ", ")
        + (left.count > 3 ? " and \(left.count - 3) more" : ""),
      hint: "try again when their workers have given them up")
  }

  /// Removes what a killed process left of its tasks in a queue that keeps nothing of that here.
  func removeTrees() {
    let upkeep = TreeUpkeep(folder: folder, runner: runner)
    for why in upkeep.remove(batch: batch) { settings.log("a work tree is left: \(why)") }
  }

  /// Forgets the tasks with their trees.
  func remove() throws(RunFailure) {
    let queue = try open()
    let removed: [RemovedTask]
    do throws(QueueError) { removed = try queue.remove(batch: batch) } catch {
      throw Self.failure(error)
    }
    let upkeep = TreeUpkeep(folder: settings.dispatchFolder, runner: runner)
    for task in removed {
      if let why = upkeep.remove(task) { settings.log("a work tree is left: \(why)") }
    }
  }
}
