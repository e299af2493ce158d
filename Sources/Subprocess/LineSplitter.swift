import Platform

/// Cuts a stream into lines for the screen.
struct LineSplitter {
  private var pending: [UInt8] = []
  private let deliver: ([UInt8]) -> Void
  private let rate: CommandRunner.LineRate
  /// When the latest line was delivered, on `Clock.monotonic`.
  private var delivered: Int64 = 0
  /// A longer line is delivered in pieces.
  private static let limit = 4096

  init(_ rate: CommandRunner.LineRate, _ deliver: @escaping ([UInt8]) -> Void) {
    self.rate = rate
    self.deliver = deliver
  }

  /// True if no byte may be left out.
  var wantsAll: Bool {
    switch rate {
    case .all: true
    case .latest: false
    }
  }

  /// True if the next bytes would be shown.
  var wantsNext: Bool {
    switch rate {
    case .all: true
    case .latest(let milliseconds):
      Clock.monotonic - delivered >= Int64(milliseconds) * 1_000_000
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    switch rate {
    case .all: appendAll(bytes)
    case .latest:
      guard wantsNext else { return }
      delivered = Clock.monotonic
      deliver(Self.last(of: bytes))
    }
  }

  private mutating func appendAll(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.limit - pending.count))
      let end = part.firstIndex(of: UInt8(ascii: "\n"))
      pending.append(contentsOf: part[..<(end ?? part.count)])
      rest = rest.dropFirst(end.map { $0 + 1 } ?? part.count)
      if end != nil || pending.count >= Self.limit { flush() }
    }
  }

  /// The last line that ends in a chunk, else what it holds; as much of it as a screen shows.
  private static func last(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    let start = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return Array(bytes[start..<end].prefix(limit))
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
