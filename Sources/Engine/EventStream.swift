import Events
import Platform
import Synchronization

/// Hands every event to every listener, in order and one at a time.
///
/// Tests may run side by side, so the stream has a lock; listeners need none.
final class EventStream: @unchecked Sendable {
  // Unchecked because the listeners are only touched under `turn`.
  private let listeners: [any RunListener]
  private let turn = Mutex(())

  init(_ listeners: [any RunListener]) { self.listeners = listeners }

  func send(_ kind: RunEvent.Kind) {
    turn.withLock { _ in
      let event = RunEvent(time: Clock.now, kind)
      for listener in listeners { listener.receive(event) }
    }
  }
}
