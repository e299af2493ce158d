public import Platform
import Records

extension SQLiteQueue {
  public func tasks(batch: String?) throws(QueueError) -> [TaskStatus] {
    try reading { () throws(DatabaseError) in
      var after: [String: [(name: String, state: TaskState?)]] = [:]
      try database.query(
        """
        SELECT d.task, p.task, p.state FROM dependencies d JOIN tasks p ON p.id = d.after
        ORDER BY p.number
        """
      ) { row in
        after[row.text(0), default: []].append(
          (row.text(1), TaskState(rawValue: row.text(2))))
      }
      let paused = Set(
        try database.rows("SELECT name FROM paused_queues") { $0.text(0) })
      let pausedBatches = Set(
        try database.rows("SELECT name FROM batches WHERE is_paused") { $0.text(0) })
      var tasks: [TaskStatus] = []
      var isDamaged = false
      try database.query(
        """
        SELECT batch, task, state, queue, priority, manifest, repository, attempt, reason, step,
          line, worker, tree, branch, base, commit_id, run, tokens, usd, created, started, ended,
          due, id, boot, deadline, cancels
        FROM tasks WHERE ?1 IS NULL OR batch = ?1 ORDER BY number
        """, [SQLValue(batch)]
      ) { row in
        guard var task = Self.status(row) else {
          isDamaged = true
          return
        }
        let before = after[row.text(23)] ?? []
        task.after = before.map(\.name)
        if task.state == .queued {
          explain(
            &task, before, isPaused: paused.contains(task.queue),
            isBatchPaused: pausedBatches.contains(task.id.batch))
        } else if task.state == .running {
          let isLost = row.text(24) != clock.boot || row.integer(25) ?? 0 < clock.now
          if isLost { task.reason = "its worker gives no sign of life" }
          if row.bool(26) { task.reason = "is being cancelled" }
        }
        tasks.append(task)
      }
      // A list that lacks a task would be taken for the whole.
      if isDamaged { throw DatabaseError.damaged }
      return tasks
    }
  }

  private static func status(_ row: Row) -> TaskStatus? {
    // Names that dispatch has checked and states that only mtor writes: another is damage.
    let id: TaskId
    do { id = try TaskId(batch: row.text(0), task: row.text(1)) } catch { return nil }
    guard let state = TaskState(rawValue: row.text(2)) else { return nil }
    return TaskStatus(
      id: id, state: state, queue: row.text(3), priority: row.int(4), manifest: row.text(5),
      repository: row.text(6), after: [], attempt: row.int(7), reason: row.optionalText(8),
      isStuck: false, progress: TaskProgress(step: row.optionalText(9), line: row.optionalText(10)),
      worker: row.optionalText(11),
      tree: row.optionalText(12).map {
        TaskTree(path: $0, branch: row.text(13), base: row.text(14))
      }, commit: row.optionalText(15), run: row.optionalText(16), tokens: row.int(17),
      usd: row.real(18), created: row.integer(19) ?? 0, started: row.integer(20),
      ended: row.integer(21), due: row.integer(22) ?? 0)
  }

  /// Says what a queued task waits for, the strongest reason alone.
  private func explain(
    _ task: inout TaskStatus, _ before: [(name: String, state: TaskState?)], isPaused: Bool,
    isBatchPaused: Bool
  ) {
    if let bad = before.first(where: { $0.state.map { $0.isEnd && !$0.isGood } ?? true }) {
      let what = bad.state.map { $0 == .cancelled ? "was cancelled" : $0.rawValue } ?? "is gone"
      task.reason = "waits for \(bad.name), which \(what)"
      task.isStuck = true
    } else if isPaused {
      task.reason = "the queue '\(task.queue)' is paused"
      task.isStuck = true
    } else if isBatchPaused {
      task.reason = "the batch is paused"
      task.isStuck = true
    } else if let open = before.first(where: { $0.state.map { !$0.isGood } ?? true }) {
      task.reason = "waits for \(open.name)"
    } else if task.reason == nil, task.due > Clock.now {
      task.reason = "not before \(Clock.timestamp(task.due))"
    }
  }

  public func check(_ wish: LeaseWish) throws(QueueError) { _ = try counts(queue: wish.queue) }

  public func counts(queue: String) throws(QueueError) -> QueueCounts {
    try reading { () throws(DatabaseError) in
      var counts = QueueCounts(states: [:], stuck: 0)
      var isDamaged = false
      try database.query(
        "SELECT state, count(*) FROM tasks WHERE queue = ? GROUP BY state", [.text(queue)]
      ) { row in
        if let state = TaskState(rawValue: row.text(0)) {
          counts.states[state] = row.int(1)
        } else {
          isDamaged = true
        }
      }
      if isDamaged { throw DatabaseError.damaged }
      // A task waits in vain where anything that it waits for, at any distance, has ended badly.
      counts.stuck = Int(
        try database.integer(
          """
          WITH RECURSIVE stuck (id) AS (
            SELECT d.task FROM dependencies d LEFT JOIN tasks p ON p.id = d.after
              WHERE coalesce(p.state, 'failed') IN ('failed', 'stalled', 'cancelled')
            UNION SELECT d.task FROM dependencies d JOIN stuck s ON d.after = s.id)
          SELECT count(*) FROM tasks t JOIN batches b ON b.name = t.batch
          WHERE t.state = 'queued' AND t.queue = ?1
            AND (b.is_paused OR t.id IN stuck
              OR EXISTS (SELECT 1 FROM paused_queues WHERE name = ?1))
          """, [.text(queue)]) ?? 0)
      return counts
    }
  }

  public func report(of id: TaskId) throws(QueueError) -> JSON? {
    let text = try reading { () throws(DatabaseError) in
      try database.rows("SELECT report FROM reports WHERE task = ?", [.text(id.text)]) {
        $0.text(0)
      }.first
    }
    guard let text else { return nil }
    do { return try JSON(parsing: text) } catch {
      throw QueueError(DatabaseError.damaged, path: path)
    }
  }
}
