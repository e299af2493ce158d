public import Events
import Platform

extension LedgerReader {
  /// Hands over the report of every run since a moment (nanoseconds since 1970; nil: of all), the
  /// oldest first, one at a time.
  public func reports(
    since: Int64? = nil, each: (RunReport) -> Void
  ) throws(LedgerError) {
    let runs = try reading { () throws(DatabaseError) in
      try database.rows(
        "SELECT run FROM runs WHERE ?1 IS NULL OR started >= ?1 ORDER BY started, id",
        [SQLValue(since)]
      ) { $0.text(0) }
    }
    for run in runs {
      // One that was pruned meanwhile is left out.
      if let report = try report(of: run) { each(report) }
    }
  }
}

/// The upkeep of a ledger.
public enum LedgerUpkeep {
  /// Removes the runs that started before a moment (nanoseconds since 1970), and what was paid
  /// for in them; remembered repairs stay. Returns how many runs went.
  ///
  /// In small transactions, so that runs under way never wait long for the lock.
  public static func prune(at path: String, before moment: Int64) throws(LedgerError) -> Int {
    guard let database = try LedgerFile.openExisting(at: path) else { return 0 }
    do {
      var removed = 0
      while true {
        let count = try removeSome(database, before: moment)
        if count == 0 { break }
        removed += count
      }
      try database.run("PRAGMA wal_checkpoint(PASSIVE)")
      return removed
    } catch {
      throw LedgerError(error, path: path)
    }
  }

  private static func removeSome(
    _ database: Database, before moment: Int64
  ) throws(DatabaseError) -> Int {
    try database.transaction { () throws(DatabaseError) in
      let runs = try database.rows(
        "SELECT id, run FROM runs WHERE started < ? ORDER BY started LIMIT 50",
        [.integer(moment)]
      ) { ($0.integer(0) ?? 0, $0.text(1)) }
      for (row, run) in runs {
        for table in ["steps", "files", "commands", "attempts", "notices"] {
          try database.run("DELETE FROM \(table) WHERE run = ?", [.integer(row)])
        }
        try database.run(
          """
          DELETE FROM request_scopes WHERE request IN (SELECT id FROM requests WHERE run = ?)
          """, [.text(run)])
        try database.run("DELETE FROM requests WHERE run = ?", [.text(run)])
        try database.run("DELETE FROM handbacks WHERE run = ?", [.text(run)])
        try database.run("DELETE FROM runs WHERE id = ?", [.integer(row)])
      }
      return runs.count
    }
  }
}
