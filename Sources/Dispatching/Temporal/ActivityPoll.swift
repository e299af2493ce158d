/// The one call that Temporal's HTTP API does not have: asking for the next task.
enum ActivityPoll {
  static let path = "/temporal.api.workflowservice.v1.WorkflowService/PollActivityTaskQueue"

  /// A request in its gRPC frame: a byte for compression, four for the length, the message.
  static func request(namespace: String, queue: String, identity: String) -> [UInt8] {
    var taskQueue: [UInt8] = []
    Protobuf.append(1, queue.utf8, to: &taskQueue)
    // Its kind: a normal one, which several workers share.
    Protobuf.append(2, 1, to: &taskQueue)
    var message: [UInt8] = []
    Protobuf.append(1, namespace.utf8, to: &message)
    Protobuf.append(2, taskQueue, to: &message)
    Protobuf.append(3, identity.utf8, to: &message)
    let length = UInt32(message.count)
    return [0] + [24, 16, 8, 0].map { UInt8(length >> $0 & 0xFF) } + message
  }

  /// What a frame says; nil where no task came in time.
  static func reply(_ frame: [UInt8]) throws(Protobuf.Fault) -> ActivityTask? {
    // Nothing at all is how some servers write an empty message.
    if frame.isEmpty { return nil }
    guard frame.count >= 5, frame[0] == 0 else { throw Protobuf.Fault() }
    let length = frame[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard length == frame.count - 5 else { throw Protobuf.Fault() }
    let message = try ProtobufMessage(frame[5...])
    let token = try message.bytes(1)
    if token.isEmpty { return nil }
    return ActivityTask(
      token: Array(token), type: try message.message(5).text(1), id: try message.text(6),
      run: try message.text(20), input: try payload(message, 8),
      details: try payload(message, 9), attempt: Int(clamping: try message.number(13)),
      heartbeat: try duration(message.message(16)))
  }

  /// The first payload of a field that is JSON; empty where there is none.
  private static func payload(
    _ message: ProtobufMessage, _ field: UInt64
  ) throws(Protobuf.Fault) -> [UInt8] {
    let payload = try message.message(field).message(1)
    let entry = try payload.message(1)
    let encoding = try entry.text(1) == "encoding" ? entry.text(2) : ""
    return encoding == "json/plain" ? Array(try payload.bytes(2)) : []
  }

  /// Seconds; 0 for what no span between signs of life can be.
  private static func duration(_ message: ProtobufMessage) throws(Protobuf.Fault) -> Double {
    let seconds = try message.number(1)
    let nanoseconds = try message.number(2)
    guard seconds <= 86_400, nanoseconds < 1_000_000_000 else { return 0 }
    return Double(seconds) + Double(nanoseconds) / 1e9
  }
}

/// A task as Temporal gives it out.
struct ActivityTask: Hashable, Sendable {
  /// What every answer about this attempt has to show.
  var token: [UInt8]
  var type: String
  var id: String
  /// The run: each time that the id was dispatched is another.
  var run: String
  /// JSON; empty where there is none.
  var input: [UInt8]
  /// What the last sign of life of any attempt told, in JSON.
  var details: [UInt8]
  /// From 1, as the server counts.
  var attempt: Int
  /// Seconds without a sign of life after which it is somebody else's.
  var heartbeat: Double
}
