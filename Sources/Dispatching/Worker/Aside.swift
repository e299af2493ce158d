import Glibc
import Platform
import Synchronization

/// Work that takes the time it takes, such as reading a large manifest, beside signs of life.
enum Aside {
  /// Does `body` on a thread of its own, and calls `look` on this one, ten times a second, until it
  /// is done.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value, look: () -> Void
  ) -> Value {
    let box = Box<Value>()
    let thread: Thread
    do throws(SystemError) {
      thread = try Thread {
        let value = body()
        box.value.withLock { $0 = value }
      }
    } catch {
      // No thread is to be had: the work is done without signs of life, as all of it once was.
      return body()
    }
    // What is small is not made to wait for the next look.
    var pause: Int32 = 1
    while !box.isDone {
      poll(nil, 0, pause)
      if pause < 100 { pause *= 2 } else { look() }
    }
    thread.join()
    guard let value = box.value.withLock({ $0 }) else {
      preconditionFailure("the thread ends when its value is there")
    }
    return value
  }

  private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    var isDone: Bool { value.withLock { $0 != nil } }
  }
}
