/// One event of a stream.
public struct ServerSentEvent: Hashable, Sendable {
  /// Nil where the stream did not name it.
  public var name: String?
  /// As it came: whether it is valid UTF-8 is for its reader to say.
  public var data: [UInt8]

  public init(name: String? = nil, data: some Sequence<UInt8>) {
    self.name = name
    self.data = Array(data)
  }
}

/// Server-sent events out of pieces of bytes, cut anywhere.
///
/// Lines end with LF, CR or CRLF. Comments (the keep-alives of providers) make no event. An event
/// that the stream's end cuts off is not dispatched, as the standard has it.
public struct ServerSentEvents: Sendable {
  private var line: [UInt8] = []
  private var name: String?
  private var data: [UInt8] = []
  private var hasData = false
  private var afterReturn = false
  private var isFirstLine = true

  public init() {}

  /// The events that these bytes complete.
  public mutating func receive(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      defer { afterReturn = byte == 0x0D }
      switch byte {
      case 0x0A where afterReturn: break
      case 0x0A, 0x0D:
        if let event = endLine() { events.append(event) }
      default: line.append(byte)
      }
    }
    return events
  }

  private mutating func endLine() -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    if line.isEmpty { return dispatch() }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    if colon == 0 { return nil }
    let field = line[..<(colon ?? line.endIndex)]
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == 0x20 { value.removeFirst() }
    if field.elementsEqual("data".utf8) {
      if hasData { data.append(0x0A) }
      hasData = true
      data += value
    } else if field.elementsEqual("event".utf8) {
      name = String(decoding: value, as: UTF8.self)
    }
    return nil
  }

  private mutating func dispatch() -> ServerSentEvent? {
    defer {
      name = nil
      data.removeAll(keepingCapacity: true)
      hasData = false
    }
    guard hasData else { return nil }
    return ServerSentEvent(name: name, data: data)
  }
}
