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
  /// When the last sign of life was given.
  private(set) var last: Int64
  /// True until the first sign of life, where one is due at once.
  private(set) var owesFirst: Bool
  private(set) var state = State.beating
  var progress = TaskProgress()

  init(_ queue: any Queue, _ lease: Lease, owesFirst: Bool = false) {
    self.queue = queue
    self.lease = lease
    self.owesFirst = owesFirst
    last = lease.sign
  }

  // A lease is divided so that what runs is gone before another begins: a sign of life is due after
  // a third; without one the run is told to end after six tenths, and what a call of the queue, the
  // next look and the run's end take is less than the other four.

  /// The share of a lease without a sign of life after which its run is ended.
  static let patience = 0.6

  /// How long a run of this lease has to end by itself once it is told to, in seconds.
  static func grace(_ lease: Lease) -> Double { min(10, lease.timeout * 0.2) }

  /// How often a run of this lease is looked at, in seconds.
  static func interval(_ lease: Lease) -> Double { min(0.5, lease.timeout / 30) }

  /// The longest that one call of a queue about a running task may take, in seconds.
  static func callLimit(_ lease: Lease) -> Double { lease.timeout / 8 }

  /// True where nothing may be told any more.
  var hasLost: Bool {
    switch state {
    case .lost, .mute: true
    case .beating, .cancelled, .stopped: false
    }
  }

  /// Called twice a second or more often while something runs; false where it is to be ended.
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

  /// Does work that nothing interrupts on a thread of its own, and calls `look` meanwhile.
  func during<Value: Sendable>(
    _ look: () -> Bool, _ body: @escaping @Sendable () -> Value
  ) -> Value {
    Aside.run(body) { _ = look() }
  }

  /// Asks the queue, with a sign of life where one is due; nil where it cannot be asked.
  private func ask() -> LeaseAnswer? {
    let now = clock.now
    let age = Double(now - last) / 1e9
    do throws(QueueError) {
      if age < lease.timeout / 3 && !owesFirst { return try queue.look(lease) }
      let answer = try queue.beat(lease, progress)
      last = now
      owesFirst = false
      return answer
    } catch {
      let waited = Double(clock.now - last) / 1e9
      if waited > lease.timeout * Self.patience { state = .mute(error.message) }
      return nil
    }
  }
}
