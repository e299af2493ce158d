public import Events
import Manifests
import Planning
import Platform

/// Reads the ledger: which runs there were, and what happened in one.
public final class LedgerReader {
  let database: Database
  let path: String

  /// Opens the ledger; nil where there is none yet, which is no fault.
  public static func open(at path: String) throws(LedgerError) -> LedgerReader? {
    guard let database = try LedgerFile.openExisting(at: path) else { return nil }
    return LedgerReader(database, path: path)
  }

  init(_ database: Database, path: String) {
    self.database = database
    self.path = path
  }

  /// Reads every page; throws where one is damaged.
  public func check() throws(LedgerError) {
    let answer = try reading { () throws(DatabaseError) in
      try database.rows("PRAGMA quick_check(1)") { $0.text(0) }
    }
    if answer != ["ok"] { throw LedgerError(DatabaseError.damaged, path: path) }
  }

  /// Runs a read, with the ledger's name on what goes wrong.
  func reading<Value>(
    _ body: () throws(DatabaseError) -> Value
  ) throws(LedgerError) -> Value {
    do {
      return try body()
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  /// The ids of the runs that a text means, newest first: `last`, an id, or the start of one.
  ///
  /// `last` means the newest run of `root`, or of all where it is nil. An id that is whole wins
  /// over those that begin with it; more than one result means that the text is ambiguous.
  public func runs(
    meant text: String, root: String? = nil, limit: Int = 10
  ) throws(LedgerError) -> [String] {
    try reading { () throws(DatabaseError) in
      if text == "last" {
        return try database.rows(
          """
          SELECT run FROM runs WHERE ?1 IS NULL OR root = ?1
          ORDER BY started DESC, id DESC LIMIT 1
          """, [SQLValue(root)]
        ) { $0.text(0) }
      }
      if text.isEmpty { return [] }
      let exact = try database.rows("SELECT run FROM runs WHERE run = ?", [.text(text)]) {
        $0.text(0)
      }
      if !exact.isEmpty { return exact }
      // By substr, not LIKE: '%' and '_' in what a person typed mean themselves.
      return try database.rows(
        """
        SELECT run FROM runs WHERE substr(run, 1, length(?1)) = ?1
        ORDER BY started DESC, id DESC LIMIT ?2
        """, [.text(text), SQLValue(limit)]
      ) { $0.text(0) }
    }
  }

  /// The report of the run with this very id; nil where there is none.
  ///
  /// Equal to the report that the run itself gave.
  public func report(of run: String) throws(LedgerError) -> RunReport? {
    try reading { () throws(DatabaseError) in
      guard let (header, row) = try header(of: run) else { return nil }
      var report = header
      report.steps = try database.rows(
        """
        SELECT step, started, ended, outcome, reason FROM steps WHERE run = ? ORDER BY position
        """, [.integer(row)]
      ) { row in
        var step = RunReport.Step(id: row.text(0), started: row.integer(1) ?? 0)
        step.ended = row.integer(2)
        step.outcome = row.optionalText(3).flatMap(StepOutcome.init)
        step.reason = row.optionalText(4)
        return step
      }
      for index in report.steps.indices {
        report.steps[index].files = try files(row, step: index)
        report.steps[index].commands = try commands(row, step: index)
        report.steps[index].attempts = try attempts(row, step: index)
      }
      report.commands = try commands(row, step: -1)
      report.attempts = try attempts(row, step: -1)
      report.notices = try notices(row)
      return report
    }
  }

  private func header(of run: String) throws(DatabaseError) -> (RunReport, Int64)? {
    try database.rows(
      """
      SELECT id, run, root, manifest, manifest_sha256, manifest_file, started, ended, outcome,
        exit, reason, can_undo, repair_estimate, author, author_model, author_tokens, author_usd,
        author_created, commit_id, commit_message, undone
      FROM runs WHERE run = ?
      """, [.text(run)]
    ) { row in
      var report = RunReport(
        RunStart(
          run: row.text(1), manifestName: row.text(3),
          manifestDigest: Digest(hex: row.text(4)) ?? Digest(of: []),
          manifestFile: row.text(5), root: row.text(2)), at: row.integer(6) ?? 0)
      report.ended = row.integer(7)
      report.end = row.optionalText(8).flatMap(RunOutcome.init).map { outcome in
        RunEnd(
          outcome: outcome, exit: Int32(clamping: row.int(9)), reason: row.optionalText(10),
          canUndo: row.bool(11), repairEstimate: row.optionalInt(12))
      }
      report.end?.isUndone = row.bool(20)
      let author = Provenance(
        author: row.optionalText(13), model: row.optionalText(14), tokens: row.optionalInt(15),
        usd: row.optionalReal(16), created: row.optionalText(17))
      report.provenance = author == Provenance() ? nil : author
      let commits = row.optionalText(18)?.split(separator: " ").map(String.init) ?? []
      report.commit = commits.first.map { id in
        RunReport.Commit(id: id, message: row.text(19), earlier: Array(commits.dropFirst()))
      }
      return (report, row.integer(0) ?? 0)
    }.first
  }

  private func files(_ row: Int64, step: Int) throws(DatabaseError) -> [FileRecord] {
    try database.rows(
      """
      SELECT path, action, sha256, repaired_in FROM files WHERE run = ? AND step = ?
      ORDER BY position
      """, [.integer(row), SQLValue(step)]
    ) { row in
      FileRecord(
        path: row.text(0), action: PlannedFile.Action(rawValue: row.text(1)) ?? .unknown,
        digest: row.optionalText(2).flatMap { Digest(hex: $0) }, repairedIn: row.optionalText(3))
    }
  }

  private func commands(_ row: Int64, step: Int) throws(DatabaseError) -> [CommandRecord] {
    try database.rows(
      """
      SELECT kind, name, command, outcome, exit, signal, seconds, user_seconds, system_seconds,
        peak_memory, sandbox, output, omitted, reason, line, file
      FROM commands WHERE run = ? AND step = ? ORDER BY position
      """, [.integer(row), SQLValue(step)]
    ) { row in
      var record = CommandRecord(
        kind: PlannedCommand.Kind(rawValue: row.text(0)) ?? .run, name: row.text(1),
        run: row.text(2), outcome: CommandRecord.Outcome(rawValue: row.text(3)) ?? .failed,
        line: row.int(14))
      record.exit = row.optionalInt(4)
      record.signal = row.optionalInt(5)
      record.seconds = row.real(6)
      record.userSeconds = row.real(7)
      record.systemSeconds = row.real(8)
      record.peakMemory = row.int(9)
      record.sandbox = row.text(10)
      record.output = row.text(11)
      record.omitted = row.int(12)
      record.reason = row.optionalText(13)
      record.file = row.optionalText(15)
      return record
    }
  }

  private func attempts(_ row: Int64, step: Int) throws(DatabaseError) -> [AttemptRecord] {
    try database.rows(
      """
      SELECT number, proposer, model, outcome, signal, reason, files, seconds, notes, answered_as,
        surprise, requests, input_tokens, cached_input_tokens, output_tokens, usd, unmetered,
        unpriced
      FROM attempts WHERE run = ? AND step = ? ORDER BY position
      """, [.integer(row), SQLValue(step)]
    ) { row in
      var record = AttemptRecord(
        number: row.int(0), by: AttemptRecord.Proposer(rawValue: row.text(1)) ?? .model,
        model: row.optionalText(2),
        outcome: AttemptRecord.Outcome(rawValue: row.text(3)) ?? .error)
      record.signal = row.optionalText(4)
      record.reason = row.optionalText(5)
      record.files = Self.list(row.text(6))
      record.seconds = row.real(7)
      record.notes = Self.list(row.text(8))
      record.answeredAs = row.optionalText(9)
      record.surprise = row.optionalText(10)
      record.usage = ModelUsage(
        requests: row.int(11), inputTokens: row.int(12), cachedInputTokens: row.int(13),
        outputTokens: row.int(14), usd: row.real(15), unmetered: row.int(16),
        unpriced: row.int(17))
      return record
    }
  }

  private func notices(_ row: Int64) throws(DatabaseError) -> [RunReport.Notice] {
    try database.rows(
      """
      SELECT kind, message, rule, hint, step, path, file, line, place FROM notices WHERE run = ?
      ORDER BY position
      """, [.integer(row)]
    ) { row in
      var notice = RunReport.Notice(
        RunReport.Notice.Kind(rawValue: row.text(0)) ?? .noted, row.text(1))
      notice.rule = row.optionalText(2)
      notice.hint = row.optionalText(3)
      notice.step = row.optionalText(4)
      notice.path = row.optionalText(5)
      notice.file = row.optionalText(6)
      notice.line = row.optionalInt(7)
      notice.column = row.optionalInt(8)
      return notice
    }
  }

  /// A list that the writer stored as JSON; empty where the text is none.
  static func list(_ text: String) -> [String] {
    do {
      return try JSON(parsing: text).array?.compactMap(\.string) ?? []
    } catch {
      return []
    }
  }
}
