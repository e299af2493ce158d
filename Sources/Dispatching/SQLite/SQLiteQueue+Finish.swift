import Platform
import Records

extension SQLiteQueue {
  public func record(_ tree: TaskTree, of lease: Lease) throws(QueueError) -> Bool {
    try writing { () throws(DatabaseError) in
      try database.run(
        """
        UPDATE tasks SET tree = ?, branch = ?, base = ?, stale = NULL
        WHERE id = ? AND lease = ? AND state = 'running'
        """,
        [
          .text(tree.path), .text(tree.branch), .text(tree.base), .text(lease.order.id.text),
          .text(lease.token),
        ])
      return database.changes == 1
    }
  }

  public func finish(_ lease: Lease, _ end: AttemptEnd) throws(QueueError) -> Bool {
    try writing { () throws(DatabaseError) in
      let id = lease.order.id.text
      let known = try database.rows(
        """
        SELECT cancels, coalesce(granted_tokens, 0), coalesce(granted_usd, 0.0) FROM tasks
        WHERE id = ? AND lease = ? AND state = 'running'
        """, [.text(id), .text(lease.token)]
      ) { (cancels: $0.bool(0), tokens: $0.int(1), usd: $0.real(2)) }.first
      guard let known else { return false }
      let next = Self.next(after: end, lease, isCancelled: known.cancels)
      let spent = end.spent
      try database.run(
        """
        UPDATE tasks SET state = ?, reason = ?, due = ?, lease = NULL, stale = NULL, ended = ?,
          attempt = ?, commit_id = coalesce(?, commit_id), run = coalesce(?, run),
          tokens = tokens + ?, usd = usd + ?, granted_tokens = NULL, granted_usd = NULL
        WHERE id = ?
        """,
        [
          .text(next.state.rawValue), SQLValue(next.reason), .integer(next.due),
          next.state.isEnd ? .integer(Clock.now) : .null, SQLValue(next.attempt),
          SQLValue(end.commit), SQLValue(end.report?["run"]?.string),
          SQLValue(spent.isKnown ? spent.tokens : max(spent.tokens, known.tokens)),
          .real(spent.isKnown ? spent.usd : max(spent.usd, known.usd)), .text(id),
        ])
      if let report = end.report {
        try database.run(
          "INSERT OR REPLACE INTO reports VALUES (?,?)", [.text(id), .text(report.text())])
      }
      return true
    }
  }

  /// What becomes of a task after an attempt.
  static func next(
    after end: AttemptEnd, _ lease: Lease, isCancelled: Bool, now: Int64 = Clock.now
  ) -> (state: TaskState, reason: String?, due: Int64, attempt: Int) {
    switch end.kind {
    case .ended(let state): return (state, end.reason, now, lease.attempt)
    case _ where isCancelled: return (.cancelled, nil, now, lease.attempt)
    case .again(let why, let pause):
      if lease.attempt >= Retry.attempts {
        return (.failed, why.inVain(end.reason), now, lease.attempt)
      }
      let seconds = max(Retry.pause(after: lease.attempt), pause ?? 0)
      return (.queued, end.reason, now + Int64(seconds * 1e9), lease.attempt)
    case .givenBack:
      return (.queued, end.reason, now + Int64(end.rest * 1e9), lease.attempt - 1)
    }
  }
}
