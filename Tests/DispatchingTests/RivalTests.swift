import Platform
import Synchronization
import Testing

@testable import Dispatching

/// A thousand tasks and four workers of two slots on one file.
@Suite struct RivalTests {
  private let fixture = QueueFixture()

  @Test func aThousandTasksEndOnceEach() throws {
    let queue = try fixture.open()
    for number in 0..<1000 {
      _ = try queue.dispatch(fixture.order("t\(number)", repository: "/r\(number % 50)"))
    }
    let ended = Mutex<[String: Int]>([:])
    let faults = Mutex<[String]>([])
    let path = fixture.path
    Parallel.forEach(below: 8, jobs: 8) { worker in
      do {
        let queue = try SQLiteQueue(path: path, patience: 60_000)
        var round = 0
        while true {
          round += 1
          // Every eleventh attempt is one of a worker that is gone: its lease has run out.
          let isLost = (round + worker) % 11 == 0
          let wish = LeaseWish(
            worker: "w\(worker)", queue: "default", timeout: isLost ? -1 : 3600,
            allowance: Allowance())
          guard let lease = try queue.take(wish).lease else {
            let counts = try queue.counts(queue: "default")
            if counts.states[.queued] ?? 0 == 0 && counts.states[.running] ?? 0 == 0 { break }
            continue
          }
          if isLost && lease.attempt < 4 { continue }
          if try queue.finish(lease, AttemptEnd(.ended(.passed))) {
            ended.withLock { $0[lease.order.id.text, default: 0] += 1 }
          }
        }
      } catch {
        faults.withLock { $0.append("\(error)") }
      }
      return true
    }
    #expect(faults.withLock { $0 } == [])
    #expect(ended.withLock { $0.count } == 1000)
    #expect(ended.withLock { $0.values.allSatisfy { $0 == 1 } })
    #expect(try queue.tasks(batch: nil).allSatisfy { $0.state == .passed })
  }
}
