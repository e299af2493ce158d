import CSQLite
import Platform

/// A value to bind.
package enum SQLValue: Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  package init(_ value: Int) { self = .integer(Int64(value)) }
  package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
  package init(_ value: Int64?) { self = value.map(SQLValue.integer) ?? .null }
  package init(_ value: Double?) { self = value.map(SQLValue.real) ?? .null }
  package init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
  package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
}

/// One connection to SQLite, used by one thread at a time.
///
/// Statements are prepared once and kept until it closes.
package final class Database {
  package enum Access { case create, readWrite, readOnly }

  private let handle: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]

  /// How long a locked database is waited for, in milliseconds.
  package static let patience: Int32 = 5000

  package init(path: String, _ access: Access, patience: Int32 = patience) throws(DatabaseError) {
    let flags =
      switch access {
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readOnly: SQLITE_OPEN_READONLY
      }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(
      path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      // A failed open leaves a handle all the same.
      sqlite3_close_v2(opened)
      throw DatabaseError(code: code, message: message)
    }
    handle = opened
    sqlite3_busy_timeout(handle, patience)
    mtor_sqlite_keep_log_on_close(handle)
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs statements that are used once and bind nothing.
  package func execute(_ sql: String) throws(DatabaseError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw fault() }
  }

  /// Runs one statement to its end and drops its rows.
  package func run(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) {
    try query(sql, values) { _ in }
  }

  /// Runs one statement and hands over each row, valid during the call only.
  package func query(
    _ sql: String, _ values: [SQLValue] = [], each: (Row) -> Void
  ) throws(DatabaseError) {
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      try bind(value, to: Int32(index + 1), of: statement)
    }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: each(Row(statement: statement))
      case SQLITE_DONE: return
      default: throw fault()
      }
    }
  }

  /// The rows of a query, each made into a value.
  package func rows<Value>(
    _ sql: String, _ values: [SQLValue] = [], _ make: (Row) -> Value
  ) throws(DatabaseError) -> [Value] {
    var result: [Value] = []
    try query(sql, values) { result.append(make($0)) }
    return result
  }

  /// The first column of the first row as an integer; nil where there is no row or it is NULL.
  package func integer(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) -> Int64? {
    try rows(sql, values) { $0.integer(0) }.first ?? nil
  }

  /// Runs the body with the write lock held from the start: all of it is kept, or nothing.
  package func transaction<Value>(
    _ body: () throws(DatabaseError) -> Value
  ) throws(DatabaseError) -> Value {
    try run("BEGIN IMMEDIATE")
    do {
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      // SQLite has rolled back by itself after some errors; the first error is the one to tell.
      if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  /// The id of the row that the last INSERT made.
  package var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// How many rows the last statement changed.
  package var changes: Int { Int(sqlite3_changes(handle)) }

  private func prepared(_ sql: String) throws(DatabaseError) -> OpaquePointer {
    if let statement = statements[sql] { return statement }
    var made: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made else { throw fault() }
    statements[sql] = made
    return made
  }

  private func bind(
    _ value: SQLValue, to slot: Int32, of statement: OpaquePointer
  ) throws(DatabaseError) {
    let code: Int32
    switch value {
    case .null: code = sqlite3_bind_null(statement, slot)
    case .integer(let number): code = sqlite3_bind_int64(statement, slot, number)
    case .real(let number): code = sqlite3_bind_double(statement, slot, number)
    case .text(var text):
      code = text.withUTF8 {
        mtor_sqlite_bind_text(statement, slot, $0.baseAddress, UInt64($0.count))
      }
    case .blob(let bytes):
      code = mtor_sqlite_bind_blob(statement, slot, bytes, UInt64(bytes.count))
    }
    guard code == SQLITE_OK else { throw fault() }
  }

  private func fault() -> DatabaseError {
    DatabaseError(
      code: sqlite3_extended_errcode(handle),
      message: Printable.escaped(String(cString: sqlite3_errmsg(handle))))
  }
}
