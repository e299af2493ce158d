import Platform
import Records
import Testing

@testable import Dispatching

@Suite struct LeaseTests {
  private let fixture = QueueFixture()

  @Test func theHighestPriorityGoesFirstThenTheOldest() throws {
    let queue = try fixture.open()
    for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5)] {
      var order = try fixture.order(name)
      order.priority = priority
      _ = try queue.dispatch(order)
    }
    let names = try (0..<4).map { _ in try queue.lease(fixture.wish())?.order.id.task }
    #expect(names == ["b", "d", "a", "c"])
    #expect(try queue.lease(fixture.wish()) == nil)
  }

  @Test func oneTaskOfARepositoryAtATime() throws {
    let queue = try fixture.open()
    for name in ["a", "b"] { _ = try queue.dispatch(fixture.order(name, repository: "/r")) }
    _ = try queue.dispatch(fixture.order("c"))
    let first = try #require(try queue.lease(fixture.wish()))
    #expect(try queue.lease(fixture.wish())?.order.id.task == "c")
    #expect(try queue.lease(fixture.wish()) == nil)
    _ = try queue.finish(first, AttemptEnd(.ended(.passed)))
    #expect(try queue.lease(fixture.wish())?.order.id.task == "b")
  }

  @Test func aTaskWaitsForWhatItIsAfterAndBeginsOnIt() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a", repository: "/r"))
    var second = try fixture.order("b", repository: "/r")
    second.after = ["a"]
    _ = try queue.dispatch(second)
    let lease = try #require(try queue.lease(fixture.wish()))
    #expect(try queue.task("b")?.reason == "waits for a")
    var end = AttemptEnd(.ended(.failed), reason: "red")
    #expect(try queue.finish(lease, end))
    #expect(try queue.lease(fixture.wish()) == nil)
    #expect(try queue.task("b")?.reason == "waits for a, which failed")
    #expect(try queue.task("b")?.isStuck == true)
    #expect(try queue.counts(queue: "default").stuck == 1)
    #expect(try queue.retry(lease.order.id) == .failed)
    let again = try #require(try queue.lease(fixture.wish()))
    end = AttemptEnd(.ended(.repaired))
    end.commit = "c0ffee"
    _ = try queue.finish(again, end)
    #expect(try queue.lease(fixture.wish())?.foundations == ["c0ffee"])
  }

  @Test func whoLostALeaseChangesNothing() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    let first = try #require(try queue.lease(fixture.wish("one", runsOut: true)))
    let taking = try queue.take(fixture.wish("two"))
    let second = try #require(taking.lease)
    #expect(taking.lost == [first.token] && second.predecessor == first.token)
    #expect(second.attempt == 2)
    #expect(try queue.beat(first, TaskProgress(step: "mine")) == .lost)
    #expect(try queue.look(first) == .lost)
    #expect(try !queue.record(TaskTree(path: "/x", branch: "x", base: "x"), of: first))
    #expect(try !queue.finish(first, AttemptEnd(.ended(.passed))))
    #expect(try queue.task("a")?.state == .running)
    #expect(try queue.task("a")?.worker == "two")
    #expect(try queue.finish(second, AttemptEnd(.ended(.passed))))
    #expect(try !queue.finish(second, AttemptEnd(.ended(.failed))))
    #expect(try queue.task("a")?.state == .passed)
  }

  @Test func aSignOfLifeKeepsALeaseThatNobodyTook() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    let lease = try #require(try queue.lease(fixture.wish(runsOut: true)))
    // Its time is over, but nobody has it: the run may go on.
    #expect(try queue.beat(lease, TaskProgress(step: "s", line: "l")) == .held)
    #expect(try queue.task("a")?.progress == TaskProgress(step: "s", line: "l"))
  }

  @Test func aWorkerThatIsAlwaysLostEndsTheTaskAfterFiveAttempts() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    for attempt in 1...5 {
      #expect(try queue.lease(fixture.wish(runsOut: true))?.attempt == attempt)
    }
    #expect(try queue.lease(fixture.wish()) == nil)
    #expect(try queue.task("a")?.state == .failed)
    #expect(try queue.task("a")?.reason == "the worker was lost in 5 attempts")
  }

  @Test func aCancelledTaskWhoseWorkerIsLostIsNotTriedAgain() throws {
    let queue = try fixture.open()
    let order = try fixture.order("a")
    _ = try queue.dispatch(order)
    let lease = try #require(try queue.lease(fixture.wish(runsOut: true)))
    #expect(try queue.cancel(order.id) == .running)
    #expect(try queue.look(lease) == .cancel)
    #expect(try queue.take(fixture.wish()).lost == [lease.token])
    #expect(try queue.task("a")?.state == .cancelled)
  }

  @Test func aPausedQueueOrBatchGivesOutNothing() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    for scope in [PauseScope.queue("default"), .batch("night")] {
      try queue.pause(scope, true)
      #expect(try queue.lease(fixture.wish()) == nil)
      #expect(try queue.pauses() == [scope])
      #expect(try queue.task("a")?.isStuck == true)
      try queue.pause(scope, false)
    }
    #expect(try queue.lease(fixture.wish()) != nil)
  }

  @Test func aQueueHasItsLimits() throws {
    let queue = try fixture.open()
    for name in ["a", "b", "c"] { _ = try queue.dispatch(fixture.order(name)) }
    var wish = fixture.wish()
    wish.running = 1
    let first = try #require(try queue.lease(wish))
    #expect(try queue.lease(wish) == nil)
    _ = try queue.finish(first, AttemptEnd(.ended(.passed)))
    wish.perMinute = 1
    #expect(try queue.lease(wish) != nil)
    wish.running = nil
    #expect(try queue.lease(wish) == nil)
    wish.perMinute = 2
    #expect(try queue.lease(wish) != nil)
  }

  @Test func aTaskIsNotBegunBeforeItsTime() throws {
    let queue = try fixture.open()
    var order = try fixture.order("a")
    order.notBefore = Clock.now + 3_600_000_000_000
    _ = try queue.dispatch(order)
    #expect(try queue.lease(fixture.wish()) == nil)
    #expect(try queue.task("a")?.reason == "not before \(Clock.timestamp(order.notBefore))")
  }

  @Test func whoFindsNothingToBeginAsksForNoLock() throws {
    let holder = try fixture.open()
    let other = try fixture.open(patience: 20)
    for name in ["a", "b"] { _ = try holder.dispatch(fixture.order(name, repository: "/r")) }
    var after = try fixture.order("c")
    after.after = ["a"]
    _ = try holder.dispatch(after)
    _ = try holder.dispatch(fixture.order("d", batch: "paused"))
    try holder.pause(.batch("paused"), true)
    _ = try #require(try holder.lease(fixture.wish()))
    try holder.database.execute("BEGIN IMMEDIATE")
    #expect(try other.lease(fixture.wish()) == nil)
    try holder.database.execute("ROLLBACK")
    try holder.pause(.batch("paused"), false)
    #expect(try other.lease(fixture.wish())?.order.id.task == "d")
  }

  @Test func aLeaseOfAnotherBootIsOver() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    let lease = try #require(try queue.lease(fixture.wish()))
    try queue.database.run("UPDATE tasks SET boot = 'before'")
    #expect(try queue.lease(fixture.wish())?.predecessor == lease.token)
  }
}
