import Glibc
import Platform
import Records

/// The queue of one machine: a SQLite file that several worker processes share.
///
/// Every change is one transaction that holds the write lock from its start, so a kill between
/// any two instructions leaves a task before the change or after it. Who ends an attempt shows
/// the token of its lease; after somebody else has taken the task that token changes nothing.
public final class SQLiteQueue: Queue {
  let path: String
  let database: Database
  let clock = BootClock()

  /// Opens the queue, made where there is none; `patience` is how long a lock is waited for, in
  /// milliseconds.
  public init(path: String, patience: Int = 10_000) throws(QueueError) {
    self.path = path
    database = try QueueFile.open(path, patience: Int32(clamping: patience))
  }

  func reading<Value>(
    _ body: () throws(DatabaseError) -> Value
  ) throws(QueueError) -> Value {
    do { return try body() } catch { throw QueueError(error, path: path) }
  }

  /// One change, whole or not at all. What a power cut may take back (who holds a lease, what it
  /// does at the moment) is not waited for.
  func writing<Value>(
    isDurable: Bool = true, _ body: () throws(DatabaseError) -> Value
  ) throws(QueueError) -> Value {
    do throws(DatabaseError) {
      if !isDurable { try database.execute("PRAGMA synchronous = NORMAL") }
      defer {
        // Cannot fail outside a transaction; if it did, the next change would be as safe as this.
        if !isDurable { restoreDurability() }
      }
      return try database.transaction(body)
    } catch {
      throw QueueError(error, path: path)
    }
  }

  private func restoreDurability() {
    do { try database.execute("PRAGMA synchronous = FULL") } catch { return }
  }

  /// True where the file is whole: what `mtor doctor` asks.
  public func check() throws(QueueError) {
    let answer = try reading { () throws(DatabaseError) in
      try database.rows("PRAGMA quick_check(1)") { $0.text(0) }
    }
    if answer != ["ok"] { throw QueueError(DatabaseError.damaged, path: path) }
  }
}
