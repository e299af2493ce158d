import Platform
import Records

extension SQLiteQueue {
  public func dispatch(_ order: TaskOrder) throws(QueueError) -> DispatchAnswer {
    try writing { () throws(DatabaseError) in
      if let refusal = try refusal(of: order) { return refusal }
      let id = order.id.text
      let known = try database.rows(
        "SELECT state, request, batch FROM tasks WHERE id = ?", [.text(id)]
      ) { (TaskState(rawValue: $0.text(0)), $0.text(1), $0.text(2)) }.first
      guard let (state, request, batch) = known, let state else {
        try keep(order)
        try insert(order)
        return .added
      }
      guard batch == order.id.batch else {
        return .refused(
          "'\(id)' is the name of a task of the batch '\(batch)'", hint: "choose another --task")
      }
      if !state.isEnd {
        if request == order.request.hex { return .isThere(state) }
        return .refused(
          "'\(id)' is \(state.rawValue) with another manifest",
          hint: "mtor queue cancel \(id), or choose another --task")
      }
      if state.isGood && !order.isAgain {
        return .refused(
          "'\(id)' has \(state.rawValue == "repaired" ? "been repaired" : "passed") already",
          hint: "--again begins it anew")
      }
      try keep(order)
      try renew(order)
      return .beginsAgain(after: state)
    }
  }

  /// Why an order can never begin; nil where it can.
  private func refusal(of order: TaskOrder) throws(DatabaseError) -> DispatchAnswer? {
    for name in order.after {
      let known = try database.integer(
        "SELECT count(*) FROM tasks WHERE batch = ? AND task = ?",
        [.text(order.id.batch), .text(name)])
      if known == 0 {
        return .refused(
          "there is no task '\(Printable.escaped(name))' in the batch '\(order.id.batch)'",
          hint: "dispatch it first; mtor queue list --batch \(order.id.batch)")
      }
      let waits = try database.integer(
        """
        WITH RECURSIVE above (id) AS (
          VALUES (?1) UNION SELECT after FROM dependencies JOIN above ON task = id)
        SELECT count(*) FROM above WHERE id = ?2
        """, [.text("\(order.id.batch).\(name)"), .text(order.id.text)])
      if waits != 0 {
        return .refused(
          "'\(order.id.text)' would wait for itself: '\(Printable.escaped(name))' waits for it",
          hint: "leave out --after \(Printable.escaped(name))")
      }
    }
    return nil
  }

  /// Keeps what lies beside the task's row.
  private func keep(_ order: TaskOrder) throws(DatabaseError) {
    try database.run(
      "INSERT OR IGNORE INTO batches (name) VALUES (?)", [.text(order.id.batch)])
    try database.run(
      "INSERT OR IGNORE INTO manifests VALUES (?,?)",
      [.text(order.work.manifestDigest.hex), .blob(order.work.manifestBytes)])
    try database.run("DELETE FROM dependencies WHERE task = ?", [.text(order.id.text)])
    for name in Set(order.after).sorted() {
      try database.run(
        "INSERT INTO dependencies VALUES (?,?)",
        [.text(order.id.text), .text("\(order.id.batch).\(name)")])
    }
  }

  private func insert(_ order: TaskOrder) throws(DatabaseError) {
    try database.run(
      """
      INSERT INTO tasks (id, batch, task, generation, request, queue, priority, due, repository,
        manifest, digest, work, state, created)
      VALUES (?,?,?,1,?,?,?,?,?,?,?,?,'queued',?)
      """,
      [.text(order.id.text), .text(order.id.batch), .text(order.id.task)] + values(of: order))
  }

  /// Begins a task anew that has ended: nothing of its last attempt holds any more.
  private func renew(_ order: TaskOrder) throws(DatabaseError) {
    try database.run("DELETE FROM reports WHERE task = ?", [.text(order.id.text)])
    try database.run(
      """
      UPDATE tasks SET request = ?, queue = ?, priority = ?, due = ?, repository = ?,
        manifest = ?, digest = ?, work = ?, created = ?, state = 'queued',
        generation = generation + 1, attempt = 0, reason = NULL, lease = NULL, worker = NULL,
        cancels = 0, step = NULL, line = NULL, tree = NULL, branch = NULL, base = NULL,
        commit_id = NULL, run = NULL, started = NULL, ended = NULL
      WHERE id = ?
      """, values(of: order) + [.text(order.id.text)])
  }

  private func values(of order: TaskOrder) -> [SQLValue] {
    [
      .text(order.request.hex), .text(order.queue), SQLValue(order.priority),
      .integer(order.notBefore), .text(order.work.repository), .text(order.work.manifest),
      .text(order.work.manifestDigest.hex), .text(order.work.json.text()), .integer(Clock.now),
    ]
  }

  public func limit(
    batch: String, to allowance: Allowance, among orders: [TaskOrder] = []
  ) throws(QueueError) {
    try writing { () throws(DatabaseError) in
      try database.run(
        """
        INSERT INTO batches (name, tokens, usd) VALUES (?1,?2,?3) ON CONFLICT (name)
          DO UPDATE SET tokens = coalesce(?2, tokens), usd = coalesce(?3, usd)
        """, [.text(batch), SQLValue(allowance.tokens), SQLValue(allowance.usd)])
    }
  }
}
