import Platform
import Testing
import Transport

@testable import Dispatching

/// What one attempt knows of those before it, and tells those after it.
@Suite struct TemporalLeaseTests {
  private let fixture = TemporalFixture()

  private func details(of call: ScriptedServer.Call) -> JSON {
    call.body["details"]?.array?.first ?? .null
  }

  private func polled(
    attempt: UInt64 = 1, details: JSON? = nil, share: Allowance? = nil,
    beat: @escaping @Sendable () -> ScriptedServer.Answer = { .json([:]) }
  ) throws -> ScriptedServer {
    let order = try TemporalFixture.order(share: share)
    let message = TemporalFixture.message(order, attempt: attempt, details: details)
    return ScriptedServer { call in
      switch call.path {
      case "poll": .task(message)
      case "/activity-heartbeat": beat()
      default: .json([:])
      }
    }
  }

  @Test func aTaskIsWhatWasDispatched() throws {
    let server = try polled()
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    #expect(lease.order == (try TemporalFixture.order()).order)
    #expect(lease.attempt == 1 && lease.generation == 1 && lease.timeout == 30)
    #expect(lease.predecessor == nil && lease.grant == nil && lease.tree == nil)
    #expect(lease.token.utf8.count == 64)
  }

  @Test func whoTakesATaskOverKnowsTheTokenOfTheAttemptBefore() throws {
    let first = try fixture.open(try polled()).take(fixture.wish()).lease
    let second = try fixture.open(try polled(attempt: 2)).take(fixture.wish()).lease
    // The first queue and its turn of the repository are gone.
    #expect(second?.predecessor == first?.token && second?.token != first?.token)
  }

  @Test func whatIsGivenBackIsNoAttempt() throws {
    let server = try polled(attempt: 2, details: ["back": 1])
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    #expect(lease.attempt == 1)
    #expect(try queue.finish(lease, AttemptEnd(.givenBack, reason: "the worker was told to end")))
    let fail = try #require(server.calls("/activity-fail").first?.body)
    #expect(fail["lastHeartbeatDetails"]?.array?.first?["back"]?.integer == 2)
    #expect(fail["failure"]?["applicationFailureInfo"]?["nextRetryDelay"]?.string == "0.050s")
    #expect(fail["failure"]?["applicationFailureInfo"]?["nonRetryable"]?.bool == false)
  }

  @Test func whatAnAttemptMayCostIsReservedBeforeItBegins() throws {
    let server = try polled(share: Allowance(tokens: 300, usd: 0.5))
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    #expect(lease.grant == Allowance(tokens: 300, usd: 0.5))
    let told = details(of: try #require(server.calls("/activity-heartbeat").first))
    #expect(told["spent"]?["tokens"]?.integer == 300 && told["spent"]?["usd"]?.double == 0.5)
    // A lost attempt may have cost all of it: nothing is left for the next.
    let next = try fixture.open(
      try polled(attempt: 2, details: told, share: Allowance(tokens: 300, usd: 0.5)))
    _ = try queue.finish(lease, AttemptEnd(.givenBack))
    #expect(try next.take(fixture.wish()).lease?.grant == Allowance(tokens: 0, usd: 0))
  }

  @Test func whatAnAttemptDidNotCostIsThereForTheNext() throws {
    let server = try polled(share: Allowance(tokens: 300))
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    var end = AttemptEnd(.again(.unreachable, pause: 7), reason: "no model")
    end.spent = AttemptEnd.Spent(tokens: 100)
    #expect(try queue.finish(lease, end))
    let fail = try #require(server.calls("/activity-fail").first?.body)
    #expect(fail["failure"]?["applicationFailureInfo"]?["nextRetryDelay"]?.string == "7.000s")
    let told = fail["lastHeartbeatDetails"]?.array?.first
    let next = try fixture.open(
      try polled(attempt: 2, details: told, share: Allowance(tokens: 300)))
    #expect(try next.take(fixture.wish()).lease?.grant == Allowance(tokens: 200, usd: nil))
  }

  @Test func afterTheLastAttemptATaskHasFailed() throws {
    let server = try polled(attempt: 6)
    let queue = try fixture.open(server)
    let taking = try queue.take(fixture.wish())
    #expect(taking.lease == nil)
    #expect(taking.notes == ["b.one  failed: the worker was lost in 5 attempts"])
    let fail = try #require(server.calls("/activity-fail").first?.body["failure"])
    #expect(fail["message"]?.string == "the worker was lost in 5 attempts")
    #expect(server.calls("/activity-heartbeat").isEmpty, "what has an end is not read any more")
    #expect(fail["applicationFailureInfo"]?["nonRetryable"]?.bool == true)
  }

  @Test func aRedTaskIsFailedWithItsReport() throws {
    let server = try polled()
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    var end = AttemptEnd(.ended(.stalled), reason: "gave up")
    end.report = ["run": "r1", "ok": false]
    #expect(try queue.finish(lease, end))
    let info = try #require(
      server.calls("/activity-fail").first?.body["failure"]?["applicationFailureInfo"])
    #expect(info["type"]?.string == "stalled" && info["nonRetryable"]?.bool == true)
    #expect(info["details"]?.array?.first?["report"] == ["run": "r1", "ok": false])
    #expect(try !queue.finish(lease, end), "an attempt ends once")
  }

  @Test func aCancellationIsHeardAndEndsTheAttempt() throws {
    let beats = Tally()
    let server = try polled {
      .json(["cancelRequested": .bool(beats.next() > 1)])
    }
    let queue = try fixture.open(server)
    let lease = try #require(try queue.take(fixture.wish()).lease)
    #expect(try queue.beat(lease, TaskProgress()) == .cancel)
    #expect(try queue.look(lease) == .cancel)
    #expect(try queue.finish(lease, AttemptEnd(.again(.lost, pause: nil))))
    #expect(server.calls("/activity-resolve-as-canceled").count == 1)
    #expect(server.calls("/activity-fail").isEmpty)
  }

  @Test func whatIsCancelledBeforeItBeginsDoesNotBegin() throws {
    let server = try polled { .json(["cancelRequested": true]) }
    let taking = try fixture.open(server).take(fixture.wish())
    #expect(taking.lease == nil && taking.notes == ["b.one  cancelled"])
    #expect(server.calls("/activity-resolve-as-canceled").count == 1)
  }

  @Test func whatSomebodyElseHasIsLostAndTheLogSaysSo() throws {
    let taking = try fixture.open(try polled { .absent }).take(fixture.wish())
    #expect(taking.lease == nil)
    #expect(taking.notes == ["b.one  was lost before it began: no sign of life came in time"])
  }

  @Test func aServerThatIsAwayForAMomentLosesNothing() throws {
    let gone = ScriptedServer.Answer.json(
      ["code": 5, "message": "Namespace default is not found."], status: 404)
    let beats = Tally()
    let server = try polled {
      switch beats.next() {
      case 1: gone
      case 2: .init(end: .noConnection, status: 0)
      default: .json([:])
      }
    }
    #expect(try fixture.open(server).take(fixture.wish()).lease != nil)
    #expect(server.calls("/activity-heartbeat").count == 3)
  }

  @Test func aTaskThatMtorDidNotDispatchIsRefusedForGood() throws {
    let message = TemporalFixture.message(
      try TemporalFixture.order(), attempt: 1, input: ["path": "/"])
    let server = ScriptedServer { call in call.path == "poll" ? .task(message) : .json([:]) }
    let queue = try fixture.open(server)
    #expect(try queue.take(fixture.wish()).lease == nil)
    let fail = try #require(server.calls("/activity-fail").first?.body["failure"])
    #expect(
      fail["message"]?.string == "not admitted: its input is not what 'mtor dispatch' writes")
    #expect(fail["applicationFailureInfo"]?["nonRetryable"]?.bool == true)
  }

  @Test func aTreeIsBelievedOnlyWhereThisMachineMadeIt() throws {
    let elsewhere: JSON = [
      "tree": ["path": "/home/ada/src", "branch": "main", "base": "aaaa"]
    ]
    let queue = try fixture.open(try polled(attempt: 2, details: elsewhere))
    #expect(try queue.take(fixture.wish()).lease?.tree == nil)
    var order = try TemporalFixture.order()
    let tree = TaskTree(path: "/t", branch: "mtor/b/one", base: "a")
    try queue.records.write(tree, of: order)
    #expect(queue.records.read(order) == tree)
    order.lineage = String(repeating: "1", count: 64)
    #expect(queue.records.read(order) == nil, "another dispatch of the same name")
  }
}
