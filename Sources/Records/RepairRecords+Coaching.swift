public import Platform

/// Where the connection of a reader or of a repair leads: both ask the same of coaching.
extension Database {
  func reflections(of root: String) throws(DatabaseError) -> [Reflection] {
    try rows(
      """
      SELECT note, text, run, step, model, language, created, seen, state FROM reflections
      WHERE root = ? ORDER BY created, note
      """, [.text(root)]
    ) { row in
      var reflection = Reflection(
        note: row.text(0), text: row.text(1), run: row.text(2), step: row.optionalText(3),
        model: row.optionalText(4), language: row.optionalText(5), created: row.integer(6) ?? 0)
      reflection.seen = row.int(7)
      reflection.state = Reflection.State(rawValue: row.text(8)) ?? .dismissed
      return reflection
    }
  }

  /// Only those that a person has approved.
  func noteChecks(of root: String) throws(DatabaseError) -> [NoteCheckRecord] {
    try rows(
      """
      SELECT note, command_sha256, fired, held FROM note_checks
      WHERE root = ? ORDER BY note, approved
      """, [.text(root)]
    ) { row in
      NoteCheckRecord(
        note: row.text(0), command: Digest(hex: row.text(1)) ?? Digest(of: []), fired: row.int(2),
        held: row.int(3))
    }
  }
}

extension RepairRecords {
  /// How many proposed reflections of one tree are kept: a talkative model fills no disk.
  public static let reflectionLimit = 200
  /// How many of those that a person has decided about, so that they are not proposed again.
  public static let decidedLimit = 1000

  /// The reflections of a tree, the oldest first.
  public func reflections(of root: String) throws(LedgerError) -> [Reflection] {
    try reading { database throws(DatabaseError) in try database.reflections(of: root) }
  }

  /// Keeps a reflection, or counts the one that says nearly the same; gives back its note's id,
  /// nil where it was new.
  ///
  /// Beyond the limit the oldest proposal that was seen least goes; what a person has decided
  /// about has a limit of its own. Ids that are taken get a number.
  public func propose(
    _ reflection: Reflection, root: String, isTwin: @Sendable (Reflection) -> Bool
  ) throws(LedgerError) -> (id: String, isNew: Bool) {
    try writing { database throws(DatabaseError) in
      let known = try database.reflections(of: root)
      if let twin = known.first(where: isTwin) {
        try database.run(
          "UPDATE reflections SET seen = seen + 1 WHERE root = ? AND note = ?",
          [.text(root), .text(twin.note)])
        return (twin.note, false)
      }
      let ids = Set(known.map(\.note))
      var id = reflection.note
      var number = 2
      while ids.contains(id) {
        id = "\(reflection.note)-\(number)"
        number += 1
      }
      try database.run(
        """
        INSERT INTO reflections (root, note, text, run, step, model, language, created)
        VALUES (?,?,?,?,?,?,?,?)
        """,
        [
          .text(root), .text(id), .text(reflection.text), .text(reflection.run),
          SQLValue(reflection.step), SQLValue(reflection.model), SQLValue(reflection.language),
          .integer(reflection.created),
        ])
      try database.run(
        """
        DELETE FROM reflections WHERE root = ?1 AND note IN (
          SELECT note FROM reflections WHERE root = ?1 AND note <> ?2 AND state = 'proposed'
          ORDER BY seen DESC, created DESC LIMIT -1 OFFSET ?3)
        """, [.text(root), .text(id), SQLValue(Self.reflectionLimit - 1)])
      try database.run(
        """
        DELETE FROM reflections WHERE root = ?1 AND note IN (
          SELECT note FROM reflections WHERE root = ?1 AND state <> 'proposed'
          ORDER BY created DESC LIMIT -1 OFFSET ?2)
        """, [.text(root), SQLValue(Self.decidedLimit)])
      return (id, true)
    }
  }

  /// Says what became of a reflection.
  public func setState(
    _ state: Reflection.State, ofReflection note: String, root: String
  ) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        "UPDATE reflections SET state = ? WHERE root = ? AND note = ?",
        [.text(state.rawValue), .text(root), .text(note)])
    }
  }

  // MARK: Checks

  /// The commands of notes that may run for a tree.
  public func noteChecks(of root: String) throws(LedgerError) -> [NoteCheckRecord] {
    try reading { database throws(DatabaseError) in try database.noteChecks(of: root) }
  }

  /// A person lets a note's command run for this tree on this machine.
  public func approve(_ command: Digest, ofNote note: String, root: String) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        """
        INSERT OR IGNORE INTO note_checks (root, note, command_sha256, approved)
        VALUES (?,?,?,?)
        """, [.text(root), .text(note), .text(command.hex), .integer(Clock.now)])
    }
  }

  /// Takes the word back.
  public func disapprove(note: String, root: String) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        "DELETE FROM note_checks WHERE root = ? AND note = ?", [.text(root), .text(note)])
    }
  }

  /// Counts what a note's command said: it found something, or it passed with the repair.
  public func count(
    _ command: Digest, ofNote note: String, root: String, fired: Int = 0, held: Int = 0
  ) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        """
        UPDATE note_checks SET fired = fired + ?, held = held + ?
        WHERE root = ? AND note = ? AND command_sha256 = ?
        """,
        [SQLValue(fired), SQLValue(held), .text(root), .text(note), .text(command.hex)])
    }
  }
}

extension LedgerReader {
  /// The reflections of a tree, the oldest first.
  public func reflections(of root: String) throws(LedgerError) -> [Reflection] {
    try reading { () throws(DatabaseError) in try database.reflections(of: root) }
  }

  /// The commands of notes that may run for a tree.
  public func noteChecks(of root: String) throws(LedgerError) -> [NoteCheckRecord] {
    try reading { () throws(DatabaseError) in try database.noteChecks(of: root) }
  }
}
