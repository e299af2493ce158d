import Platform
import Records

extension SQLiteQueue {
  /// Takes the next task, in one transaction: leases that have run out are given up, and the
  /// first task that may begin gets a new one, with the room that its batch's budget has for it.
  public func take(_ wish: LeaseWish) throws(QueueError) -> Taking {
    // Most looks find nothing to do: they must not cost the write lock.
    guard try reading({ () throws(DatabaseError) in try mayHaveWork(wish) }) else {
      return Taking()
    }
    return try writing(isDurable: false) { () throws(DatabaseError) in
      let lost = try giveUpLostLeases()
      guard try hasRoom(for: wish) else { return Taking(lost: lost) }
      let blocked = try batchesWithoutRoom(wish.allowance)
      guard let number = try nextTask(wish, without: blocked) else { return Taking(lost: lost) }
      let token = Self.newToken()
      let grant = try grant(to: number, wish.allowance)
      try database.run(
        """
        UPDATE tasks SET state = 'running', attempt = attempt + 1, lease = ?, boot = ?,
          deadline = ?, worker = ?, started = coalesce(started, ?), reason = NULL, step = NULL,
          line = NULL, granted_tokens = ?, granted_usd = ?
        WHERE number = ?
        """,
        [
          .text(token), .text(clock.boot), .integer(deadline(wish.timeout)), .text(wish.worker),
          .integer(Clock.now), SQLValue(grant?.tokens), SQLValue(grant?.usd), .integer(number),
        ])
      if wish.perMinute != nil {
        try database.run(
          "DELETE FROM starts WHERE queue = ? AND time <= ?",
          [.text(wish.queue), .integer(Clock.now - Self.minute)])
        try database.run(
          "INSERT INTO starts VALUES (?,?)", [.text(wish.queue), .integer(Clock.now)])
      }
      return Taking(lease: try lease(number, token, grant, wish.timeout), lost: lost)
    }
  }

  public func giveUpLost() throws(QueueError) -> [String] {
    try writing { () throws(DatabaseError) in try giveUpLostLeases() }
  }

  private static func newToken() -> String {
    Digest(
      of: (0..<4).flatMap { _ in
        withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) }
      }
    ).hex
  }

  private func deadline(_ timeout: Double) -> Int64 { clock.now + Int64(timeout * 1e9) }

  /// Whether a lease has run out or a task could begin: the same questions, which only read.
  private func mayHaveWork(_ wish: LeaseWish) throws(DatabaseError) -> Bool {
    let hasLost = try database.integer(
      """
      SELECT EXISTS (SELECT 1 FROM tasks WHERE state = 'running' AND (boot != ? OR deadline < ?))
      """, [.text(clock.boot), .integer(clock.now)])
    if hasLost == 1 { return true }
    guard try hasRoom(for: wish) else { return false }
    return try nextTask(wish, without: batchesWithoutRoom(wish.allowance)) != nil
  }

  private static let minute: Int64 = 60_000_000_000

  /// Tasks whose worker has given no sign of life: to be tried again, cancelled, or failed after
  /// the last attempt. What was reserved for them counts as spent, since it may have been.
  private func giveUpLostLeases() throws(DatabaseError) -> [String] {
    let lost = try database.rows(
      """
      SELECT number, attempt, cancels, lease FROM tasks
      WHERE state = 'running' AND (boot != ? OR deadline < ?)
      """, [.text(clock.boot), .integer(clock.now)]
    ) { ($0.int(0), $0.int(1), $0.bool(2), $0.text(3)) }
    for (number, attempt, cancels, _) in lost {
      let (state, reason): (TaskState, String?) =
        if cancels {
          (.cancelled, nil)
        } else if attempt >= Retry.attempts {
          (.failed, Retry.lost.inVain(nil))
        } else {
          (.queued, "the worker of attempt \(attempt) was lost")
        }
      try database.run(
        """
        UPDATE tasks SET state = ?, reason = ?, due = ?, stale = lease, lease = NULL,
          tokens = tokens + coalesce(granted_tokens, 0), usd = usd + coalesce(granted_usd, 0),
          granted_tokens = NULL, granted_usd = NULL, ended = ?
        WHERE number = ?
        """,
        [
          .text(state.rawValue), SQLValue(reason), .integer(Clock.now),
          state.isEnd ? .integer(Clock.now) : .null, SQLValue(number),
        ])
    }
    return lost.map(\.3)
  }

  /// Whether the queue may have another running task, and begin another in this minute.
  private func hasRoom(for wish: LeaseWish) throws(DatabaseError) -> Bool {
    if let limit = wish.running {
      let running = try database.integer(
        "SELECT count(*) FROM tasks WHERE state = 'running' AND queue = ?", [.text(wish.queue)])
      if running ?? 0 >= limit { return false }
    }
    guard let limit = wish.perMinute else { return true }
    return try database.integer(
      "SELECT count(*) FROM starts WHERE queue = ? AND time > ?",
      [.text(wish.queue), .integer(Clock.now - Self.minute)]) ?? 0 < limit
  }

  /// Batches whose budget is held by running tasks so far that another would not have its share.
  private func batchesWithoutRoom(_ wish: Allowance) throws(DatabaseError) -> [String] {
    try budgets(of: nil).filter { budget in
      guard budget.isReserved else { return false }
      let lacksTokens = budget.tokens.map { $0 < wish.tokens ?? 0 } ?? false
      let lacksMoney = budget.usd.map { $0 < wish.usd ?? 0 } ?? false
      return lacksTokens || lacksMoney
    }.map(\.batch)
  }

  /// What batches with a budget have left; `isReserved` where some of it may come back.
  private func budgets(
    of batch: String?
  ) throws(DatabaseError) -> [(batch: String, tokens: Int?, usd: Double?, isReserved: Bool)] {
    try database.rows(
      """
      SELECT b.name, b.tokens - sum(t.tokens + coalesce(t.granted_tokens, 0)),
        b.usd - sum(t.usd + coalesce(t.granted_usd, 0)), max(t.state = 'running')
      FROM batches b JOIN tasks t ON t.batch = b.name
      WHERE (b.tokens IS NOT NULL OR b.usd IS NOT NULL) AND (?1 IS NULL OR b.name = ?1)
      GROUP BY b.name
      """, [SQLValue(batch)]
    ) { ($0.text(0), $0.optionalInt(1), $0.optionalReal(2), $0.bool(3)) }
  }

  /// What the batch's budget has for one task; nil where the batch has none.
  private func grant(to number: Int64, _ wish: Allowance) throws(DatabaseError) -> Allowance? {
    let batch = try database.rows(
      "SELECT batch FROM tasks WHERE number = ?", [.integer(number)]
    ) { $0.text(0) }.first
    guard let batch, let budget = try budgets(of: batch).first else { return nil }
    return Allowance(
      tokens: budget.tokens.map { max(0, min($0, wish.tokens ?? $0)) },
      usd: budget.usd.map { max(0, min($0, wish.usd ?? $0)) })
  }

  private func nextTask(
    _ wish: LeaseWish, without blocked: [String]
  ) throws(DatabaseError) -> Int64? {
    try database.integer(
      """
      SELECT number FROM tasks t JOIN batches b ON b.name = t.batch
      WHERE t.state = 'queued' AND t.queue = ?1 AND t.due <= ?2 AND NOT b.is_paused
        AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE name = ?1)
        AND t.batch NOT IN (SELECT value FROM json_each(?3))
        AND NOT EXISTS (
          SELECT 1 FROM tasks r WHERE r.state = 'running' AND r.repository = t.repository)
        AND NOT EXISTS (
          SELECT 1 FROM dependencies d LEFT JOIN tasks p ON p.id = d.after
          WHERE d.task = t.id AND coalesce(p.state, '') NOT IN ('passed', 'repaired'))
      ORDER BY t.priority DESC, t.number LIMIT 1
      """,
      [
        .text(wish.queue), .integer(Clock.now),
        .text(JSON.array(blocked.map(JSON.string)).text()),
      ])
  }

  private func lease(
    _ number: Int64, _ token: String, _ grant: Allowance?, _ timeout: Double
  ) throws(DatabaseError) -> Lease? {
    let rows = try database.rows(
      """
      SELECT t.batch, t.task, t.queue, t.priority, t.work, m.bytes, t.generation, t.attempt,
        t.stale, t.tree, t.branch, t.base, t.id, t.repository
      FROM tasks t JOIN manifests m ON m.digest = t.digest WHERE number = ?
      """, [.integer(number)]
    ) { row in
      (
        batch: row.text(0), task: row.text(1), queue: row.text(2), priority: row.int(3),
        work: row.text(4), bytes: row.blob(5) ?? [], generation: row.int(6),
        attempt: row.int(7), stale: row.optionalText(8), tree: row.optionalText(9),
        branch: row.text(10), base: row.text(11), id: row.text(12), repository: row.text(13)
      )
    }
    guard let row = rows.first else { return nil }
    // Rows that only mtor writes: what cannot be read is damage.
    let json: JSON
    let id: TaskId
    do {
      json = try JSON(parsing: row.work)
      id = try TaskId(batch: row.batch, task: row.task)
    } catch { throw DatabaseError.damaged }
    guard let work = TaskWork(json, bytes: row.bytes) else { throw DatabaseError.damaged }
    var order = TaskOrder(id: id, work: work)
    order.queue = row.queue
    order.priority = row.priority
    let foundations = try database.rows(
      """
      SELECT p.commit_id FROM dependencies d JOIN tasks p ON p.id = d.after
      WHERE d.task = ? AND p.repository = ? AND p.commit_id IS NOT NULL ORDER BY p.number
      """, [.text(row.id), .text(row.repository)]
    ) { $0.text(0) }
    return Lease(
      token: token, order: order, generation: row.generation, attempt: row.attempt,
      timeout: timeout, predecessor: row.stale,
      tree: row.tree.map { TaskTree(path: $0, branch: row.branch, base: row.base) },
      grant: grant, foundations: foundations)
  }

  // MARK: Signs of life

  public func beat(
    _ lease: Lease, _ progress: TaskProgress
  ) throws(QueueError) -> LeaseAnswer {
    try writing(isDurable: false) { () throws(DatabaseError) in
      try database.run(
        """
        UPDATE tasks SET boot = ?, deadline = ?, step = ?, line = ?
        WHERE id = ? AND lease = ? AND state = 'running'
        """,
        [
          .text(clock.boot), .integer(deadline(lease.timeout)), SQLValue(progress.step),
          SQLValue(progress.line), .text(lease.order.id.text),
          .text(lease.token),
        ])
      return try answer(to: lease)
    }
  }

  public func look(_ lease: Lease) throws(QueueError) -> LeaseAnswer {
    try reading { () throws(DatabaseError) in try answer(to: lease) }
  }

  private func answer(to lease: Lease) throws(DatabaseError) -> LeaseAnswer {
    let cancels = try database.integer(
      "SELECT cancels FROM tasks WHERE id = ? AND lease = ? AND state = 'running'",
      [.text(lease.order.id.text), .text(lease.token)])
    guard let cancels else { return .lost }
    return cancels == 0 ? .held : .cancel
  }
}
