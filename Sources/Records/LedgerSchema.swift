/// The tables of the ledger, as the migrations that made them.
///
/// `user_version` counts the migrations that a file has had. One that has shipped is never
/// edited: a change is a new one at the end.
enum LedgerSchema {
  static let migrations = [runs, repairing, handingBack, coaching, placing, telling, undoing]

  /// SQLite's `application_id`, "mtor": no other program's file is ever changed.
  static let identity: Int64 = 0x6D74_6F72

  /// What runs did. Children are keyed by their run's row and their place in the report, so a run
  /// lies together on disk and needs no further index. Step -1 is `setup` and `verify`.
  private static let runs = """
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, root TEXT NOT NULL,
      manifest TEXT NOT NULL, manifest_sha256 TEXT NOT NULL, manifest_file TEXT NOT NULL,
      started INTEGER NOT NULL, ended INTEGER, outcome TEXT, exit INTEGER, reason TEXT,
      can_undo INTEGER, repair_estimate INTEGER,
      author TEXT, author_model TEXT, author_tokens INTEGER, author_usd REAL, author_created TEXT,
      commit_id TEXT, commit_message TEXT);
    CREATE INDEX runs_by_start ON runs (started);
    CREATE TABLE steps (
      run INTEGER NOT NULL, position INTEGER NOT NULL, step TEXT NOT NULL,
      started INTEGER NOT NULL, ended INTEGER, outcome TEXT, reason TEXT,
      needed_llm INTEGER NOT NULL,
      PRIMARY KEY (run, position)) WITHOUT ROWID;
    CREATE TABLE files (
      run INTEGER NOT NULL, step INTEGER NOT NULL, position INTEGER NOT NULL,
      path TEXT NOT NULL, action TEXT NOT NULL, sha256 TEXT, repaired_in TEXT,
      PRIMARY KEY (run, step, position)) WITHOUT ROWID;
    CREATE TABLE commands (
      run INTEGER NOT NULL, step INTEGER NOT NULL, position INTEGER NOT NULL,
      kind TEXT NOT NULL, name TEXT NOT NULL, command TEXT NOT NULL, outcome TEXT NOT NULL,
      exit INTEGER, signal INTEGER, seconds REAL NOT NULL, user_seconds REAL NOT NULL,
      system_seconds REAL NOT NULL, peak_memory INTEGER NOT NULL, sandbox TEXT NOT NULL,
      output TEXT NOT NULL, omitted INTEGER NOT NULL, reason TEXT, line INTEGER NOT NULL,
      PRIMARY KEY (run, step, position)) WITHOUT ROWID;
    CREATE TABLE attempts (
      run INTEGER NOT NULL, step INTEGER NOT NULL, position INTEGER NOT NULL,
      number INTEGER NOT NULL, proposer TEXT NOT NULL, model TEXT, outcome TEXT NOT NULL,
      signal TEXT, reason TEXT, files TEXT NOT NULL, seconds REAL NOT NULL, notes TEXT NOT NULL,
      answered_as TEXT, surprise TEXT, requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
      cached_input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, usd REAL NOT NULL,
      unmetered INTEGER NOT NULL, unpriced INTEGER NOT NULL,
      PRIMARY KEY (run, step, position)) WITHOUT ROWID;
    CREATE TABLE notices (
      run INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
      rule TEXT, hint TEXT, step TEXT, path TEXT, file TEXT, line INTEGER, place INTEGER,
      PRIMARY KEY (run, position)) WITHOUT ROWID;
    """

  /// Which of several manifests a command stands in.
  private static let placing = """
    ALTER TABLE commands ADD COLUMN file TEXT;
    """

  /// Which requests some run's report has: what was paid once is in the sums once, whoever uses the
  /// reply. What ran before this was known is told by how its attempts look.
  private static let telling = """
    ALTER TABLE requests ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
    UPDATE requests SET told = 1 WHERE run IN (SELECT run FROM runs WHERE ended IS NOT NULL)
      OR EXISTS (
        SELECT 1 FROM runs r JOIN attempts a ON a.run = r.id
          LEFT JOIN steps s ON s.run = a.run AND s.position = a.step
        WHERE r.run = requests.run AND a.model = requests.model AND a.requests > 0
          AND s.step IS requests.step AND a.input_tokens = coalesce(requests.input_tokens, 0)
          AND a.output_tokens = coalesce(requests.output_tokens, 0));
    """

  /// Whether the run put back what it had landed.
  private static let undoing = """
    ALTER TABLE runs ADD COLUMN undone INTEGER;
    """

  /// What was handed back where no repair helped, as Markdown.
  private static let handingBack = """
    CREATE TABLE handbacks (
      run TEXT NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY (run, step)) WITHOUT ROWID;
    """

  /// What models said that may become coaching notes, and the commands of notes that a person lets
  /// run here.
  private static let coaching = """
    CREATE TABLE reflections (
      root TEXT NOT NULL, note TEXT NOT NULL, text TEXT NOT NULL, run TEXT NOT NULL, step TEXT,
      model TEXT, language TEXT, created INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 1,
      state TEXT NOT NULL DEFAULT 'proposed',
      PRIMARY KEY (root, note)) WITHOUT ROWID;
    CREATE TABLE note_checks (
      root TEXT NOT NULL, note TEXT NOT NULL, command_sha256 TEXT NOT NULL,
      approved INTEGER NOT NULL, fired INTEGER NOT NULL DEFAULT 0,
      held INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (root, note, command_sha256)) WITHOUT ROWID;
    """

  /// What repair must not forget: requests that are paid for, budgets, endpoints that are down,
  /// and the repairs that worked.
  private static let repairing = """
    CREATE TABLE requests (
      id INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT, model TEXT NOT NULL,
      prompt_key TEXT NOT NULL, state TEXT NOT NULL, reserved INTEGER NOT NULL,
      settled INTEGER, reserved_tokens INTEGER NOT NULL, reserved_usd REAL NOT NULL,
      input_tokens INTEGER, cached_input_tokens INTEGER, output_tokens INTEGER, usd REAL,
      status TEXT, reply BLOB, is_open INTEGER NOT NULL DEFAULT 1);
    CREATE INDEX requests_by_prompt ON requests (prompt_key, model);
    CREATE INDEX requests_by_run ON requests (run);
    CREATE TABLE request_scopes (
      scope TEXT NOT NULL, request INTEGER NOT NULL,
      PRIMARY KEY (scope, request)) WITHOUT ROWID;
    CREATE TABLE endpoints (endpoint TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE repairs (
      id INTEGER PRIMARY KEY, declared TEXT NOT NULL, fingerprint TEXT NOT NULL,
      root TEXT NOT NULL, run TEXT NOT NULL, step TEXT, model TEXT, created INTEGER NOT NULL,
      replayed INTEGER NOT NULL DEFAULT 0, is_active INTEGER NOT NULL DEFAULT 1);
    CREATE INDEX repairs_by_failure ON repairs (declared, fingerprint);
    CREATE INDEX repairs_by_run ON repairs (run);
    CREATE TABLE repair_files (
      repair INTEGER NOT NULL, path TEXT NOT NULL, declared BLOB, content BLOB, mode INTEGER,
      PRIMARY KEY (repair, path)) WITHOUT ROWID;
    """
}
