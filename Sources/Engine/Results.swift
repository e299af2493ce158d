import Synchronization

/// What became of items that are worked on side by side, in the items' order.
final class Results<Value: Sendable>: Sendable {
  private let slots: Mutex<[Result<Value, any Error>?]>

  init(count: Int) { slots = Mutex(Array(repeating: nil, count: count)) }

  subscript(index: Int) -> Result<Value, any Error>? {
    get { slots.withLock { $0[index] } }
    set { slots.withLock { $0[index] = newValue } }
  }

  /// The results there are: an interruption leaves the later items undone.
  var all: [Result<Value, any Error>] { slots.withLock { $0.compactMap { $0 } } }
}
