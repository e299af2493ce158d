import Glibc
import Platform

/// The heart of one attempt: gives signs of life, hears of a cancellation, and knows when it may
/// go on no longer.
final class Pulse {
  enum State: Sendable, Hashable {
    case beating
    case cancelled
    /// Somebody else has the task.
    case lost
    /// No sign of life could be given for so long that somebody else may begin soon.
    case mute(String)
    /// The worker is to end now.
    case stopped
  }

  private let queue: any Queue
  private let lease: Lease
  private let clock = BootClock()
  private var last: Int64
  private(set) var state = State.beating
  var progress = TaskProgress()

  init(_ queue: any Queue, _ lease: Lease) {
    self.queue = queue
    self.lease = lease
    last = clock.now
  }

  /// True where nothing may be told any more.
  var hasLost: Bool {
    switch state {
    case .lost, .mute: true
    case .beating, .cancelled, .stopped: false
    }
  }

  /// Called about twice a second while something runs; false where it is to be ended.
  func look() -> Bool {
    guard state == .beating else { return false }
    if Shutdown.isUrgent {
      state = .stopped
      return false
    }
    switch ask() {
    case .held: break
    case .cancel: state = .cancelled
    case .lost: state = .lost
    case nil: break
    }
    return state == .beating
  }

  /// The same for what follows a run: a sign of life, whatever was asked for; false only where the
  /// lease is lost.
  func keep() -> Bool {
    if hasLost { return false }
    if ask() == .lost { state = .lost }
    return !hasLost
  }

  /// Asks the queue, with a sign of life where one is due; nil where it cannot be asked.
  private func ask() -> LeaseAnswer? {
    let now = clock.now
    let age = Double(now - last) / 1e9
    do throws(QueueError) {
      if age < lease.timeout / 3 { return try queue.look(lease) }
      let answer = try queue.beat(lease, progress)
      last = now
      return answer
    } catch {
      // Before the lease runs out, not after: the run is gone when another begins.
      let waited = Double(clock.now - last) / 1e9
      if waited > lease.timeout * 0.8 { state = .mute(error.message) }
      return nil
    }
  }
}
