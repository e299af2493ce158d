import Platform
import Subprocess
import Testing

@testable import Dispatching

@Suite struct RetryTests {
  private let fixture = QueueFixture()

  @Test func pausesAreDoubledUpToAMinute() {
    #expect((1...8).map(Retry.pause) == [1, 2, 4, 8, 16, 32, 60, 60])
  }

  private func lease(attempt: Int) throws -> Lease {
    Lease(
      token: "t", order: try fixture.order("a"), generation: 1, attempt: attempt, timeout: 30,
      predecessor: nil, tree: nil, grant: nil, foundations: [])
  }

  @Test func anEndpointsOwnPauseSetsTheNextAttempt() throws {
    let second: Int64 = 1_000_000_000
    let end = AttemptEnd(.again(.unreachable, pause: 90), reason: "429")
    let next = SQLiteQueue.next(after: end, try lease(attempt: 1), isCancelled: false, now: 0)
    #expect(next.state == .queued && next.due == 90 * second && next.reason == "429")
    let short = AttemptEnd(.again(.unreachable, pause: 1), reason: nil)
    #expect(
      SQLiteQueue.next(after: short, try lease(attempt: 4), isCancelled: false, now: 0).due
        == 8 * second)
  }

  @Test(arguments: [
    (Retry.unreachable, "no model could be reached in 5 attempts; the last: why"),
    (.storage, "the disk failed in 5 attempts; the last: why"),
    (.lost, "the worker was lost in 5 attempts; the last: why"),
    (.fetch, "its repository could not be fetched in 5 attempts; the last: why"),
  ])
  func theFifthAttemptIsTheLast(_ retry: Retry, _ reason: String) throws {
    let end = AttemptEnd(.again(retry, pause: nil), reason: "why")
    let next = SQLiteQueue.next(after: end, try lease(attempt: 5), isCancelled: false, now: 7)
    #expect(next.state == .failed && next.reason == reason)
  }

  @Test func whatWasGivenBackIsNoAttempt() throws {
    let end = AttemptEnd(.givenBack)
    let next = SQLiteQueue.next(after: end, try lease(attempt: 3), isCancelled: false, now: 7)
    #expect(next.state == .queued && next.attempt == 2 && next.due == 7)
    let cancelled = SQLiteQueue.next(after: end, try lease(attempt: 3), isCancelled: true, now: 7)
    #expect(cancelled.state == .cancelled)
  }

  @Test(arguments: [
    (Int32(0), Optional("passed"), AttemptEnd.Kind.ended(.passed)),
    (0, "repaired", .ended(.repaired)),
    (0, "untested", .ended(.passed)), (1, "failed", .ended(.failed)),
    (3, nil, .ended(.failed)), (4, "conflict", .ended(.failed)), (5, "stalled", .ended(.stalled)),
    (5, "out_of_budget", .ended(.stalled)), (6, "unreachable", .again(.unreachable, pause: nil)),
    (8, nil, .ended(.failed)), (143, "interrupted", .again(.lost, pause: nil)),
  ])
  func theExitCodeDecides(_ exit: Int32, _ outcome: String?, _ kind: AttemptEnd.Kind) {
    let result = TaskRun.Result(
      ending: .exited(exit), answer: outcome.map { ["outcome": .string($0)] }, complaint: "x")
    #expect(Verdict.of(result).end.kind == kind)
  }

  @Test(arguments: [
    ("write a: No space left on device", true), ("write a: Disk quota exceeded", true),
    ("read a: Input/output error", true), ("open a: Permission denied", false),
    ("open a: Too many open files", false), ("No space", false), ("", false),
  ])
  func aSystemErrorIsTriedAgainForTheDiskAlone(_ message: String, _ isAgain: Bool) {
    let result = TaskRun.Result(
      ending: .exited(7), answer: ["ok": false, "error": ["message": .string(message)]],
      complaint: "")
    #expect(
      Verdict.of(result).end.kind == (isAgain ? .again(.storage, pause: nil) : .ended(.failed)))
  }

  @Test func aRunThatSomebodyKilledIsTriedAgain() {
    let result = TaskRun.Result(ending: .signalled(9), answer: nil, complaint: "")
    let end = Verdict.of(result).end
    #expect(end.kind == .again(.lost, pause: nil))
    #expect(end.reason == "the run died of signal 9")
  }
}
