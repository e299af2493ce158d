import Platform
import TestSupport
import Testing

@testable import Transport

/// The network itself against an endpoint that misbehaves.
@Suite struct HostileEndpointTests {
  private static let server = Result { try EndpointProcess("hostile.py") }

  /// `patience` in seconds: short where silence is the fault, long where a busy machine must not
  /// look like it.
  private func endpoint(_ fault: String, patience: Double = 20) throws -> Endpoint {
    let port = try Self.server.get().port
    return Endpoint(
      name: "hostile", route: .chatCompletions, url: "http://127.0.0.1:\(port)/\(fault)/v1",
      model: "m", key: Secret("sk-secret"),
      deadlines: HTTPRequest.Deadlines(connect: 20, firstByte: patience, idle: patience, total: 60))
  }

  /// How many requests the fault has had, asked of the endpoint itself.
  private func count(_ fault: String) throws -> Int? {
    let port = try Self.server.get().port
    var body: [UInt8] = []
    _ = Network().perform(
      HTTPRequest(url: "http://127.0.0.1:\(port)/count/\(fault)", headers: [], body: nil)
    ) { _, bytes in
      body += bytes
      return .content
    }
    return Int(String(decoding: body, as: UTF8.self))
  }

  /// No pauses between tries, but the machine's own clock.
  private struct Hurried: TimeSource {
    var monotonic: Double { SystemTime().monotonic }
    var wall: Double { SystemTime().wall }
    var fraction: Double { 0 }
    func wait(seconds: Double) -> Bool { true }
  }

  @Test(arguments: ["ok", "ok-stream", "ok-gzip", "ok-held-open", "busy-once", "flap"])
  func whatIsWholeIsTaken(_ fault: String) throws {
    let reply = try ModelClient(time: Hurried()).send(ask, to: try endpoint(fault))
    #expect(reply.text == "fixed")
    #expect(reply.finish == .stop)
  }

  private static let faults: [(String, EndpointFailure.Kind, Int)] = [
    ("silent", .silent, 1), ("close", .connection, 4), ("reset", .connection, 4),
    ("drip", .silent, 1), ("drip-stream", .silent, 1), ("headers-only", .silent, 1),
    ("stall", .silent, 1), ("keep-alive", .silent, 1), ("keep-alive-later", .silent, 1),
    ("empty-deltas", .silent, 1), ("endless-stream", .tooLarge, 1),
    ("endless-line", .tooLarge, 1), ("endless-body", .tooLarge, 1),
    ("endless-error", .tooLarge, 1), ("endless-headers", .tooLarge, 1), ("bomb", .tooLarge, 1),
    ("cut-status", .connection, 4), ("cut-header", .connection, 4), ("cut-body", .cut, 1),
    ("stream-reset", .cut, 1), ("stream-no-end", .cut, 1), ("stream-no-finish", .empty, 1),
    ("stream-error", .server, 4), ("stream-late-error", .server, 1),
    ("stream-bad-json", .malformed, 1), ("stream-bad-utf8", .malformed, 1),
    ("ok-error", .overloaded, 4), ("bad-length", .connection, 4), ("short-length", .malformed, 1),
    ("bad-gzip", .connection, 4), ("bad-chunk", .connection, 4), ("no-http", .connection, 4),
    ("html", .malformed, 1), ("empty", .empty, 1), ("no-choices", .malformed, 1),
    ("wrong-types", .malformed, 1), ("null-content", .empty, 1), ("deep", .malformed, 1),
    ("redirect", .redirected, 1), ("200-redirect", .redirected, 1), ("bad-request", .refused, 1),
    ("unauthorised", .unauthorised, 1), ("pay", .quota, 1), ("missing", .modelGone, 1),
    ("gone", .modelGone, 1), ("quota", .quota, 1), ("limit", .rateLimited, 4),
    ("limit-long", .rateLimited, 1), ("limit-date", .rateLimited, 1),
    ("limit-junk", .rateLimited, 4), ("server", .server, 4), ("gateway", .server, 4),
    ("overloaded", .overloaded, 4),
  ]

  @Test(arguments: faults)
  func everyFaultEndsInItsClass(
    _ fault: String, _ expected: EndpointFailure.Kind, _ requests: Int
  ) throws {
    let target = try endpoint(fault, patience: expected == .silent ? 0.4 : 20)
    do throws(EndpointFailure) {
      _ = try ModelClient(time: Hurried()).send(ask, to: target)
      Issue.record("\(fault) gave a reply")
    } catch {
      #expect(error.kind == expected, "\(fault): \(error.message)")
      #expect(!error.message.contains("sk-secret"))
      #expect(error.requests == requests, "\(fault)")
    }
    #expect(try count(fault) == requests, "\(fault)")
  }

  @Test func nobodyListens() throws {
    var target = try endpoint("ok")
    target.url = "http://127.0.0.1:1/v1"
    #expect(kind(of: target) == .connection)
    target.url = "http://no-such-host.invalid/v1"
    #expect(kind(of: target) == .connection)
  }

  /// A greeting can be there before the request is sent: then libcurl connects, sends and refuses
  /// the answer within one call, and its error is the one that it has for an unknown scheme.
  @Test func whoSpeaksFirstIsNoHTTP() throws {
    var target = try endpoint("greeting")
    target.url = "http://127.0.0.1:\(try Self.server.get().ports[1])/v1"
    for round in 1...50 {
      #expect(kind(of: target) == .connection, "round \(round)")
    }
  }

  @Test func clearTextIsNoTLS() throws {
    var target = try endpoint("ok")
    target.url = "https" + target.url.dropFirst(4)
    #expect(kind(of: target) == .untrusted)
  }

  private func kind(of target: Endpoint) -> EndpointFailure.Kind? {
    do throws(EndpointFailure) {
      _ = try ModelClient(time: Hurried()).send(ask, to: target)
      return nil
    } catch { return error.kind }
  }
}
