public import Events

extension LedgerReader {
  /// The runs of a root (nil: of all), newest first; a `verify` for which something was tried counts
  /// as one of the steps.
  ///
  /// `since` is in nanoseconds since 1970.
  public func summaries(
    root: String? = nil, since: Int64? = nil, limit: Int = 20
  ) throws(LedgerError) -> [RunSummary] {
    try reading { () throws(DatabaseError) in
      try database.rows(
        """
        SELECT r.run, r.manifest, r.root, r.started, r.ended, r.outcome, r.exit,
          (SELECT count(*) FROM files f WHERE f.run = r.id
            AND f.action NOT IN ('unchanged', 'skipped', 'unknown')),
          (SELECT count(*) FROM steps s WHERE s.run = r.id) + (count(a.step = -1 OR NULL) > 0),
          (SELECT count(*) FROM steps s WHERE s.run = r.id AND s.needed_llm)
            + (count(a.step = -1 AND (a.input_tokens + a.output_tokens > 0 OR a.unmetered > 0)
              OR NULL) > 0),
          coalesce(sum(a.requests), 0), coalesce(sum(a.input_tokens), 0),
          coalesce(sum(a.cached_input_tokens), 0), coalesce(sum(a.output_tokens), 0),
          coalesce(sum(a.usd), 0), coalesce(sum(a.unmetered), 0), coalesce(sum(a.unpriced), 0)
        FROM (SELECT * FROM runs WHERE (?1 IS NULL OR root = ?1)
            AND (?2 IS NULL OR started >= ?2)
          ORDER BY started DESC, id DESC LIMIT ?3) r
        LEFT JOIN attempts a ON a.run = r.id
        GROUP BY r.id ORDER BY r.started DESC, r.id DESC
        """, [SQLValue(root), SQLValue(since), SQLValue(limit)]
      ) { row in
        let started = row.integer(3) ?? 0
        return RunSummary(
          run: row.text(0), manifest: row.text(1), root: row.text(2), started: started,
          seconds: row.integer(4).map { Double($0 - started) / 1e9 },
          outcome: row.optionalText(5).flatMap(RunOutcome.init), exit: row.optionalInt(6),
          files: row.int(7), steps: row.int(8), stepsWithModel: row.int(9),
          usage: ModelUsage(
            requests: row.int(10), inputTokens: row.int(11), cachedInputTokens: row.int(12),
            outputTokens: row.int(13), usd: row.real(14), unmetered: row.int(15),
            unpriced: row.int(16)))
      }
    }
  }
}
