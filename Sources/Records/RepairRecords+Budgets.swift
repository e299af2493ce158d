public import Events
public import Platform

/// A limit that holds for everything reserved under one name, in all processes.
public struct Budget: Sendable, Hashable {
  /// What is limited, such as `run 20260131-120000-4f1a` or `step … greeter`.
  public var scope: String
  /// Prompt and reply together; nil: no limit.
  public var tokens: Int?
  /// In US dollars; nil: no limit.
  public var usd: Double?

  public init(scope: String, tokens: Int? = nil, usd: Double? = nil) {
    self.scope = scope
    self.tokens = tokens
    self.usd = usd
  }
}

/// What a request may cost at most, said before it is sent.
public struct RequestEstimate: Sendable, Hashable {
  public var run: String
  public var step: String?
  /// The configured name of the model.
  public var model: String
  /// What the request says, apart from what differs every time: a later process with the same
  /// key finds the reply that was paid for.
  public var key: Digest
  /// Prompt and largest reply together.
  public var tokens: Int
  /// 0 where no price is known.
  public var usd: Double

  public init(
    run: String, step: String?, model: String, key: Digest, tokens: Int, usd: Double
  ) {
    self.run = run
    self.step = step
    self.model = model
    self.key = key
    self.tokens = tokens
    self.usd = usd
  }
}

/// A reservation: made before a request is sent, settled after it.
public struct Reservation: Sendable, Hashable {
  /// The request's own row: an attempt names it, so that it is known to be told.
  public let id: Int64
}

/// The answer to a reservation.
public enum ReservationAnswer: Sendable, Hashable {
  case granted(Reservation)
  /// This budget has no room for it; with what it has spent and reserved so far.
  case refused(Budget, Spending)
}

/// What was spent under a name: settled requests by what they cost, all others by what was
/// reserved for them, since they may have been sent.
public struct Spending: Sendable, Hashable {
  public var requests: Int
  public var tokens: Int
  public var usd: Double

  public init(requests: Int = 0, tokens: Int = 0, usd: Double = 0) {
    self.requests = requests
    self.tokens = tokens
    self.usd = usd
  }
}

/// A reply that was paid for by a run that did not end.
public struct StoredReply: Sendable, Hashable {
  public var bytes: [UInt8]
  public var usage: ModelUsage
  /// How the exchange ended, in the caller's words.
  public var status: String
  /// The request's own row.
  public let id: Int64
}

extension RepairRecords {
  /// Reserves what a request may cost in all of the budgets, or in none.
  public func reserve(
    _ estimate: RequestEstimate, within budgets: [Budget], at time: Int64 = Clock.now
  ) throws(LedgerError) -> ReservationAnswer {
    try writing { database throws(DatabaseError) in
      for budget in budgets {
        let spent = try Self.spending(budget.scope, database)
        let isOver =
          budget.tokens.map { spent.tokens + estimate.tokens > $0 } ?? false
          || budget.usd.map { spent.usd + estimate.usd > $0 } ?? false
        if isOver { return .refused(budget, spent) }
      }
      try database.run(
        """
        INSERT INTO requests
          (run, step, model, prompt_key, state, reserved, reserved_tokens, reserved_usd)
        VALUES (?,?,?,?,'reserved',?,?,?)
        """,
        [
          .text(estimate.run), SQLValue(estimate.step), .text(estimate.model),
          .text(estimate.key.hex), .integer(time), SQLValue(estimate.tokens),
          .real(estimate.usd),
        ])
      let id = database.lastRow
      for budget in budgets {
        try database.run(
          "INSERT OR IGNORE INTO request_scopes VALUES (?,?)", [.text(budget.scope), .integer(id)])
      }
      return .granted(Reservation(id: id))
    }
  }

  /// Reserves one more try of a request: from now on it counts as what its tries have taken so far
  /// and what the next may cost. Refused, it stays as it is.
  public func renew(
    _ reservation: Reservation, after taken: Spending, tokens: Int, usd: Double,
    within budgets: [Budget]
  ) throws(LedgerError) -> ReservationAnswer {
    try writing { database throws(DatabaseError) in
      let own =
        try database.rows(
          "SELECT reserved_tokens, reserved_usd FROM requests WHERE id = ?",
          [.integer(reservation.id)]
        ) { Spending(tokens: $0.int(0), usd: $0.real(1)) }.first ?? Spending()
      for budget in budgets {
        var spent = try Self.spending(budget.scope, database)
        spent.tokens += taken.tokens - own.tokens
        spent.usd += taken.usd - own.usd
        let isOver =
          budget.tokens.map { spent.tokens + tokens > $0 } ?? false
          || budget.usd.map { spent.usd + usd > $0 } ?? false
        if isOver { return .refused(budget, spent) }
      }
      try database.run(
        "UPDATE requests SET reserved_tokens = ?, reserved_usd = ? WHERE id = ?",
        [
          SQLValue(taken.tokens + tokens), .real(taken.usd + usd), .integer(reservation.id),
        ])
      return .granted(reservation)
    }
  }

  /// Replaces a reservation by what the request cost, and keeps its reply for a process that goes
  /// on after a crash. Unknown tokens (`unmetered`) go on counting as reserved.
  public func settle(
    _ reservation: Reservation, _ usage: ModelUsage, status: String, reply: [UInt8]?,
    at time: Int64 = Clock.now
  ) throws(LedgerError) {
    let isKnown = usage.unmetered == 0
    try writing { database throws(DatabaseError) in
      try database.run(
        """
        UPDATE requests SET state = 'settled', settled = ?, input_tokens = ?,
          cached_input_tokens = ?, output_tokens = ?, usd = ?, status = ?, reply = ?
        WHERE id = ? AND state = 'reserved'
        """,
        [
          .integer(time), isKnown ? SQLValue(usage.inputTokens) : .null,
          isKnown ? SQLValue(usage.cachedInputTokens) : .null,
          isKnown ? SQLValue(usage.outputTokens) : .null,
          isKnown && usage.unpriced == 0 ? .real(usage.usd) : .null, .text(status),
          reply.map(SQLValue.blob) ?? .null, .integer(reservation.id),
        ])
    }
  }

  /// Gives a reservation back whole: the request never left this machine.
  public func release(_ reservation: Reservation) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        "UPDATE requests SET state = 'released' WHERE id = ? AND state = 'reserved'",
        [.integer(reservation.id)])
    }
  }

  /// What was spent and reserved under a name.
  public func spending(scope: String) throws(LedgerError) -> Spending {
    try reading { database throws(DatabaseError) in try Self.spending(scope, database) }
  }

  private static func spending(
    _ scope: String, _ database: Database
  ) throws(DatabaseError) -> Spending {
    try database.rows(
      """
      SELECT count(*),
        coalesce(sum(CASE state WHEN 'settled'
          THEN coalesce(input_tokens + output_tokens, reserved_tokens)
          ELSE reserved_tokens END), 0),
        coalesce(sum(CASE state WHEN 'settled' THEN coalesce(usd, reserved_usd)
          ELSE reserved_usd END), 0.0)
      FROM request_scopes s JOIN requests r ON r.id = s.request
      WHERE s.scope = ? AND r.state != 'released'
      """, [.text(scope)]
    ) { Spending(requests: $0.int(0), tokens: $0.int(1), usd: $0.real(2)) }
    .first ?? Spending()
  }

  // MARK: Replies that were paid for

  /// The newest reply under a key that a run got and did not live to use; nil where there is none.
  public func reply(
    to key: Digest, model: String
  ) throws(LedgerError) -> StoredReply? {
    try reading { database throws(DatabaseError) in
      try Self.reply(to: key, model, database)
    }
  }

  private static func reply(
    to key: Digest, _ model: String, _ database: Database
  ) throws(DatabaseError) -> StoredReply? {
    try database.rows(
      """
      SELECT reply, input_tokens, cached_input_tokens, output_tokens, usd, status, id
      FROM requests
      WHERE prompt_key = ? AND model = ? AND state = 'settled' AND is_open
        AND reply IS NOT NULL
      ORDER BY id DESC LIMIT 1
      """, [.text(key.hex), .text(model)]
    ) { row in
      let isMetered = row.optionalInt(1) != nil
      return StoredReply(
        bytes: row.blob(0) ?? [],
        usage: ModelUsage(
          requests: 1, inputTokens: row.int(1), cachedInputTokens: row.int(2),
          outputTokens: row.int(3), usd: row.real(4), unmetered: isMetered ? 0 : 1,
          unpriced: row.optionalReal(4) == nil ? 1 : 0),
        status: row.text(5), id: row.integer(6) ?? 0)
    }.first
  }

  /// The newest reply under a key that a run got and did not live to use: from now on it is that of
  /// another run, counts in that one's budgets and ends with it. Nil where there is none.
  ///
  /// Its usage is nothing where an earlier run has it in its own report: what was paid once is in
  /// the sums once. The caller's key names the tree, whose lock says that the earlier run is dead.
  public func takeOver(
    replyTo key: Digest, model: String, run: String, step: String?, within budgets: [Budget]
  ) throws(LedgerError) -> StoredReply? {
    try writing { database throws(DatabaseError) in
      guard var reply = try Self.reply(to: key, model, database) else { return nil }
      let isTold = try database.rows(
        "SELECT told FROM requests WHERE id = ?", [.integer(reply.id)]
      ) { $0.bool(0) }
      if isTold.contains(true) { reply.usage = ModelUsage() }
      try database.run(
        "UPDATE requests SET run = ?, step = ? WHERE id = ?",
        [.text(run), SQLValue(step), .integer(reply.id)])
      for budget in budgets {
        try database.run(
          "INSERT OR IGNORE INTO request_scopes VALUES (?,?)",
          [.text(budget.scope), .integer(reply.id)])
      }
      return reply
    }
  }

  /// Says that a run's repair came to its end: its replies are no longer given to anybody, nor kept.
  public func close(run: String) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run("UPDATE requests SET is_open = 0, reply = NULL WHERE run = ?", [.text(run)])
    }
  }
}
