/// Cuts a stream into lines for the screen.
struct LineSplitter {
  private var pending: [UInt8] = []
  private let deliver: ([UInt8]) -> Void
  /// A longer line is delivered in pieces.
  private static let limit = 4096

  init(_ deliver: @escaping ([UInt8]) -> Void) { self.deliver = deliver }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        flush()
      } else {
        pending.append(byte)
        if pending.count >= Self.limit { flush() }
      }
    }
  }

  /// Delivers what has no newline yet.
  mutating func finish() {
    if !pending.isEmpty { flush() }
  }

  private mutating func flush() {
    deliver(pending)
    pending.removeAll(keepingCapacity: true)
  }
}
