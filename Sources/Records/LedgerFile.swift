import CSQLite
import Glibc
package import Platform

/// Why the ledger cannot be used.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ledger's file.
  public let path: String
  /// Why, without a final stop, safe to print.
  public let reason: String
  /// What to do.
  public let hint: String?
  /// True where another process holds it and waiting did not help.
  public let isBusy: Bool

  public var description: String {
    "the ledger \(Printable.escaped(path)) cannot be used: \(reason)"
  }

  init(path: String, reason: String, hint: String? = nil, isBusy: Bool = false) {
    self.path = path
    self.reason = reason
    self.hint = hint
    self.isBusy = isBusy
  }

  init(_ error: DatabaseError, path: String) {
    let shown = Printable.escaped(path)
    self.init(
      path: path, reason: error.description,
      hint: error.isDamaged ? "set it aside: mv '\(shown)' '\(shown).damaged'" : nil,
      isBusy: error.isBusy)
  }
}

/// The ledger as a file: where it is, who may read it, and which tables it has.
public enum LedgerFile {
  /// `$XDG_STATE_HOME/mtor/ledger.sqlite`, by default below `~/.local/state`; nil where there is no
  /// home.
  public static var defaultPath: String? { StateHome.path.map { $0 + "/mtor/ledger.sqlite" } }

  /// Opens the ledger to write, made where there is none: the file 0600, new folders 0700.
  static func create(at path: String, patience: Int32 = Database.patience) throws(LedgerError)
    -> Database
  {
    do {
      try makeFolders(above: path)
      try makeFile(path)
    } catch {
      throw LedgerError(path: path, reason: error.description)
    }
    return try open(path, patience: patience)
  }

  /// Opens the ledger that is there, to write too where that is possible; nil where there is none.
  static func openExisting(at path: String) throws(LedgerError) -> Database? {
    if access(path, F_OK) != 0 {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw LedgerError(path: path, reason: SystemError("access", path).reason)
    }
    return try open(path, patience: Database.patience)
  }

  private static func open(_ path: String, patience: Int32) throws(LedgerError) -> Database {
    do {
      // Where the file may not be written SQLite opens it to read.
      let database = try Database(path: path, .readWrite, patience: patience)
      // In this order: tables that are seen imply the identity, which came with them.
      let tables = try database.integer("SELECT count(*) FROM sqlite_master") ?? 0
      let identity = try database.integer("PRAGMA application_id") ?? 0
      let version = try database.integer("PRAGMA user_version") ?? 0
      if tables != 0 && identity != LedgerSchema.identity {
        throw LedgerError(DatabaseError(code: SQLITE_NOTADB, message: ""), path: path)
      }
      if version < 0 {
        // No mtor counts downwards: bytes that were torn.
        throw LedgerError(DatabaseError(code: SQLITE_CORRUPT, message: ""), path: path)
      }
      if version > LedgerSchema.migrations.count {
        throw LedgerError(
          path: path,
          reason: "a newer mtor made it (schema \(version), this one knows "
            + "\(LedgerSchema.migrations.count))",
          hint: "use that mtor, or name another file with 'ledger:' in the configuration")
      }
      // WAL without a sync per commit: a power cut may cost the last rows, never the file.
      try database.execute("PRAGMA synchronous = NORMAL")
      if version < LedgerSchema.migrations.count { try migrate(database) }
      return database
    } catch let error as DatabaseError {
      throw LedgerError(error, path: path)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(path: path, reason: "\(error)")
    }
  }

  private static func migrate(_ database: Database) throws(DatabaseError) {
    try turnOnLog(database)
    try database.transaction { () throws(DatabaseError) in
      // Read again under the lock: another process may have been faster.
      let version = Int(try database.integer("PRAGMA user_version") ?? 0)
      guard (0..<LedgerSchema.migrations.count).contains(version) else { return }
      for migration in LedgerSchema.migrations[version...] { try database.execute(migration) }
      try database.execute("PRAGMA application_id = \(LedgerSchema.identity)")
      try database.execute("PRAGMA user_version = \(LedgerSchema.migrations.count)")
    }
  }

  /// Switches to the write-ahead log. SQLite does not wait for a lock here, so this does.
  package static func turnOnLog(_ database: Database) throws(DatabaseError) {
    let deadline = Clock.monotonic + Int64(Database.patience) * 1_000_000
    while true {
      do {
        return try database.run("PRAGMA journal_mode = WAL")
      } catch {
        guard error.isBusy, Clock.monotonic < deadline else { throw error }
        poll(nil, 0, 5)
      }
    }
  }

  package static func makeFolders(above path: String) throws(SystemError) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else {
      return
    }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw SystemError("mkdir", folder) }
    try makeFolders(above: folder)
    if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw SystemError("mkdir", folder) }
  }

  /// Makes the empty file so that nobody else may read it; one that is there is left alone:
  /// closing a descriptor on it would drop the locks that this process holds.
  package static func makeFile(_ path: String) throws(SystemError) {
    do {
      _ = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    } catch {
      if error.code != EEXIST { throw error }
    }
  }
}
