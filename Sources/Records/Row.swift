import CSQLite

/// The present row of a query, valid until the next one.
package struct Row {
  let statement: OpaquePointer

  private func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(statement, column) == SQLITE_NULL
  }

  package func integer(_ column: Int32) -> Int64? {
    isNull(column) ? nil : sqlite3_column_int64(statement, column)
  }

  /// 0 for NULL.
  package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

  package func optionalInt(_ column: Int32) -> Int? { integer(column).map(Int.init) }

  package func bool(_ column: Int32) -> Bool { int(column) != 0 }

  /// 0 for NULL.
  package func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

  package func optionalReal(_ column: Int32) -> Double? { isNull(column) ? nil : real(column) }

  /// By its length: a text may hold NUL.
  package func optionalText(_ column: Int32) -> String? {
    guard let bytes = sqlite3_column_text(statement, column) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// Empty for NULL.
  package func text(_ column: Int32) -> String { optionalText(column) ?? "" }

  package func blob(_ column: Int32) -> [UInt8]? {
    if isNull(column) { return nil }
    let count = Int(sqlite3_column_bytes(statement, column))
    guard count > 0, let bytes = sqlite3_column_blob(statement, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}
