public import Platform
import Synchronization

/// What repair must not forget: requests that are paid for, budgets, endpoints, repairs that
/// worked. Shared by all processes of the machine, and by the threads of this one.
///
/// Every call is a transaction of its own, on disk when it returns. A caller that cannot reserve
/// must not send.
public final class RepairRecords: Sendable {
  private let path: String
  private let connection: Mutex<Connection>

  /// A connection that goes from thread to thread with the lock.
  private struct Connection: ~Copyable {
    nonisolated(unsafe) let database: Database
  }

  /// Opens the ledger's file, made where there is none.
  public init(path: String) throws(LedgerError) {
    self.path = path
    let database = try LedgerFile.create(at: path)
    do {
      // A reservation must outlive a power cut, unlike a run's rows.
      try database.execute("PRAGMA synchronous = FULL")
    } catch {
      throw LedgerError(error, path: path)
    }
    connection = Mutex(Connection(database: database))
  }

  /// Runs statements with the write lock held from the start, all or nothing.
  func writing<Value: Sendable>(
    _ body: (Database) throws(DatabaseError) -> Value
  ) throws(LedgerError) -> Value {
    do {
      return try connection.withLock { connection throws(DatabaseError) in
        let database = connection.database
        return try database.transaction { () throws(DatabaseError) in try body(database) }
      }
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  /// Runs statements that only look.
  func reading<Value: Sendable>(
    _ body: (Database) throws(DatabaseError) -> Value
  ) throws(LedgerError) -> Value {
    do {
      return try connection.withLock { connection throws(DatabaseError) in
        try body(connection.database)
      }
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  // MARK: Endpoints

  /// What is known of an endpoint: its circuit, its dialect; nil where nothing is, or where what
  /// stands there cannot be read.
  public func state(ofEndpoint name: String) throws(LedgerError) -> JSON? {
    try reading { database throws(DatabaseError) in try Self.state(name, database) }
  }

  /// What is known of every endpoint, by its name: its address, a space, and the model.
  public func endpoints() throws(LedgerError) -> [(name: String, state: JSON)] {
    try reading { database throws(DatabaseError) in
      let names = try database.rows("SELECT endpoint FROM endpoints ORDER BY endpoint") {
        $0.text(0)
      }
      var states: [(name: String, state: JSON)] = []
      for name in names {
        if let state = try Self.state(name, database) { states.append((name, state)) }
      }
      return states
    }
  }

  /// Changes what is known of an endpoint as one step that no other process interrupts.
  public func updateEndpoint(
    _ name: String, _ change: (JSON?) -> JSON
  ) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      let new = change(try Self.state(name, database)).text()
      try database.run(
        """
        INSERT INTO endpoints VALUES (?1, ?2)
        ON CONFLICT (endpoint) DO UPDATE SET state = ?2
        """, [.text(name), .text(new)])
    }
  }

  private static func state(_ name: String, _ database: Database) throws(DatabaseError) -> JSON? {
    let texts = try database.rows(
      "SELECT state FROM endpoints WHERE endpoint = ?", [.text(name)]
    ) { $0.text(0) }
    guard let text = texts.first else { return nil }
    do {
      return try JSON(parsing: text)
    } catch {
      // Written by something else than this program: as good as unknown.
      return nil
    }
  }
}
