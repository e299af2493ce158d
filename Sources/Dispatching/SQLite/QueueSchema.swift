/// The tables of the queue, as the migrations that made them.
///
/// `user_version` counts the migrations that a file has had. One that has shipped is never
/// edited: a change is a new one at the end.
enum QueueSchema {
  static let migrations = [tasks]

  /// SQLite's `application_id`, "mtoq": no other program's file is ever changed.
  static let identity: Int64 = 0x6D74_6F71

  /// A task is one row; what is large lies beside it, so that looking through the tasks is cheap.
  ///
  /// `lease`, `boot` and `deadline` say who holds a running task and until when, on the clock of
  /// that boot of the machine. `stale` is the lease of an attempt that was lost.
  private static let tasks = """
    CREATE TABLE batches (
      name TEXT PRIMARY KEY, tokens INTEGER, usd REAL, is_paused INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE paused_queues (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE manifests (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE tasks (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, batch TEXT NOT NULL,
      task TEXT NOT NULL, generation INTEGER NOT NULL, request TEXT NOT NULL,
      queue TEXT NOT NULL, priority INTEGER NOT NULL, due INTEGER NOT NULL,
      repository TEXT NOT NULL, manifest TEXT NOT NULL, digest TEXT NOT NULL, work TEXT NOT NULL,
      state TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, reason TEXT,
      lease TEXT, boot TEXT, deadline INTEGER, stale TEXT, worker TEXT,
      cancels INTEGER NOT NULL DEFAULT 0, step TEXT, line TEXT,
      tree TEXT, branch TEXT, base TEXT, commit_id TEXT, run TEXT,
      granted_tokens INTEGER, granted_usd REAL,
      tokens INTEGER NOT NULL DEFAULT 0, usd REAL NOT NULL DEFAULT 0,
      created INTEGER NOT NULL, started INTEGER, ended INTEGER);
    CREATE INDEX tasks_by_batch ON tasks (batch);
    CREATE INDEX tasks_waiting ON tasks (queue, priority DESC, number) WHERE state = 'queued';
    CREATE INDEX tasks_running ON tasks (repository) WHERE state = 'running';
    CREATE TABLE dependencies (
      task TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (task, after)) WITHOUT ROWID;
    CREATE TABLE reports (task TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE starts (queue TEXT NOT NULL, time INTEGER NOT NULL);
    CREATE INDEX starts_by_time ON starts (queue, time);
    """
}
