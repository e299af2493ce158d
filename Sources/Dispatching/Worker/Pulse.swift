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

  /// Called about twice a second while something runs; false where it is to be ended.
  func look() -> Bool {
    guard state == .beating else { return false }
    if Shutdown.isUrgent {
      state = .stopped
      return false
    }
    let now = clock.now
    let age = Double(now - last) / 1e9
    do throws(QueueError) {
      let answer: LeaseAnswer
      if age >= lease.timeout / 3 {
        answer = try queue.beat(lease, progress)
        last = now
      } else {
        answer = try queue.look(lease)
      }
      switch answer {
      case .held: break
      case .cancel: state = .cancelled
      case .lost: state = .lost
      }
    } catch {
      // Before the lease runs out, not after: the run is gone when another begins.
      if age > lease.timeout * 0.8 { state = .mute(error.message) }
    }
    return state == .beating
  }
}
