import Events
import Manifests
import Planning
import Platform

/// How much of a run's report is in the ledger already.
struct LedgerProgress {
  /// The run's row; nil before the first write.
  var row: Int64?
  var steps = 0
  /// How many files of each of these steps.
  var files: [Int] = []
  var commands = 0
  var attempts = 0
  var notices = 0
}

/// Puts the parts of a report into the tables.
struct LedgerWriter {
  let database: Database
  /// Takes the secrets out of a text.
  let redact: (String) -> String

  /// Writes what is new since `progress`, all of it or nothing, and says how far it is now.
  func write(
    _ report: RunReport, after progress: LedgerProgress
  ) throws(DatabaseError) -> LedgerProgress {
    try database.transaction { () throws(DatabaseError) in
      var progress = progress
      let row = try row(of: report, progress)
      progress.row = row
      while progress.steps < report.steps.count,
        report.steps[progress.steps].outcome != nil
      {
        try write(report.steps[progress.steps], row, progress.steps, of: report.run)
        progress.files.append(0)
        progress.steps += 1
      }
      // A repair of `verify` is told with steps that have long ended.
      for step in 0..<progress.steps where progress.files[step] < report.steps[step].files.count {
        try write(report.steps[step].files[progress.files[step]...], row, step: step)
        progress.files[step] = report.steps[step].files.count
      }
      try write(report.commands[progress.commands...], row, step: -1)
      progress.commands = report.commands.count
      try write(report.attempts[progress.attempts...], row, step: -1, of: report.run)
      progress.attempts = report.attempts.count
      for (index, notice) in report.notices.enumerated().dropFirst(progress.notices) {
        try write(notice, row, index)
      }
      progress.notices = report.notices.count
      if report.end != nil || report.commit != nil { try finish(report, row) }
      return progress
    }
  }

  private func row(
    of report: RunReport, _ progress: LedgerProgress
  ) throws(DatabaseError) -> Int64 {
    if let row = progress.row { return row }
    let author = report.provenance
    try database.run(
      """
      INSERT INTO runs (run, root, manifest, manifest_sha256, manifest_file, started, author,
        author_model, author_tokens, author_usd, author_created)
      VALUES (?,?,?,?,?,?,?,?,?,?,?)
      """,
      [
        .text(report.run), .text(report.root), .text(report.manifestName),
        .text(report.manifestDigest.hex), .text(report.manifestFile), .integer(report.started),
        SQLValue(author?.author), SQLValue(author?.model), SQLValue(author?.tokens),
        SQLValue(author?.usd), SQLValue(author?.created),
      ])
    return database.lastRow
  }

  private func finish(_ report: RunReport, _ row: Int64) throws(DatabaseError) {
    let end = report.end
    try database.run(
      """
      UPDATE runs SET ended = ?, outcome = ?, exit = ?, reason = ?, can_undo = ?,
        repair_estimate = ?, commit_id = ?, commit_message = ?, undone = ? WHERE id = ?
      """,
      [
        SQLValue(report.ended), SQLValue(end?.outcome.rawValue),
        SQLValue(end.map { Int($0.exit) }), SQLValue(end?.reason),
        end.map { SQLValue($0.canUndo) } ?? .null, SQLValue(end?.repairEstimate),
        SQLValue(report.commit.map { ([$0.id] + $0.earlier).joined(separator: " ") }),
        SQLValue(report.commit?.message), end.map { SQLValue($0.isUndone) } ?? .null,
        .integer(row),
      ])
  }

  private func write(
    _ step: RunReport.Step, _ row: Int64, _ position: Int, of run: String
  ) throws(DatabaseError) {
    try database.run(
      "INSERT INTO steps VALUES (?,?,?,?,?,?,?,?)",
      [
        .integer(row), SQLValue(position), .text(step.id), .integer(step.started),
        SQLValue(step.ended), SQLValue(step.outcome?.rawValue), SQLValue(step.reason),
        SQLValue(step.neededModel),
      ])
    try write(step.commands[...], row, step: position)
    try write(step.attempts[...], row, step: position, of: run)
  }

  private func write(
    _ files: ArraySlice<FileRecord>, _ row: Int64, step: Int
  ) throws(DatabaseError) {
    for (index, file) in zip(files.indices, files) {
      try database.run(
        "INSERT INTO files VALUES (?,?,?,?,?,?,?)",
        [
          .integer(row), SQLValue(step), SQLValue(index), .text(file.path),
          .text(file.action.rawValue), SQLValue(file.digest?.hex), SQLValue(file.repairedIn),
        ])
    }
  }

  private func write(
    _ commands: ArraySlice<CommandRecord>, _ row: Int64, step: Int
  ) throws(DatabaseError) {
    for (index, command) in zip(commands.indices, commands) {
      try database.run(
        "INSERT INTO commands VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [
          .integer(row), SQLValue(step), SQLValue(index), .text(command.kind.rawValue),
          .text(redact(command.name)), .text(redact(command.run)), .text(command.outcome.rawValue),
          SQLValue(command.exit), SQLValue(command.signal), .real(command.seconds),
          .real(command.userSeconds), .real(command.systemSeconds),
          SQLValue(command.peakMemory), .text(command.sandbox), .text(redact(command.output)),
          SQLValue(command.omitted), SQLValue(command.reason.map(redact)), SQLValue(command.line),
          SQLValue(command.file),
        ])
    }
  }

  private func write(
    _ attempts: ArraySlice<AttemptRecord>, _ row: Int64, step: Int, of run: String
  ) throws(DatabaseError) {
    for (index, attempt) in zip(attempts.indices, attempts) {
      let usage = attempt.usage
      try database.run(
        "INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [
          .integer(row), SQLValue(step), SQLValue(index), SQLValue(attempt.number),
          .text(attempt.by.rawValue), SQLValue(attempt.model), .text(attempt.outcome.rawValue),
          SQLValue(attempt.signal), SQLValue(attempt.reason),
          .text(JSON.array(attempt.files.map(JSON.string)).text()), .real(attempt.seconds),
          .text(JSON.array(attempt.notes.map(JSON.string)).text()),
          SQLValue(attempt.answeredAs), SQLValue(attempt.surprise), SQLValue(usage.requests),
          SQLValue(usage.inputTokens), SQLValue(usage.cachedInputTokens),
          SQLValue(usage.outputTokens), .real(usage.usd), SQLValue(usage.unmetered),
          SQLValue(usage.unpriced),
        ])
      guard let request = attempt.request, usage.requests > 0 else { continue }
      try database.run(
        "UPDATE requests SET told = 1 WHERE id = ? AND run = ?", [.integer(request), .text(run)])
    }
  }

  private func write(
    _ notice: RunReport.Notice, _ row: Int64, _ position: Int
  ) throws(DatabaseError) {
    try database.run(
      "INSERT INTO notices VALUES (?,?,?,?,?,?,?,?,?,?,?)",
      [
        .integer(row), SQLValue(position), .text(notice.kind.rawValue), .text(notice.message),
        SQLValue(notice.rule), SQLValue(notice.hint), SQLValue(notice.step),
        SQLValue(notice.path), SQLValue(notice.file), SQLValue(notice.line),
        SQLValue(notice.column),
      ])
  }
}
