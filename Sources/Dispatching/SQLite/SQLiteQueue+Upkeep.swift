import Platform
import Records

extension SQLiteQueue {
  public func cancel(_ id: TaskId) throws(QueueError) -> TaskState? {
    try writing { () throws(DatabaseError) in
      guard let state = try state(of: id) else { return nil }
      switch state {
      case .queued:
        try database.run(
          "UPDATE tasks SET state = 'cancelled', reason = NULL, ended = ? WHERE id = ?",
          [.integer(Clock.now), .text(id.text)])
      case .running:
        // Its worker sees this within half a second, and stops it.
        try database.run("UPDATE tasks SET cancels = 1 WHERE id = ?", [.text(id.text)])
      default: break
      }
      return state
    }
  }

  public func retry(_ id: TaskId) throws(QueueError) -> TaskState? {
    try writing { () throws(DatabaseError) in
      guard let state = try state(of: id) else { return nil }
      guard state.isEnd && !state.isGood else { return state }
      // The tree stays: what stands in it already is not done twice.
      try database.run(
        """
        UPDATE tasks SET state = 'queued', attempt = 0, reason = NULL, due = ?, cancels = 0,
          step = NULL, line = NULL, started = NULL, ended = NULL WHERE id = ?
        """, [.integer(Clock.now), .text(id.text)])
      return state
    }
  }

  private func state(of id: TaskId) throws(DatabaseError) -> TaskState? {
    try database.rows(
      "SELECT state FROM tasks WHERE batch = ? AND task = ?", [.text(id.batch), .text(id.task)]
    ) { TaskState(rawValue: $0.text(0)) }.first ?? nil
  }

  public func pause(_ scope: PauseScope, _ isPaused: Bool) throws(QueueError) {
    try writing { () throws(DatabaseError) in
      switch scope {
      case .batch(let name):
        try database.run(
          "UPDATE batches SET is_paused = ? WHERE name = ?", [SQLValue(isPaused), .text(name)])
      case .queue(let name) where isPaused:
        try database.run("INSERT OR IGNORE INTO paused_queues VALUES (?)", [.text(name)])
      case .queue(let name):
        try database.run("DELETE FROM paused_queues WHERE name = ?", [.text(name)])
      }
    }
  }

  public func pauses() throws(QueueError) -> [PauseScope] {
    try reading { () throws(DatabaseError) in
      try database.rows("SELECT name FROM paused_queues ORDER BY name") { .queue($0.text(0)) }
        + database.rows("SELECT name FROM batches WHERE is_paused ORDER BY name") {
          .batch($0.text(0))
        }
    }
  }

  public func remove(batch: String) throws(QueueError) -> [RemovedTask] {
    let removed: [RemovedTask]? = try writing { () throws(DatabaseError) in
      let running = try database.integer(
        "SELECT count(*) FROM tasks WHERE batch = ? AND state = 'running'", [.text(batch)])
      if running != 0 { return nil }
      let trees = try database.rows(
        "SELECT repository, tree, branch, base, id, generation FROM tasks WHERE batch = ?",
        [.text(batch)]
      ) { row in
        RemovedTask(
          id: row.text(4), generations: row.int(5), repository: row.text(0),
          tree: row.optionalText(1).map {
            TaskTree(path: $0, branch: row.text(2), base: row.text(3))
          })
      }
      for table in ["reports", "dependencies"] {
        try database.run(
          "DELETE FROM \(table) WHERE task IN (SELECT id FROM tasks WHERE batch = ?)",
          [.text(batch)])
      }
      try database.run("DELETE FROM tasks WHERE batch = ?", [.text(batch)])
      try database.run("DELETE FROM batches WHERE name = ?", [.text(batch)])
      try database.execute(
        "DELETE FROM manifests WHERE digest NOT IN (SELECT digest FROM tasks)")
      return trees
    }
    guard let removed else {
      throw QueueError(
        .cannot, "tasks of the batch '\(Printable.escaped(batch))' are running",
        hint: "mtor queue cancel --batch \(Printable.escaped(batch)), then remove it")
    }
    return removed
  }
}
