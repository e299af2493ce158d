public import Events
import Planning

/// Writes what happened in a run into SQLite, from the same events as the screen and the reports.
///
/// One transaction a step, and one before the first command or attempt of a run that has changed
/// something: whoever ends it there finds the run in `mtor log`. A run in which nothing happened
/// leaves no row, and opens no file. Nothing that the file does stops a run: what went wrong is in
/// `warnings`, and a run that could not be written is not.
public final class Ledger: RunListener {
  /// What to tell the person, one sentence each.
  public private(set) var warnings: [String] = []

  private let path: String
  private let patience: Int32
  private let redact: (String) -> String
  private var report: RunReport?
  private var database: Database?
  private var hasHappened = false
  private var saved = LedgerProgress()
  private var health = Health.good

  private enum Health {
    case good
    /// Another process held it too long: tried once more when the run ends.
    case waiting
    case off
  }

  /// Opens nothing yet. `patience` is how long a lock is waited for, in milliseconds; `redact`
  /// takes the secrets out of what commands are and say, before it is written.
  public init(
    path: String, patience: Int = 5000, redact: @escaping (String) -> String = { $0 }
  ) {
    self.path = path
    self.patience = Int32(clamping: patience)
    self.redact = redact
  }

  public func receive(_ event: RunEvent) {
    if health == .off { return }
    if case .runStarted(let start) = event.kind {
      report = RunReport(start, at: event.time)
      saved = LedgerProgress()
      hasHappened = false
      return
    }
    report?.apply(event)
    switch event.kind {
    case .commandEnded(_, let record):
      hasHappened = hasHappened || (record.outcome != .cached && record.outcome != .skipped)
    case .filesLanded(_, let files): hasHappened = hasHappened || files.contains(where: \.isChange)
    case .attemptEnded, .committed, .recovered: hasHappened = true
    case .commandStarted, .attemptStarted: if health == .good && saved.row == nil { save() }
    case .stepEnded: if health == .good { save() }
    case .runEnded: save()
    default: break
    }
  }

  /// Writes what is new since the last time.
  private func save() {
    guard hasHappened, let report else { return }
    do throws(LedgerError) {
      try write(report)
      health = .good
    } catch {
      give(up: error, isLast: report.end != nil)
    }
  }

  private func write(_ report: RunReport) throws(LedgerError) {
    let database = try opened()
    do {
      saved = try LedgerWriter(database: database, redact: redact).write(report, after: saved)
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  private func opened() throws(LedgerError) -> Database {
    if let database { return database }
    let made = try LedgerFile.create(at: path, patience: patience)
    database = made
    return made
  }

  private func give(up error: LedgerError, isLast: Bool) {
    if error.isBusy && health == .good && !isLast {
      health = .waiting
      return
    }
    health = .off
    let what = saved.row == nil ? "is not recorded" : "is recorded in part"
    warnings.append(
      "\(error); this run \(what)" + (error.hint.map { "; \($0)" } ?? ""))
  }
}

extension FileRecord {
  /// True where something in the tree became different.
  var isChange: Bool { action != .unchanged && action != .skipped && action != .unknown }
}
