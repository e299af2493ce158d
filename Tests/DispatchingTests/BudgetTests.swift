import Manifests
import Platform
import Subprocess
import TestSupport
import Testing

@testable import Dispatching

@Suite struct BudgetTests {
  private let fixture = QueueFixture()

  private func queue(tasks: Int, tokens: Int?, usd: Double? = nil) throws -> SQLiteQueue {
    let queue = try fixture.open()
    for number in 0..<tasks { _ = try queue.dispatch(fixture.order("t\(number)")) }
    try queue.limit(batch: "night", to: Allowance(tokens: tokens, usd: usd))
    return queue
  }

  private func end(_ tokens: Int, usd: Double = 0, isKnown: Bool = true) -> AttemptEnd {
    var end = AttemptEnd(.ended(.passed))
    end.spent = AttemptEnd.Spent(tokens: tokens, usd: usd, isKnown: isKnown)
    return end
  }

  @Test func whatIsReservedIsNotGivenTwice() throws {
    let queue = try queue(tasks: 4, tokens: 2500)
    let first = try #require(try queue.lease(fixture.wish()))
    let second = try #require(try queue.lease(fixture.wish()))
    #expect(first.grant?.tokens == 1000 && second.grant?.tokens == 1000)
    // 500 are left, and a running task may give some back: the third waits for that.
    #expect(try queue.lease(fixture.wish()) == nil)
    _ = try queue.finish(first, end(200))
    #expect(try queue.lease(fixture.wish())?.grant?.tokens == 1000)
    _ = try queue.finish(second, end(1000))
    // 2500 - 200 - 1000 - 1000 reserved leaves 300, less than a task's share.
    #expect(try queue.lease(fixture.wish()) == nil)
  }

  @Test func theLastTaskGetsWhatIsLeft() throws {
    let queue = try queue(tasks: 2, tokens: 1200, usd: 0.5)
    let first = try #require(try queue.lease(fixture.wish()))
    #expect(first.grant == Allowance(tokens: 1000, usd: 0.5))
    _ = try queue.finish(first, end(900, usd: 0.2))
    let second = try #require(try queue.lease(fixture.wish()))
    #expect(second.grant?.tokens == 300)
    #expect(abs((second.grant?.usd ?? 0) - 0.3) < 1e-9)
  }

  @Test func aSpentBudgetLeavesFreeWorkAllowed() throws {
    let queue = try queue(tasks: 2, tokens: 100)
    _ = try queue.finish(try #require(try queue.lease(fixture.wish())), end(100))
    #expect(try queue.lease(fixture.wish())?.grant?.tokens == 0)
  }

  @Test func unknownCostsAndLostAttemptsCountInFull() throws {
    let queue = try queue(tasks: 1, tokens: 5000)
    _ = try queue.lease(fixture.wish(runsOut: true))
    let second = try #require(try queue.lease(fixture.wish()))
    #expect(try queue.task("t0")?.tokens == 1000)
    _ = try queue.finish(second, end(0, isKnown: false))
    #expect(try queue.task("t0")?.tokens == 2000)
  }

  @Test(arguments: 1...20)
  func theSumNeverPassesTheBudget(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let budget = Int.random(in: 0...6000, using: &random)
    let queue = try queue(tasks: 12, tokens: budget)
    var running: [Lease] = []
    for _ in 0..<60 {
      if Bool.random(using: &random), let lease = try queue.lease(fixture.wish()) {
        running.append(lease)
      } else if !running.isEmpty {
        let lease = running.remove(at: Int.random(in: 0..<running.count, using: &random))
        let spent = Int.random(in: 0...(lease.grant?.tokens ?? 0), using: &random)
        _ = try queue.finish(lease, end(spent))
      }
      let spent = try queue.tasks(batch: nil).reduce(0) { $0 + $1.tokens }
      let reserved = running.reduce(0) { $0 + ($1.grant?.tokens ?? 0) }
      #expect(spent + reserved <= budget, "seed \(seed)")
    }
  }

  @Test func theGrantIsAConfigurationThatTightens() throws {
    let settings = WorkerSettings(executable: "", folder: "", configuration: .init())
    let lease = Lease(
      token: "", order: try fixture.order("a"), generation: 1, attempt: 1, timeout: 30,
      predecessor: nil, tree: nil, grant: nil, foundations: [])
    let run = TaskRun(
      settings: settings, runner: .init(), lease: lease,
      tree: TaskTree(path: "", branch: "", base: ""), repair: .init(tokens: 500, usd: 0.25))
    #expect(
      run.budget(Allowance(tokens: 200, usd: 0.0000019))
        == "repair:\n  budget:\n    tokens: 200\n    usd: 0.000001\n")
    #expect(
      run.budget(Allowance(tokens: 9000))
        == "repair:\n  budget:\n    tokens: 500\n    usd: 0.250000\n")
  }
}
