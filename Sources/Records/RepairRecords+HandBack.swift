extension RepairRecords {
  /// Keeps what is handed back to the architect of a step; nil for `verify`.
  public func handBack(_ text: String, run: String, step: String?) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        "INSERT OR REPLACE INTO handbacks VALUES (?,?,?)",
        [.text(run), .text(step ?? ""), .text(text)])
    }
  }
}

extension LedgerReader {
  /// What a run handed back, by step.
  public func handbacks(of run: String) throws(LedgerError) -> [String] {
    try reading { () throws(DatabaseError) in
      try database.rows(
        "SELECT text FROM handbacks WHERE run = ? ORDER BY step", [.text(run)]
      ) { $0.text(0) }
    }
  }
}
