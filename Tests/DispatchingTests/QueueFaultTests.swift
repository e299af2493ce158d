import Glibc
import Platform
import Records
import TestSupport
import Testing

@testable import Dispatching

@Suite struct QueueFaultTests {
  private let fixture = QueueFixture()

  private func fault(_ body: () throws -> Void) -> QueueError? {
    do {
      try body()
      return nil
    } catch { return error as? QueueError }
  }

  @Test func aFullDiskIsSaidAndLosesNothing() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    let lease = try #require(try queue.lease(fixture.wish()))
    let pages = try #require(try queue.database.integer("PRAGMA page_count"))
    try queue.database.execute("PRAGMA max_page_count = \(pages)")
    let large = String(repeating: "x", count: 1 << 20)
    let error = fault { _ = try queue.dispatch(fixture.order("b", text: large)) }
    #expect(error?.kind == .full)
    #expect(error?.message == "the queue \(fixture.path) cannot be used: no space is left")
    #expect(error?.hint == "make room on the disk; what is queued is kept")
    var end = AttemptEnd(.ended(.passed))
    end.report = ["run": .string(large)]
    #expect(fault { _ = try queue.finish(lease, end) }?.kind == .full)
    #expect(try queue.task("a")?.state == .running)
    #expect(try queue.task("b") == nil)
    try queue.database.execute("PRAGMA max_page_count = 100000")
    #expect(try queue.finish(lease, end))
    #expect(try queue.task("a")?.state == .passed)
  }

  @Test func aFileThatIsNoQueueIsLeftAlone() throws {
    try fixture.folder.write("state/queue.sqlite", "This is a letter and no database at all, no.")
    let error = fault { _ = try fixture.open() }
    #expect(error?.kind == .damaged)
    #expect(error?.message == "the queue \(fixture.path) cannot be used: it is no queue of mtor")
    #expect(
      try fixture.folder.text("state/queue.sqlite")
        == "This is a letter and no database at all, no.")
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() throws {
    try fixture.folder.write("state/x", "")
    let other = try Database(path: fixture.path, .create)
    try other.execute("CREATE TABLE letters (id INTEGER)")
    #expect(fault { _ = try fixture.open() }?.kind == .damaged)
    #expect(try other.integer("SELECT count(*) FROM sqlite_master") == 1)
  }

  @Test func aQueueOfANewerMtorIsLeftAlone() throws {
    do {
      let queue = try fixture.open()
      try queue.database.execute("PRAGMA user_version = 99")
    }
    #expect(
      fault { _ = try fixture.open() }?.message
        == "the queue \(fixture.path) cannot be used: a newer mtor made it (schema 99, this one "
        + "knows 1)")
  }

  @Test func damageIsSaidWithWhatToDo() throws {
    do {
      let queue = try fixture.open()
      for number in 0..<200 { _ = try queue.dispatch(fixture.order("t\(number)")) }
      try queue.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }
    var bytes = try fixture.folder.bytes("state/queue.sqlite")
    for index in 4096..<bytes.count { bytes[index] = 0xA5 }
    try fixture.folder.write("state/queue.sqlite", bytes)
    let error = fault {
      let queue = try fixture.open()
      _ = try queue.tasks(batch: nil)
    }
    #expect(error?.kind == .damaged)
    #expect(error?.hint?.hasPrefix("set it aside: mv '\(fixture.path)'") == true)
  }

  @Test func aTaskThatCannotBeReadIsNotLeftOutOfTheList() throws {
    let queue = try fixture.open()
    for name in ["a", "b"] { _ = try queue.dispatch(fixture.order(name)) }
    try queue.database.run("UPDATE tasks SET state = 'odd' WHERE task = 'a'")
    #expect(fault { _ = try queue.tasks(batch: nil) }?.kind == .damaged)
    #expect(fault { _ = try queue.counts(queue: "default") }?.kind == .damaged)
    try queue.database.run("UPDATE tasks SET state = 'queued', task = '../a' WHERE task = 'a'")
    #expect(fault { _ = try queue.tasks(batch: nil) }?.kind == .damaged)
    #expect(fault { _ = try queue.take(fixture.wish()) }?.kind == .damaged)
  }

  @Test func aQueueThatAnotherHoldsIsBusyAndNotLost() throws {
    let holder = try fixture.open()
    let other = try fixture.open(patience: 20)
    _ = try holder.dispatch(fixture.order("a"))
    try holder.database.execute("BEGIN IMMEDIATE")
    #expect(fault { _ = try other.dispatch(fixture.order("b")) }?.kind == .busy)
    // Looking needs no lock.
    #expect(try other.tasks(batch: nil).count == 1)
    try holder.database.execute("ROLLBACK")
    #expect(try other.dispatch(fixture.order("b")) == .added)
  }

  @Test func theFileIsItsOwnersAlone() throws {
    _ = try fixture.open()
    #expect(fixture.folder.mode("state/queue.sqlite") == 0o600)
    #expect(fixture.folder.mode("state") == 0o700)
  }

  @Test func removingABatchLeavesTheOthers() throws {
    let queue = try fixture.open()
    _ = try queue.dispatch(fixture.order("a"))
    _ = try queue.dispatch(fixture.order("b", batch: "day"))
    let lease = try #require(try queue.lease(fixture.wish()))
    let tree = TaskTree(path: "/t", branch: "b", base: "c")
    #expect(try queue.record(tree, of: lease))
    #expect(fault { _ = try queue.remove(batch: "night") }?.kind == .cannot)
    _ = try queue.finish(lease, AttemptEnd(.ended(.passed)))
    #expect(
      try queue.remove(batch: "night") == [
        RemovedTask(id: "night.a", generations: 1, repository: "/srv/a/.git", tree: tree)
      ])
    #expect(try queue.tasks(batch: nil).map(\.id.text) == ["day.b"])
    #expect(try queue.lease(fixture.wish())?.order.id.text == "day.b")
  }
}
