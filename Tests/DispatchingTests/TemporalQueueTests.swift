import Manifests
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Dispatching

/// The calls that people's commands make, and what a server may answer.
@Suite struct TemporalQueueTests {
  private let fixture = TemporalFixture()

  @Test func aServerWithoutStandaloneActivitiesIsNamed() throws {
    let client = TemporalClient(
      server: try TemporalServer(TemporalConfiguration(address: "127.0.0.1:7233")),
      carrier: ScriptedServer { _ in .json(["namespaceInfo": ["capabilities": [:]]], status: 201) })
    #expect {
      _ = try TemporalQueue(client, heartbeat: 30, folder: "/nowhere", patience: 1000)
    } throws: { error in
      (error as? QueueError)?.message
        == "Temporal at 127.0.0.1:7233 has no standalone activities"
    }
  }

  @Test func anAnswerThatIsNoTemporalIsNamed() {
    let server = ScriptedServer { _ in .init(status: 302, body: Array("<html>".utf8)) }
    #expect {
      _ = try fixture.open(server)
    } throws: { error in
      (error as? QueueError)?.message
        == "what answers at 127.0.0.1:7233 is no Temporal: it answers with the status 302"
    }
  }

  @Test func whoIsAwayIsAskedThreeTimes() {
    let server = ScriptedServer { _ in .init(end: .noConnection, status: 0) }
    #expect {
      _ = try fixture.open(server)
    } throws: { error in (error as? QueueError)?.kind == .unreachable }
    #expect(server.all.count == 3)
  }

  @Test func whoComesBackIsHeard() throws {
    let left = Mutex(2)
    let server = ScriptedServer { _ in
      left.withLock { left in
        left -= 1
        return left < 0 ? .json([:]) : .init(status: 503)
      }
    }
    _ = try fixture.open(server)
    #expect(server.all.count == 3)
  }

  @Test func aWrongKeyIsNotTriedAgain() {
    let server = ScriptedServer { _ in .json(["code": 16, "message": "no"], status: 401) }
    #expect {
      _ = try fixture.open(server)
    } throws: { error in
      (error as? QueueError)
        == QueueError(
          .other, "Temporal at 127.0.0.1:7233: no",
          hint: "set 'api_key_env' of 'queue.temporal', or the certificate of 'tls'")
    }
    #expect(server.all.count == 1)
  }

  // MARK: Dispatching

  private func server(_ known: JSON?, started: Bool = true) -> ScriptedServer {
    ScriptedServer { call in
      if call.path.isEmpty || call.path.hasPrefix("/activities?") {
        return .json(["executions": []])
      }
      if call.body != .null { return .json(["runId": "run-2", "started": .bool(started)]) }
      return known.map { .json($0) } ?? .absent
    }
  }

  @Test func anOrderThatIsNewIsAdded() throws {
    let server = server(nil)
    let order = try TemporalFixture.order().order
    #expect(try fixture.open(server, heartbeat: 1.5).dispatch(order) == .added)
    let body = try #require(server.calls("/activities/b.one").last?.body)
    #expect(body["heartbeatTimeout"]?.string == "1.500s")
    #expect(body["taskQueue"]?["name"]?.string == "mtor")
    #expect(body["priority"]?["priorityKey"]?.integer == 3)
    #expect(body["idReusePolicy"]?.string == "ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY")
    let input = try #require(body["input"]?.array?.first)
    #expect(TemporalOrder(input, id: "b.one")?.order == order)
    #expect(TemporalOrder(input, id: "b.two") == nil, "an input is for its own id")
  }

  @Test func theSameOrderTwiceIsOneAndHasOneRequest() throws {
    let task = try TemporalFixture.order()
    let waits = server(TemporalFixture.description(task, status: "RUNNING"))
    #expect(try fixture.open(waits).dispatch(task.order) == .isThere(.queued))
    let requests = try (0..<2).map { _ in
      let server = server(nil)
      _ = try fixture.open(server).dispatch(task.order)
      return server.calls("/activities/b.one").last?.body["requestId"]
    }
    #expect(requests[0] == requests[1] && requests[0] != nil)
  }

  @Test(arguments: [
    ("FAILED", DispatchAnswer.beginsAgain(after: .failed)),
    ("CANCELED", .beginsAgain(after: .cancelled)), ("TERMINATED", .beginsAgain(after: .cancelled)),
    ("TIMED_OUT", .beginsAgain(after: .failed)),
    (
      "COMPLETED",
      .refused("'b.one' has passed already", hint: "--again begins it anew")
    ),
  ])
  func whatHasEndedBeginsAgainOrNot(status: String, answer: DispatchAnswer) throws {
    let task = try TemporalFixture.order()
    let server = server(TemporalFixture.description(task, status: status))
    #expect(try fixture.open(server).dispatch(task.order) == answer)
    if case .beginsAgain = answer {
      let body = try #require(server.calls("/activities/b.one").last?.body)
      #expect(body["header"]?["fields"]?["mtor"]?["generation"]?.integer == 2)
    }
  }

  @Test func whatPassedBeginsAgainWhereThatIsAskedFor() throws {
    let task = try TemporalFixture.order()
    let server = server(TemporalFixture.description(task, status: "COMPLETED"))
    var order = task.order
    order.isAgain = true
    #expect(try fixture.open(server).dispatch(order) == .beginsAgain(after: .passed))
    #expect(
      server.calls("/activities/b.one").last?.body["idReusePolicy"]?.string
        == "ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE")
  }

  @Test func whoIsAlwaysLaterThanSomebodyElseSaysSo() throws {
    let server = server(nil, started: false)
    #expect {
      _ = try fixture.open(server).dispatch(TemporalFixture.order().order)
    } throws: { error in (error as? QueueError)?.kind == .busy }
  }

  @Test func aManifestThatIsTooLargeIsRefused() throws {
    let server = server(nil)
    var order = try TemporalFixture.order().order
    order.work.manifestBytes = [UInt8](repeating: 0x61, count: 1_500_000)
    #expect {
      _ = try fixture.open(server).dispatch(order)
    } throws: { error in (error as? QueueError)?.kind == .cannot }
    #expect(server.all.allSatisfy { $0.body == .null }, "nothing was put in")
  }

  @Test func aBudgetIsDividedAmongTheTasksOfADispatch() throws {
    let server = server(nil)
    let queue = try fixture.open(server)
    let orders = try ["one", "two", "three"].map { try TemporalFixture.order($0).order }
    try queue.limit(batch: "b", to: Allowance(tokens: 100, usd: 0.75), among: orders)
    for order in orders { #expect(try queue.dispatch(order) == .added) }
    for order in orders {
      let body = try #require(server.calls("/activities/\(order.id.text)").last?.body)
      #expect(
        body["header"]?["fields"]?["mtor"]?["share"] == ["tokens": 33, "usd": .number(0.25)])
    }
    #expect(throws: QueueError.self) {
      try queue.limit(batch: "b", to: Allowance(tokens: 100), among: [])
    }
  }

  // MARK: What a server may say

  @Test func anyDescriptionIsReadOrIsNone() throws {
    var random = SeededGenerator(seed: 11)
    let order = try TemporalFixture.order()
    let whole = TemporalFixture.description(
      order, status: "FAILED",
      more: [
        .init(
          "outcome",
          [
            "failure": [
              "message": "red",
              "applicationFailureInfo": [
                "type": "failed",
                "details": [
                  [
                    "spent": ["tokens": 3, "usd": 0.5], "reason": "red",
                    "tree": ["path": "/t", "branch": "mtor/b/one", "base": "aaaa"],
                  ]
                ],
              ],
            ]
          ])
      ])
    let server = try TemporalServer(TemporalConfiguration(address: "127.0.0.1:7233"))
    #expect(TemporalTask(whole, server: server)?.status.tokens == 3)
    var read = 0
    for _ in 0..<3000 {
      let broken = Self.broken(whole, &random)
      if TemporalTask(broken, server: server) != nil { read += 1 }
      _ = TemporalOrder(Self.broken(order.json, &random), id: "b.one")
      _ = TemporalBeat(Self.broken(["back": 1, "spent": ["tokens": 1], "step": "s"], &random))
    }
    #expect((300..<3000).contains(read))
  }

  /// A value with one of its parts put in another's place, or replaced by something odd.
  private static func broken(_ json: JSON, _ random: inout SeededGenerator) -> JSON {
    let odd: [JSON] = [
      .null, true, -1, .integer(.max), .integer(.min), .number(-1e308), .number(1e308), "", "\u{0}",
      "9999-99-99T99:99:99Z", "1969-12-31T23:59:59Z", [], [:], [[:]], .string("x;rm -rf /"),
    ]
    if Int.random(in: 0..<6, using: &random) == 0 { return odd.randomElement(using: &random)! }
    switch json {
    case .array(let values) where !values.isEmpty:
      let index = values.indices.randomElement(using: &random)!
      var values = values
      values[index] = broken(values[index], &random)
      return .array(values)
    case .object(let members) where !members.isEmpty:
      let index = members.indices.randomElement(using: &random)!
      var members = members
      members[index].value = broken(members[index].value, &random)
      return .object(members)
    default: return odd.randomElement(using: &random)!
    }
  }

  @Test func aBranchThatAPersonWouldNotPasteIsNotShown() {
    let tree: JSON = ["path": "/t", "branch": "x; rm -rf ~", "base": "aaaa"]
    #expect(TemporalBeat.tree(tree) == nil)
  }

  @Test func aMomentIsReadToTheNanosecond() {
    #expect(TemporalTask.time("1970-01-01T00:00:01.000000002Z") == 1_000_000_002)
    #expect(TemporalTask.time("1970-01-01T00:00:01Z") == 1_000_000_000)
    #expect(TemporalTask.time("1970-01-01T00:00:01.5") == nil)
    #expect(TemporalTask.time(17) == nil)
  }

  @Test func aRepositoryIsOnesTurn() throws {
    let folder = TemporaryFolder()
    let turns = folder.file("turns")
    let first = try RepositoryTurn("/r", folder: turns, timeout: 100)
    #expect(first != nil)
    #expect(try RepositoryTurn("/r", folder: turns, timeout: 100) == nil)
    #expect(try RepositoryTurn("/other", folder: turns, timeout: 100) != nil)
    // No sign of life for its whole time: put aside, and free for the next who asks.
    first?.renew(timeout: -1)
    #expect(try RepositoryTurn("/r", folder: turns, timeout: 100) == nil)
    let second = try RepositoryTurn("/r", folder: turns, timeout: 100)
    #expect(second != nil)
    // The one that was too late gives its signs to nobody.
    first?.renew(timeout: 100)
    second?.renew(timeout: -1)
    _ = try RepositoryTurn("/r", folder: turns, timeout: 100)
    #expect(try RepositoryTurn("/r", folder: turns, timeout: 100) != nil)
  }
}
