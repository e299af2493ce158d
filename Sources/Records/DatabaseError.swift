import CSQLite

/// What SQLite said, or why the ledger may not be used.
package struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLite's extended result code.
  package let code: Int32
  /// One sentence, safe to print.
  package let message: String

  package init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  private var primary: Int32 { code & 0xFF }

  /// True where waiting may help: another process holds the lock.
  package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }

  /// True where the file is damaged or is no ledger at all.
  package var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }

  /// True where the disk, or its quota, is full.
  package var isFull: Bool { primary == SQLITE_FULL }

  /// True where the file may not be written.
  package var isReadOnly: Bool {
    [SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH].contains(primary)
  }

  /// True where the bytes are no database at all.
  package var isForeign: Bool { primary == SQLITE_NOTADB }

  /// The errors that a check of one's own has found.
  package static let foreign = DatabaseError(code: SQLITE_NOTADB, message: "")
  package static let damaged = DatabaseError(code: SQLITE_CORRUPT, message: "")

  package var description: String {
    switch primary {
    case SQLITE_BUSY, SQLITE_LOCKED: "another process holds it"
    case SQLITE_CORRUPT: "it is damaged"
    case SQLITE_NOTADB: "it is not a ledger"
    case SQLITE_FULL: "no space is left"
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: "it may not be written"
    default: message
    }
  }
}
