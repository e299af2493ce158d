import Platform
import Testing

@testable import Dispatching

@Suite struct DispatchTests {
  private let fixture = QueueFixture()

  @Test func theSameTaskTwiceIsOne() throws {
    let queue = try fixture.open()
    let order = try fixture.order("a")
    #expect(try queue.dispatch(order) == .added)
    #expect(try queue.dispatch(order) == .isThere(.queued))
    let lease = try #require(try queue.lease(fixture.wish()))
    #expect(try queue.dispatch(order) == .isThere(.running))
    #expect(try queue.finish(lease, AttemptEnd(.ended(.passed))))
    #expect(try queue.tasks(batch: nil).count == 1)
  }

  @Test func anotherManifestUnderTheSameNameIsRefusedWhileTheFirstWaits() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    #expect(
      try queue.dispatch(fixture.order("a", text: "two"))
        == .refused(
          "'night.a' is queued with another manifest",
          hint: "mtor queue cancel night.a, or choose another --task"))
  }

  @Test(arguments: [TaskState.failed, .stalled, .cancelled])
  func whatEndedBadlyBeginsAgain(_ state: TaskState) throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    let lease = try #require(try queue.lease(fixture.wish()))
    _ = try queue.finish(lease, AttemptEnd(.ended(state), reason: "so"))
    #expect(try queue.dispatch(fixture.order("a", text: "two")) == .beginsAgain(after: state))
    let task = try #require(try queue.task("a"))
    #expect(task.state == .queued && task.attempt == 0 && task.reason == nil)
    let second = try #require(try queue.lease(fixture.wish()))
    #expect(second.generation == 2 && second.attempt == 1)
    #expect(second.order.work.manifestBytes == Array("two".utf8))
  }

  @Test func whatHasPassedIsRefusedUnlessAskedForAgain() throws {
    let queue = try fixture.open()
    var order = try fixture.order("a")
    _ = try queue.dispatch(order)
    let lease = try #require(try queue.lease(fixture.wish()))
    _ = try queue.finish(lease, AttemptEnd(.ended(.passed)))
    #expect(
      try queue.dispatch(order)
        == .refused("'night.a' has passed already", hint: "--again begins it anew"))
    order.isAgain = true
    #expect(try queue.dispatch(order) == .beginsAgain(after: .passed))
  }

  @Test func aTaskMayNotWaitForItselfOrForNothing() throws {
    let queue = try fixture.open()
    var second = try fixture.order("b")
    second.after = ["a"]
    #expect(
      try queue.dispatch(second)
        == .refused(
          "there is no task 'a' in the batch 'night'",
          hint: "dispatch it first; mtor queue list --batch night"))
    var first = try fixture.order("a")
    _ = try queue.dispatch(first)
    _ = try queue.dispatch(second)
    #expect(try queue.cancel(first.id) == .queued)
    first.after = ["b"]
    #expect(
      try queue.dispatch(first)
        == .refused(
          "'night.a' would wait for itself: 'b' waits for it", hint: "leave out --after b"))
  }

  @Test func twoSplitsOfOneNameAreNotOneTask() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("b.c", batch: "a"))
    #expect(
      try queue.dispatch(fixture.order("c", batch: "a.b"))
        == .refused(
          "'a.b.c' is the name of a task of the batch 'a'", hint: "choose another --task"))
  }

  @Test func theWorkComesBackAsItWent() throws {
    let queue = try fixture.open()
    var order = try fixture.order("a", text: "\u{0}\u{FFFD}\r\n")
    order.priority = -3
    order.work.params = ["name": "a=b \u{1F980}", "n": ""]
    order.work.prefix = "sub/"
    order.work.branch = "main"
    order.work.signature = "s"
    order.work.tightening = "sandbox: required\n"
    order.work.lands = true
    _ = try queue.dispatch(order)
    #expect(try queue.lease(fixture.wish())?.order == order)
  }
}
