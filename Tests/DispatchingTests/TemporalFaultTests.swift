import Glibc
import Manifests
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Dispatching

/// Servers and what stands before them, when they do not do what they should.
@Suite struct TemporalFaultTests {
  private let fixture = TemporalFixture()

  private func error(_ answer: ScriptedServer.Answer) -> QueueError? {
    do {
      _ = try fixture.open(ScriptedServer(isTemporal: false) { _ in answer })
      return nil
    } catch { return error }
  }

  // MARK: What an answer means

  @Test func aServerWithTooMuchToDoIsAskedAgain() {
    let answer = ScriptedServer.Answer.json(
      ["code": 8, "message": "namespace rate limit exceeded"], status: 429)
    #expect(
      error(answer)
        == QueueError(
          .unreachable,
          "Temporal at 127.0.0.1:7233 has too much to do: namespace rate limit exceeded",
          hint: "try again; a limit of the server or the namespace may be too low"))
  }

  @Test(arguments: [408, 429, 500, 502, 503, 504])
  func aProxyWhoseServerIsAwayIsAskedAgain(status: Int) {
    #expect(error(.init(status: status, body: Array("<html>".utf8)))?.kind == .unreachable)
    // Some write the status where Temporal writes a code of gRPC.
    let page: JSON = ["code": .integer(status), "message": "upstream"]
    #expect(error(.json(page, status: status))?.kind == .unreachable)
  }

  @Test(arguments: ["{}", "", "[]", "null", "<html>", "{\"namespaceInfo\": 1}", "{\"namespaceIn"])
  func anotherPageIsNoTemporal(body: String) {
    let message = error(.init(status: 200, body: Array(body.utf8)))?.message
    #expect(
      message?.hasPrefix("what answers at 127.0.0.1:7233 is no Temporal: it answers with ") == true)
  }

  @Test func aKeyIsAskedForWhereNothingIsSaid() {
    #expect(
      error(.init(status: 403))
        == QueueError(
          .other, "Temporal at 127.0.0.1:7233: it answers with the status 403",
          hint: "set 'api_key_env' of 'queue.temporal', or the certificate of 'tls'"))
  }

  @Test func whoDoesNotListenIsNamedByItsOwnPort() {
    #expect(
      error(.init(end: .noConnection, status: 0))?.message
        == "Temporal at 127.0.0.1:7233 cannot be reached: nobody listens at 127.0.0.1:7243")
  }

  @Test func aKeyThatAServerSaysIsNotSaidAgain() throws {
    // HOME is set wherever tests run, and is no secret.
    let key = try #require(getenv("HOME").map { String(cString: $0) })
    let client = TemporalClient(
      server: try TemporalServer(
        TemporalConfiguration(address: "127.0.0.1:7233", keyVariable: "HOME")),
      carrier: ScriptedServer { _ in
        .json(["code": 16, "message": .string("no such key: Bearer \(key)")], status: 401)
      })
    #expect {
      _ = try TemporalQueue(client, heartbeat: 30, folder: "/nowhere", patience: 1000)
    } throws: { error in
      (error as? QueueError)?.message == "Temporal at 127.0.0.1:7233: no such key: Bearer [key]"
    }
  }

  // MARK: Lists

  private func listed(_ answer: JSON) throws -> [TaskStatus] {
    try fixture.open(ScriptedServer { _ in .json(answer) }).tasks(batch: nil)
  }

  @Test(arguments: [[:], ["executions": []], ["executions": .null]] as [JSON])
  func anEmptyListHasNoTask(answer: JSON) throws {
    #expect(try listed(answer).isEmpty)
  }

  @Test(arguments: [["executions": "many"], ["executions": ["a": 1]]] as [JSON])
  func whatIsNoListIsNotTakenForAnEmptyOne(answer: JSON) {
    #expect {
      _ = try listed(answer)
    } throws: { error in
      (error as? QueueError)?.message
        == "what answers at 127.0.0.1:7233 is no Temporal: it answers with something else than a "
        + "list of activities"
    }
  }

  @Test func aListWithoutAnEndIsNotTakenForWhole() {
    #expect {
      _ = try listed(["executions": [], "nextPageToken": "again"])
    } throws: { error in
      (error as? QueueError)?.message.hasSuffix("it answers with a list that has no end") == true
    }
  }

  // MARK: The poll

  private func poll(_ answer: ScriptedServer.Answer) throws -> Taking {
    try fixture.open(ScriptedServer { call in call.path == "poll" ? answer : .json([:]) })
      .take(fixture.wish())
  }

  @Test(arguments: [
    ("8", "rate%20limit: 100%25", "has too much to do: rate limit: 100%", true),
    ("14", "", "cannot be reached: it answers with gRPC's status 14", true),
    ("16", "Unauthorized %E2%80%94 no", "127.0.0.1:7233: Unauthorized — no", false),
    ("7", "%zz%4", "127.0.0.1:7233: %zz%4", false),
    ("12", "unknown service", "127.0.0.1:7233: unknown service", false),
  ])
  func aTrailerTellsWhy(status: String, text: String, told: String, isPassing: Bool) throws {
    #expect {
      _ = try poll(.init(headers: ["grpc-status": status, "grpc-message": text]))
    } throws: { error in
      let error = error as? QueueError
      return error?.message.hasSuffix(told) == true && error?.isPassing == isPassing
    }
  }

  @Test(arguments: ["0", "4"])
  func anIdlePollIsNoTask(status: String) throws {
    let taking = try poll(.init(headers: ["grpc-status": status]))
    #expect(taking.lease == nil && taking.notes.isEmpty)
  }

  @Test func anAnswerCutShortIsNoTask() throws {
    let whole = ProtobufTests.frame(
      TemporalFixture.message(try TemporalFixture.order(), attempt: 1))
    for length in 1..<whole.count {
      #expect(throws: QueueError.self, "\(length) bytes of \(whole.count)") {
        try poll(.init(body: Array(whole.prefix(length)), headers: ["grpc-status": "0"]))
      }
    }
  }

  // MARK: Held attempts

  private func held(
    _ answer: @escaping @Sendable (ScriptedServer.Call) -> ScriptedServer.Answer?
  ) throws -> (server: ScriptedServer, queue: TemporalQueue, lease: Lease) {
    let message = TemporalFixture.message(try TemporalFixture.order(), attempt: 1)
    let server = ScriptedServer { call in
      call.path == "poll" ? .task(message) : answer(call) ?? .json([:])
    }
    let queue = try fixture.open(server)
    return (server, queue, try #require(try queue.take(fixture.wish()).lease))
  }

  @Test func anAnswerThatDescribesNoTaskLosesNone() throws {
    let (_, queue, lease) = try held { _ in nil }
    #expect {
      _ = try queue.look(lease)
    } throws: { error in (error as? QueueError)?.kind == .unreachable }
  }

  @Test func anEndWhoseAnswerWasLostIsToldOnce() throws {
    let order = try TemporalFixture.order()
    let isAway = Mutex(true)
    let (_, queue, lease) = try held { call in
      switch call.path {
      case "/activity-complete":
        isAway.withLock { $0 } ? .init(end: .broken, status: 0) : .absent
      case let path where path.hasPrefix("/activities/b.one?"):
        .json(
          TemporalFixture.description(
            order, status: "COMPLETED",
            more: [.init("outcome", ["result": [["state": "passed"]]])]))
      default: nil
      }
    }
    let end = AttemptEnd(.ended(.passed))
    #expect(throws: QueueError.self) { try queue.finish(lease, end) }
    isAway.withLock { $0 = false }
    #expect(try queue.finish(lease, end))
    #expect(try !queue.finish(lease, end), "and then it is over")
  }

  @Test func anEndOfSomebodyElseIsNotOnesOwn() throws {
    let order = try TemporalFixture.order()
    let tries = Tally()
    let (_, queue, lease) = try held { call in
      switch call.path {
      case "/activity-complete":
        tries.next() == 1 ? .init(end: .broken, status: 0) : .absent
      case let path where path.hasPrefix("/activities/b.one?"):
        .json(TemporalFixture.description(order, status: "TERMINATED"))
      default: nil
      }
    }
    #expect(try !queue.finish(lease, AttemptEnd(.ended(.passed))))
  }

  @Test func anEndIsToldWithoutAReportThatIsRefused() throws {
    let (server, queue, lease) = try held { call in
      guard call.path == "/activity-complete" else { return nil }
      let result = call.body["result"]?.array?.first
      return result?["report"]?.isNull == true
        ? .json([:]) : .json(["code": 3, "message": "too large"], status: 400)
    }
    var end = AttemptEnd(.ended(.passed))
    end.report = ["run": "r1"]
    end.commit = "c"
    #expect(try queue.finish(lease, end))
    let told = server.calls("/activity-complete").last?.body["result"]?.array?.first
    #expect(told?["commit"]?.string == "c")
    #expect(
      told?["reason"]?.string
        == "its report was refused: Temporal at 127.0.0.1:7233: too large")
  }

  @Test func signsOfLifeGoOutBesideWorkThatTakesLong() throws {
    let (server, queue, lease) = try held { _ in nil }
    let pulse = Pulse(queue, lease, owesFirst: true)
    let before = server.calls("/activity-heartbeat").count
    let isSeen = pulse.during(pulse.look) {
      // Bounded: without signs of life this would be for ever.
      for _ in 0..<3000 where server.calls("/activity-heartbeat").count == before {
        Glibc.poll(nil, 0, 10)
      }
      return server.calls("/activity-heartbeat").count > before
    }
    #expect(isSeen && pulse.state == .beating)
  }

  @Test(arguments: [0.5, 3, 30, 86_400])
  func aRunWithoutSignsOfLifeIsGoneBeforeItsLeaseIs(timeout: Double) throws {
    let lease = Lease(
      token: "", order: try TemporalFixture.order().order, generation: 1, attempt: 1,
      timeout: timeout, predecessor: nil, tree: nil, grant: nil, foundations: [])
    #expect(Pulse.patience > 1.0 / 3, "a sign of life is due, and may be missed")
    #expect(
      timeout * Pulse.patience + Pulse.callLimit(lease) + Pulse.interval(lease)
        + Pulse.grace(lease) < timeout)
  }

  // MARK: Lists

  @Test func aListOfManyPagesIsReadWhole() throws {
    let orders = try (0..<25).map { try TemporalFixture.order("t\($0)") }
    let server = ScriptedServer { call in
      if call.path.isEmpty { return .json([:]) }
      if call.path.hasPrefix("/activities?") {
        // What names a page is any bytes in base64.
        let page = (0..<3).first { call.path.contains("nextPageToken=%2B\($0)%2F%3D%3D") } ?? 0
        let part = orders[(page * 10)..<min(25, page * 10 + 10)]
        return .json([
          "executions": .array(part.map { ["activityId": .string($0.order.id.text)] }),
          "nextPageToken": .string(page < 2 ? "+\(page + 1)/==" : ""),
        ])
      }
      let order = orders.first { call.path.hasPrefix("/activities/\($0.order.id.text)?") }
      return order.map { .json(TemporalFixture.description($0, status: "COMPLETED")) } ?? .absent
    }
    #expect(try fixture.open(server).tasks(batch: "b").count == 25)
  }

  @Test func aBudgetIsFoundBehindABatchOfALongerName() throws {
    var other = try TemporalFixture.order("c.one")
    other.order.id = try TaskId(batch: "b.c", task: "one")
    let known = [other, try TemporalFixture.order("two", share: Allowance(tokens: 5))]
    let server = ScriptedServer { call in
      if call.path.isEmpty { return .json([:]) }
      if call.path.hasPrefix("/activities?") {
        return .json([
          "executions": .array(known.map { ["activityId": .string($0.order.id.text)] })
        ])
      }
      let order = known.first { call.path.hasPrefix("/activities/\($0.order.id.text)?") }
      return order.map { .json(TemporalFixture.description($0, status: "RUNNING")) } ?? .absent
    }
    let order = try TemporalFixture.order("three").order
    #expect {
      _ = try fixture.open(server).dispatch(order)
    } throws: { error in
      (error as? QueueError)?.message.hasPrefix("the batch 'b' has a budget") == true
    }
  }
}
