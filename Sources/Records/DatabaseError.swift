import CSQLite

/// What SQLite said, or why the ledger may not be used.
struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLite's extended result code.
  let code: Int32
  /// One sentence, safe to print.
  let message: String

  init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  private var primary: Int32 { code & 0xFF }

  /// True where waiting may help: another process holds the lock.
  var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }

  /// True where the file is damaged or is no ledger at all.
  var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }

  var description: String {
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
