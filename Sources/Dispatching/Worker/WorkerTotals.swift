import Platform
import Synchronization

/// What a worker has done since its start, as text for Prometheus.
final class WorkerTotals: Sendable {
  private struct State {
    var running = 0
    var ends: [String: Int] = [:]
    var seconds = 0.0
    var tokens = 0
    var usd = 0.0
    var next: Int64 = 0
  }

  private let state = Mutex(State())

  func begin() {
    state.withLock {
      $0.running += 1
      $0.next = 0
    }
  }

  /// `end` is nil for an attempt that was lost.
  func end(_ end: AttemptEnd?, seconds: Double) {
    let name =
      switch end?.kind {
      case .ended(let state): state.rawValue
      case .again: "retried"
      case .givenBack: "given_back"
      case nil: "lost"
      }
    state.withLock { state in
      state.running -= 1
      state.ends[name, default: 0] += 1
      state.seconds += seconds
      state.tokens += end?.spent.tokens ?? 0
      state.usd += end?.spent.usd ?? 0
      state.next = 0
    }
  }

  /// True where something has changed, or fifteen seconds have passed.
  func isDue() -> Bool {
    state.withLock { state in
      guard Clock.monotonic >= state.next else { return false }
      state.next = Clock.monotonic + 15_000_000_000
      return true
    }
  }

  func text(_ counts: QueueCounts, queue: String) -> String {
    let state = state.withLock { $0 }
    let name = queue.filter { $0 != "\"" && $0 != "\\" }
    var text = "# HELP mtor_queue_tasks Tasks of the queue by state.\n"
    text += "# TYPE mtor_queue_tasks gauge\n"
    for each in TaskState.allCases where counts.open == nil || each.isEnd {
      text += "mtor_queue_tasks{queue=\"\(name)\",state=\"\(each.rawValue)\"} "
      text += "\(counts.states[each] ?? 0)\n"
    }
    if let open = counts.open {
      text += "mtor_queue_tasks{queue=\"\(name)\",state=\"open\"} \(open)\n"
    }
    text += "# HELP mtor_queue_stuck_tasks Queued tasks that wait for a person.\n"
    text += "# TYPE mtor_queue_stuck_tasks gauge\n"
    text += "mtor_queue_stuck_tasks{queue=\"\(name)\"} \(counts.stuck)\n"
    text += "# HELP mtor_worker_running_tasks Tasks that this worker does now.\n"
    text += "# TYPE mtor_worker_running_tasks gauge\n"
    text += "mtor_worker_running_tasks{queue=\"\(name)\"} \(state.running)\n"
    text += "# HELP mtor_worker_attempts_total Attempts of this worker by their end.\n"
    text += "# TYPE mtor_worker_attempts_total counter\n"
    for (end, count) in state.ends.sorted(by: { $0.key < $1.key }) {
      text += "mtor_worker_attempts_total{queue=\"\(name)\",end=\"\(end)\"} \(count)\n"
    }
    let sums: [(String, String, String)] = [
      ("seconds", "Time that attempts took.", "\(state.seconds)"),
      ("tokens", "Tokens that attempts spent.", "\(state.tokens)"),
      ("usd", "US dollars that attempts spent.", "\(state.usd)"),
    ]
    for (unit, help, value) in sums {
      text += "# HELP mtor_worker_\(unit)_total \(help)\n"
      text += "# TYPE mtor_worker_\(unit)_total counter\n"
      text += "mtor_worker_\(unit)_total{queue=\"\(name)\"} \(value)\n"
    }
    text += "# HELP mtor_worker_time_seconds When this was written.\n"
    text += "# TYPE mtor_worker_time_seconds gauge\n"
    return text + "mtor_worker_time_seconds{queue=\"\(name)\"} \(Clock.now / 1_000_000_000)\n"
  }
}
