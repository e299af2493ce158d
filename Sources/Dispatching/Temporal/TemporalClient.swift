import Manifests
import Platform
import Transport

/// Speaks to a Temporal server: JSON over HTTP for everything, and gRPC for the one call that has
/// no other way.
struct TemporalClient: Sendable {
  let server: TemporalServer
  let carrier: any HTTPCarrier

  /// Why the server did not do what was asked.
  struct Failure: Error {
    enum Kind {
      /// There is no such task, or the attempt is over.
      case absent
      /// The id is taken.
      case exists
      /// Asked wrongly, or at the wrong time.
      case refused
      case error
    }

    let kind: Kind
    let error: QueueError
    /// True where an earlier try of the same call may have been done already.
    var isRepeated = false
  }

  /// The largest answer that is read: a page of a thousand tasks, or one task with its manifest.
  static let limit = 16 << 20

  /// Asks for something below the namespace's address.
  func get(
    _ path: String, _ query: [(String, String)] = [], seconds: Double = 10
  ) throws(Failure) -> JSON {
    let text = query.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
    return try call(path + (text.isEmpty ? "" : "?" + text), nil, seconds, tries: 3)
  }

  /// Tells something; a second try does no harm, since every call names what it is about.
  func post(
    _ path: String, _ body: JSON, seconds: Double = 10, tries: Int = 3
  ) throws(Failure) -> JSON {
    try call(path, body.bytes(), seconds, tries: tries)
  }

  private func call(
    _ path: String, _ body: [UInt8]?, _ seconds: Double, tries: Int
  ) throws(Failure) -> JSON {
    let time = SystemTime()
    let end = time.monotonic + seconds
    var pause = 0.1
    var number = 0
    while true {
      number += 1
      do throws(Failure) {
        return try once(path, body, max(0.2, end - time.monotonic))
      } catch {
        let isOver = number >= tries || time.monotonic + pause >= end
        guard error.error.kind == .unreachable, !isOver, time.wait(seconds: pause) else {
          throw Failure(kind: error.kind, error: error.error, isRepeated: number > 1)
        }
        pause *= 4
      }
    }
  }

  private func once(_ path: String, _ body: [UInt8]?, _ seconds: Double) throws(Failure) -> JSON {
    var request = HTTPRequest(
      url: server.http + path,
      headers: server.headers + [("content-type", "application/json")], body: body,
      deadlines: Self.deadlines(seconds), limit: Self.limit)
    request.trust = server.httpTrust
    var answer: [UInt8] = []
    let outcome = carrier.perform(request) { _, bytes in
      answer += bytes
      return .content
    }
    guard outcome.end == .done else { throw failure(outcome, at: server.httpPlace) }
    var json = JSON.object([])
    if !answer.isEmpty {
      do throws(JSONError) { json = try JSON(parsing: answer) } catch {
        json = .null
      }
    }
    if (200..<300).contains(outcome.head.status), json.object != nil { return json }
    throw failure(status: outcome.head.status, json)
  }

  /// A sign of life of the attempt of a token; true where the task is to be cancelled. Not tried
  /// again: the next one is due soon.
  func beat(_ token: String, _ details: JSON, seconds: Double) throws(Failure) -> Bool {
    let answer = try post(
      "/activity-heartbeat",
      ["taskToken": .string(token), "identity": "mtor", "details": [details]],
      seconds: seconds, tries: 1)
    return answer["cancelRequested"]?.bool == true
  }

  /// Waits for a task of a queue; nil where none came in time.
  ///
  /// The server answers a little before the time is over. A connection that breaks may have had a
  /// task on its way, which comes back after its heartbeat.
  func poll(
    _ taskQueue: String, identity: String, seconds: Int
  ) throws(Failure) -> ActivityTask? {
    var request = HTTPRequest(
      url: server.grpc + ActivityPoll.path,
      headers: server.headers + [
        ("content-type", "application/grpc"), ("te", "trailers"),
        ("grpc-timeout", "\(seconds)S"),
      ],
      body: ActivityPoll.request(
        namespace: server.namespace, queue: taskQueue, identity: identity),
      deadlines: Self.deadlines(Double(seconds) + 5), limit: Self.limit)
    request.isHTTP2 = true
    request.trust = server.grpcTrust
    var answer: [UInt8] = []
    let outcome = carrier.perform(request) { _, bytes in
      answer += bytes
      return .content
    }
    guard outcome.end == .done else { throw failure(outcome, at: server.name) }
    guard let status = outcome.head.headers["grpc-status"].flatMap({ Int($0) }) else {
      throw failure(status: outcome.head.status, .null)
    }
    // The server's own clock was first: nothing came.
    if status == 4 { return nil }
    guard status == 0 else {
      let message = Self.unescaped(outcome.head.headers["grpc-message"] ?? "")
      let said = message.isEmpty ? "it answers with gRPC's status \(status)" : message
      throw failure(code: status, shown(said), isAbsent: false)
    }
    do throws(Protobuf.Fault) { return try ActivityPoll.reply(answer) } catch {
      throw Failure(
        kind: .error, error: QueueError(.other, "Temporal at \(server.name) sent no task"))
    }
  }

  private static func deadlines(_ seconds: Double) -> HTTPRequest.Deadlines {
    HTTPRequest.Deadlines(
      connect: min(5, seconds), firstByte: seconds, idle: seconds, total: seconds)
  }

  /// A text as a part of an address.
  private static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: result.append(byte)
      default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A trailer's text, in which `%` and two digits are a byte.
  static func unescaped(_ text: String) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        result.append(UInt8(digits[0] * 16 + digits[1]))
        rest = rest.dropFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What a server says, for people; a hostile one may say the key that it was shown.
  func shown(_ text: String) -> String {
    Printable.escaped(String((server.secret?.removed(from: text) ?? text).prefix(300)))
  }
}
