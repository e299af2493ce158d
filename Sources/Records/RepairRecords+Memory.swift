public import Platform

/// A repair that worked: what it made of which files.
public struct RememberedRepair: Sendable, Hashable {
  /// One file of a repair.
  public struct File: Sendable, Hashable {
    /// Relative to the root.
    public var path: String
    /// The manifest's own bytes; nil where it declares none.
    public var declared: [UInt8]?
    /// What the repair left; nil where it removed the file.
    public var content: [UInt8]?
    /// The permission bits; nil where they are as before.
    public var mode: UInt32?

    public init(
      path: String, declared: [UInt8]?, content: [UInt8]?, mode: UInt32? = nil
    ) {
      self.path = path
      self.declared = declared
      self.content = content
      self.mode = mode
    }
  }

  /// The digest of all that the manifest declares for the scope of the repair.
  public var declared: Digest
  /// The normalised first error that it mended.
  public var fingerprint: String
  public var root: String
  /// The run that made it.
  public var run: String
  /// Nil for `verify`.
  public var step: String?
  /// The configured name of the model, or a fixer's command.
  public var model: String?
  /// In nanoseconds since 1970.
  public var created: Int64
  public var files: [File]

  public init(
    declared: Digest, fingerprint: String, root: String, run: String, step: String?,
    model: String?, created: Int64 = Clock.now, files: [File]
  ) {
    self.declared = declared
    self.fingerprint = fingerprint
    self.root = root
    self.run = run
    self.step = step
    self.model = model
    self.created = created
    self.files = files
  }
}

extension RepairRecords {
  /// Keeps a repair that was accepted, in the place of an earlier one for the same failure of the
  /// same bytes.
  public func remember(_ repair: RememberedRepair) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      for earlier in try database.active(repair.declared, repair.fingerprint)
      where earlier.hasSameBase(as: repair) { try Self.forget(earlier, database) }
      try database.run(
        """
        INSERT INTO repairs (declared, fingerprint, root, run, step, model, created)
        VALUES (?,?,?,?,?,?,?)
        """,
        [
          .text(repair.declared.hex), .text(repair.fingerprint), .text(repair.root),
          .text(repair.run), SQLValue(repair.step), SQLValue(repair.model),
          .integer(repair.created),
        ])
      let id = database.lastRow
      for file in repair.files {
        try database.run(
          "INSERT OR REPLACE INTO repair_files VALUES (?,?,?,?,?)",
          [
            .integer(id), .text(file.path), file.declared.map(SQLValue.blob) ?? .null,
            file.content.map(SQLValue.blob) ?? .null, SQLValue(file.mode.map(Int.init)),
          ])
      }
    }
  }

  /// The newest repair that worked for these declared bytes and this failure, on any tree; nil
  /// where there is none.
  public func repair(
    of declared: Digest, fingerprint: String
  ) throws(LedgerError) -> RememberedRepair? {
    try repairs(of: declared, fingerprint: fingerprint).first
  }

  /// All of them, the newest first: trees may differ in files that the manifest does not declare.
  public func repairs(
    of declared: Digest, fingerprint: String
  ) throws(LedgerError) -> [RememberedRepair] {
    try reading { database throws(DatabaseError) in
      try database.active(declared, fingerprint)
    }
  }

  /// Counts a repair that was replayed and passed.
  public func countReplay(of repair: RememberedRepair) throws(LedgerError) {
    try writing { database throws(DatabaseError) in
      try database.run(
        "UPDATE repairs SET replayed = replayed + 1 WHERE \(RememberedRepair.isIt)", repair.name)
    }
  }

  /// Gives up a repair that did not pass again.
  public func forget(_ repair: RememberedRepair) throws(LedgerError) {
    try writing { database throws(DatabaseError) in try Self.forget(repair, database) }
  }

  /// It stays readable under its run, but is not replayed any more.
  private static func forget(
    _ repair: RememberedRepair, _ database: Database
  ) throws(DatabaseError) {
    try database.run(
      "UPDATE repairs SET is_active = 0 WHERE \(RememberedRepair.isIt)", repair.name)
  }
}

extension LedgerReader {
  /// The repairs that a run made, also those that were replaced or forgotten since: for `show --repairs` and `amend`.
  public func repairs(of run: String) throws(LedgerError) -> [RememberedRepair] {
    try reading { () throws(DatabaseError) in
      try database.repairs("WHERE run = ? ORDER BY id", [.text(run)])
    }
  }

  /// Every repair that was accepted since a moment (nanoseconds since 1970; nil: ever), the oldest
  /// first; a replay from memory is none.
  public func repairs(since: Int64?) throws(LedgerError) -> [RememberedRepair] {
    try reading { () throws(DatabaseError) in
      try database.repairs(
        "WHERE ?1 IS NULL OR created >= ?1 ORDER BY created, id", [SQLValue(since)])
    }
  }
}

extension RememberedRepair {
  /// True for a repair that was made of the same bytes of the same files.
  fileprivate func hasSameBase(as other: RememberedRepair) -> Bool {
    func base(_ files: [File]) -> [String: [UInt8]?] {
      Dictionary(files.map { ($0.path, $0.declared) }) { $1 }
    }
    return base(files) == base(other.files)
  }

  /// The condition that selects this one repair.
  fileprivate static let isIt =
    "declared = ? AND fingerprint = ? AND run = ? AND created = ? AND is_active"

  /// The values of `isIt`.
  fileprivate var name: [SQLValue] {
    [.text(declared.hex), .text(fingerprint), .text(run), .integer(created)]
  }
}

extension Database {
  /// The repairs that are replayed, the newest first.
  fileprivate func active(
    _ declared: Digest, _ fingerprint: String
  ) throws(DatabaseError) -> [RememberedRepair] {
    try repairs(
      "WHERE declared = ? AND fingerprint = ? AND is_active ORDER BY id DESC",
      [.text(declared.hex), .text(fingerprint)])
  }

  /// The remembered repairs that a condition selects, with their files.
  fileprivate func repairs(
    _ condition: String, _ values: [SQLValue]
  ) throws(DatabaseError) -> [RememberedRepair] {
    var found = try rows(
      """
      SELECT id, declared, fingerprint, root, run, step, model, created FROM repairs
      """ + " " + condition, values
    ) { row in
      (
        row.integer(0) ?? 0,
        RememberedRepair(
          declared: Digest(hex: row.text(1)) ?? Digest(of: []), fingerprint: row.text(2),
          root: row.text(3), run: row.text(4), step: row.optionalText(5),
          model: row.optionalText(6), created: row.integer(7) ?? 0, files: [])
      )
    }
    for index in found.indices {
      found[index].1.files = try rows(
        """
        SELECT path, declared, content, mode FROM repair_files WHERE repair = ? ORDER BY path
        """, [.integer(found[index].0)]
      ) { row in
        RememberedRepair.File(
          path: row.text(0), declared: row.blob(1), content: row.blob(2),
          mode: row.optionalInt(3).map { UInt32(clamping: $0) })
      }
    }
    return found.map { $0.1 }
  }
}
