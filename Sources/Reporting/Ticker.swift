import Glibc
import Platform

/// Calls a body at a steady pace from a thread of its own until it is stopped.
final class Ticker: @unchecked Sendable {
  // Unchecked: `isStopped` is only touched with `mutex` held.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var isStopped = false
  private var thread: Thread?

  /// Starts; where the machine has no thread to give, the body is never called.
  init(every milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    do {
      thread = try Thread { [self] in while wait(milliseconds) { body() } }
    } catch {
      isStopped = true
    }
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Stops and waits until the body has returned; must not be called from the body.
  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
    if let thread = thread.take() { thread.join() }
  }

  /// False once it is stopped.
  private func wait(_ milliseconds: Int) -> Bool {
    // pthread_cond_timedwait(3) goes by the time of day: a clock that is set delays one tick.
    let until = Clock.now + Int64(milliseconds) * 1_000_000
    var time = timespec(
      tv_sec: Int(until / 1_000_000_000), tv_nsec: Int(until % 1_000_000_000))
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isStopped {
      if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return !isStopped }
    }
    return false
  }
}
