import Manifests
import Platform
import Synchronization
import TestSupport
import Transport

@testable import Dispatching

/// A server of which a test says every answer.
final class ScriptedServer: HTTPCarrier {
  struct Answer: Sendable {
    var end = HTTPEnd.done
    var status = 200
    var body: [UInt8] = []
    var headers: [String: String] = [:]

    static func json(_ json: JSON, status: Int = 200) -> Answer {
      Answer(status: status, body: json.bytes())
    }

    /// A task, or none, as the poll gives it out.
    static func task(_ message: [UInt8]) -> Answer {
      Answer(body: ProtobufTests.frame(message), headers: ["grpc-status": "0"])
    }

    static let absent = json(
      [
        "code": 5, "message": "activity not found",
        "details": [
          ["@type": "type.googleapis.com/temporal.api.errordetails.v1.NotFoundFailure"]
        ],
      ], status: 404)
  }

  struct Call: Sendable {
    var path: String
    var body: JSON
  }

  private let calls = Mutex<[Call]>([])
  private let isTemporal: Bool
  private let answer: @Sendable (Call) -> Answer

  /// `isTemporal`: the namespace is there, unless `answer` says that something is wrong.
  init(isTemporal: Bool = true, _ answer: @escaping @Sendable (Call) -> Answer) {
    self.isTemporal = isTemporal
    self.answer = answer
  }

  var all: [Call] { calls.withLock { $0 } }
  /// The calls whose path has an end.
  func calls(_ end: String) -> [Call] { all.filter { $0.path.hasSuffix(end) } }

  func perform(
    _ request: HTTPRequest, receive: (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict
  ) -> HTTPOutcome {
    let place = "/api/v1/namespaces/default"
    let path = request.url.split(separator: "7243" + place, maxSplits: 1).dropFirst().first
    // What is not JSON is a poll.
    let body = (try? JSON(parsing: request.body ?? [])) ?? .null
    let call = Call(path: request.isHTTP2 ? "poll" : String(path ?? ""), body: body)
    calls.withLock { $0.append(call) }
    // The namespace itself: what every queue asks first.
    var answer =
      call.path.isEmpty && isTemporal
      ? .json(["namespaceInfo": ["capabilities": ["standaloneActivities": true]]])
      : self.answer(call)
    if call.path.isEmpty, case let own = self.answer(call), own.status != 200 || own.end != .done {
      answer = own
    }
    let head = HTTPHead(status: answer.status, headers: answer.headers)
    answer.body.withUnsafeBytes { if !$0.isEmpty { _ = receive(head, $0) } }
    return HTTPOutcome(end: answer.end, head: head)
  }
}

/// How often something happened.
final class Tally: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

/// A queue over such a server.
final class TemporalFixture {
  let folder = TemporaryFolder()

  func open(_ carrier: ScriptedServer, heartbeat: Double = 30) throws(QueueError) -> TemporalQueue {
    try TemporalQueue(
      TemporalClient(
        server: TemporalServer(TemporalConfiguration(address: "127.0.0.1:7233")), carrier: carrier),
      heartbeat: heartbeat, folder: folder.file("temporal"), patience: 1000)
  }

  static func order(_ task: String = "one", share: Allowance? = nil) throws -> TemporalOrder {
    var order = TemporalOrder(
      TaskOrder(
        id: try TaskId(batch: "b", task: task),
        work: TaskWork(
          repository: "/srv/\(task)/.git", commit: String(repeating: "a", count: 40),
          manifest: "m", file: "m.yaml", manifestBytes: Array("bytes".utf8))),
      generation: 1, lineage: String(repeating: "0", count: 64))
    order.share = share
    return order
  }

  /// An attempt as the poll gives it out.
  static func message(
    _ order: TemporalOrder, attempt: UInt64, details: JSON? = nil, input: JSON? = nil
  ) -> [UInt8] {
    func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
      var result: [UInt8] = []
      Protobuf.append(number, bytes, to: &result)
      return result
    }
    func payload(_ json: JSON) -> [UInt8] {
      let entry = field(1, Array("encoding".utf8)) + field(2, Array("json/plain".utf8))
      return field(1, field(1, entry) + field(2, json.bytes()))
    }
    var message = field(1, [1, 2, 3]) + field(5, field(1, Array("mtor.apply".utf8)))
    message += field(6, Array(order.order.id.text.utf8)) + field(8, payload(input ?? order.json))
    if let details { message += field(9, payload(details)) }
    Protobuf.append(13, attempt, to: &message)
    var span: [UInt8] = []
    Protobuf.append(1, 30, to: &span)
    return message + field(16, span) + field(20, Array("run-1".utf8))
  }

  /// A task as the server describes it.
  static func description(_ order: TemporalOrder, status: String, more: [JSON.Member] = []) -> JSON
  {
    .object(
      [
        .init(
          "info",
          [
            "activityId": .string(order.order.id.text), "runId": "run-1",
            "status": .string("ACTIVITY_EXECUTION_STATUS_" + status),
            "runState": status == "RUNNING" ? "PENDING_ACTIVITY_STATE_SCHEDULED" : .null,
            "taskQueue": "mtor", "attempt": 1, "scheduleTime": "2026-01-31T03:00:00.25Z",
            "header": ["fields": ["mtor": order.facts]],
          ])
      ] + more)
  }

  func wish() -> LeaseWish {
    LeaseWish(
      worker: "w", queue: "default", timeout: 30, allowance: Allowance(tokens: 1000, usd: 1))
  }
}
