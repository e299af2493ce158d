import Glibc
import Platform
import Records
import Subprocess

/// The queue as a file: where it is, who may read it, and which tables it has.
public enum QueueFile {
  /// `$XDG_STATE_HOME/mtor/dispatch/queue.sqlite`; nil where there is no home.
  public static var defaultPath: String? { DispatchFolder.path.map { $0 + "/queue.sqlite" } }

  /// Opens the queue, made where there is none: the file 0600, new folders 0700.
  static func open(_ path: String, patience: Int32) throws(QueueError) -> Database {
    do throws(SystemError) {
      try LedgerFile.makeFolders(above: path)
      try LedgerFile.makeFile(path)
    } catch {
      let hint = error.code == ENOSPC ? "make room on the disk" : nil
      throw QueueError(
        error.code == ENOSPC ? .full : .other,
        "the queue \(Printable.escaped(path)) cannot be used: \(error.reason)", hint: hint)
    }
    do throws(DatabaseError) {
      let database = try Database(path: path, .readWrite, patience: patience)
      try prepare(database)
      return database
    } catch {
      throw QueueError(error, path: path)
    }
  }

  private static func prepare(_ database: Database) throws(DatabaseError) {
    // In this order: tables that are seen imply the identity, which came with them.
    let tables = try database.integer("SELECT count(*) FROM sqlite_master") ?? 0
    let identity = try database.integer("PRAGMA application_id") ?? 0
    let version = try database.integer("PRAGMA user_version") ?? 0
    if tables != 0 && identity != QueueSchema.identity { throw DatabaseError.foreign }
    if version < 0 { throw DatabaseError.damaged }
    if version > QueueSchema.migrations.count {
      throw DatabaseError(
        code: 0,
        message: "a newer mtor made it (schema \(version), this one knows "
          + "\(QueueSchema.migrations.count))")
    }
    // A task that was taken in is there after a power cut too.
    try database.execute("PRAGMA synchronous = FULL")
    if version == QueueSchema.migrations.count { return }
    try LedgerFile.turnOnLog(database)
    try database.transaction { () throws(DatabaseError) in
      // Read again under the lock: another process may have been faster.
      let version = Int(try database.integer("PRAGMA user_version") ?? 0)
      guard (0..<QueueSchema.migrations.count).contains(version) else { return }
      for migration in QueueSchema.migrations[version...] { try database.execute(migration) }
      try database.execute("PRAGMA application_id = \(QueueSchema.identity)")
      try database.execute("PRAGMA user_version = \(QueueSchema.migrations.count)")
    }
  }
}

/// The folder of everything that dispatching keeps on a machine.
public enum DispatchFolder {
  /// `$XDG_STATE_HOME/mtor/dispatch`; nil where there is no home.
  public static var path: String? {
    StateHome.path.map { $0 + "/mtor/dispatch" }
  }
}
