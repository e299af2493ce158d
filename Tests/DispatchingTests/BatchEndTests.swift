import Platform
import Testing

@testable import Dispatching

/// A batch that somebody ends before its time.
@Suite struct BatchEnds {
  private let fixture = QueueFixture()

  @Test func whatWaitsAndWhatWasLostEndsAndNothingElse() throws {
    let queue = try fixture.open()
    for name in ["lost", "waits"] { _ = try queue.dispatch(fixture.order(name)) }
    _ = try queue.dispatch(fixture.order("other", batch: "day"))
    let lease = try #require(try queue.lease(fixture.wish(runsOut: true)))
    #expect(lease.order.id.task == "lost")
    #expect(try BatchEnd.cancel("night", [], of: queue, seconds: 60) { true } == [])
    #expect(try queue.tasks(batch: "night").map(\.state) == [.cancelled, .cancelled])
    #expect(try queue.task("other")?.state == .queued)
  }

  /// Its worker hears of it by its next sign of life, and tells the end.
  @Test func whatRunsIsWaitedFor() throws {
    let queue = try fixture.open()
    let worker = try fixture.open()
    _ = try queue.dispatch(fixture.order("runs"))
    let lease = try #require(try worker.lease(fixture.wish()))
    var answers: [LeaseAnswer] = []
    let left = try BatchEnd.cancel("night", [], of: queue, seconds: 60) {
      do {
        answers.append(try worker.look(lease))
        _ = try worker.finish(lease, AttemptEnd(.ended(.cancelled)))
      } catch { Issue.record(error) }
      return true
    }
    #expect(left == [] && answers == [.cancel])
    #expect(try queue.task("runs")?.state == .cancelled)
  }

  @Test func whatDoesNotEndIsTold() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("runs"))
    _ = try queue.lease(fixture.wish())
    let id = try fixture.order("runs").id
    #expect(try BatchEnd.cancel("night", [id], of: queue, seconds: 60) { false } == [id])
    #expect(try queue.task("runs")?.state == .running)
  }

  /// A list of a server that lags behind does not have it yet.
  @Test func whatIsNamedIsAskedForByItsName() throws {
    let states = Tally()
    let order = try TemporalFixture.order()
    let server = ScriptedServer { call in
      if call.path.isEmpty || call.path.hasPrefix("/activities?") { return .json([:]) }
      if call.path.hasSuffix("/cancel") { return .json([:]) }
      guard call.path.hasPrefix("/activities/b.one?") else { return .absent }
      let state = states.next() < 2 ? "RUNNING" : "CANCELED"
      return .json(TemporalFixture.description(order, status: state))
    }
    let queue = try TemporalFixture().open(server)
    let ids = [try TaskId(batch: "b", task: "one"), try TaskId(batch: "b", task: "gone")]
    #expect(try BatchEnd.cancel("b", ids, of: queue, seconds: 60) { true } == [])
    #expect(server.calls("/cancel").map(\.path) == ["/activities/b.one/cancel"])
  }
}
