import Events
import Platform
import Synchronization
import Testing

@testable import Records

@Suite struct LedgerFaultTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path("ledger.sqlite") }

  private func record(_ events: [RunEvent], patience: Int = 50) -> Ledger {
    let ledger = Ledger(path: path, patience: patience)
    for event in events { ledger.receive(event) }
    return ledger
  }

  @Test func whatIsNoLedgerIsLeftAloneAndSaid() {
    let foreign = Array("This is a letter, not a database, and it is long enough.".utf8)
    folder.write("ledger.sqlite", foreign)
    #expect(
      record(LedgerTests.busyRun("a")).warnings == [
        "the ledger \(path) cannot be used: it is not a ledger; this run is not recorded; "
          + "set it aside: mv '\(path)' '\(path).damaged'"
      ])
    #expect(folder.read("ledger.sqlite") == foreign)
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() throws {
    do {
      let other = try Database(path: path, .create)
      try other.execute("CREATE TABLE letters (id INTEGER)")
    }
    let before = folder.read("ledger.sqlite")
    let warnings = record(LedgerTests.busyRun("a")).warnings
    #expect(warnings.first?.contains("cannot be used: it is not a ledger; ") == true)
    #expect(folder.read("ledger.sqlite") == before)
  }

  @Test func aNewerLedgerIsLeftAlone() throws {
    _ = record(LedgerTests.busyRun("a"))
    do {
      let database = try Database(path: path, .readWrite)
      try database.execute("PRAGMA user_version = 99")
    }
    let known = LedgerSchema.migrations.count
    #expect(
      record(LedgerTests.busyRun("b")).warnings == [
        "the ledger \(path) cannot be used: a newer mtor made it (schema 99, this one knows "
          + "\(known)); this run is not recorded; use that mtor, or name another file with "
          + "'ledger:' in the configuration"
      ])
  }

  @Test func aTornSchemaNumberIsDamageAndNoCrash() throws {
    _ = record(LedgerTests.busyRun("a"))
    do {
      let database = try Database(path: path, .readWrite)
      try database.execute("PRAGMA user_version = -7")
    }
    #expect(
      record(LedgerTests.busyRun("b")).warnings == [
        "the ledger \(path) cannot be used: it is damaged; this run is not recorded; "
          + "set it aside: mv '\(path)' '\(path).damaged'"
      ])
  }

  @Test func aLedgerOfEachOlderSchemaOpens() throws {
    let fresh = folder.path("fresh.sqlite")
    _ = try RepairRecords(path: fresh)
    for version in 1..<LedgerSchema.migrations.count {
      let old = folder.path("old-\(version).sqlite")
      do {
        let database = try Database(path: old, .create)
        for migration in LedgerSchema.migrations[..<version] { try database.execute(migration) }
        try database.execute("PRAGMA application_id = \(LedgerSchema.identity)")
        try database.execute("PRAGMA user_version = \(version)")
        try database.execute(
          """
          INSERT INTO runs (run, root, manifest, manifest_sha256, manifest_file, started)
          VALUES ('old', '/r', 'm', '', 'm.yaml', 5)
          """)
      }
      let reader = try #require(try LedgerReader.open(at: old))
      #expect(try reader.summaries().map(\.run) == ["old"])
      let ledger = Ledger(path: old)
      for event in LedgerTests.busyRun("new") { ledger.receive(event) }
      #expect(ledger.warnings == [])
      #expect(try reader.summaries(limit: 5).count == 2)
      #expect(
        try reader.database.integer("PRAGMA user_version") == Int64(LedgerSchema.migrations.count))
      #expect(
        try Self.tables(reader.database) == Self.tables(Database(path: fresh, .readOnly)))
      // What came with later versions works in it as in a new one.
      let records = try RepairRecords(path: old)
      let said = Reflection(
        note: "a", text: "b", run: "new", step: nil, model: nil, language: nil)
      #expect(try records.propose(said, root: "/r") { _ in false }.isNew)
      #expect(try reader.reflections(of: "/r").map(\.text) == ["b"])
      #expect(try reader.noteEvidence(of: "/r") { _ in nil } == [:])
      #expect(try reader.statistics().total.runs == 2)
    }
  }

  /// Every table and index with the text that made it.
  private static func tables(_ database: Database) throws -> [String] {
    try database.rows("SELECT coalesce(sql, name) FROM sqlite_master ORDER BY name") { $0.text(0) }
  }

  @Test func aFolderThatCannotBeMadeIsSaid() {
    folder.write("file", [])
    let ledger = Ledger(path: folder.path("file/mtor/ledger.sqlite"))
    for event in LedgerTests.busyRun("a") { ledger.receive(event) }
    #expect(
      ledger.warnings == [
        "the ledger \(folder.path)/file/mtor/ledger.sqlite cannot be used: "
          + "mkdir \(folder.path)/file/mtor: Not a directory; this run is not recorded"
      ])
  }

  @Test func aLockThatLastsIsWaitedForTwiceAndThenSaid() throws {
    _ = record(LedgerTests.busyRun("first"))
    let rival = try Database(path: path, .readWrite)
    try rival.run("BEGIN IMMEDIATE")
    #expect(
      record(LedgerTests.busyRun("second")).warnings == [
        "the ledger \(path) cannot be used: another process holds it; this run is not recorded"
      ])
    try rival.run("ROLLBACK")
    let reader = try #require(try LedgerReader.open(at: path))
    #expect(try reader.summaries().map(\.run) == ["first"])
  }

  @Test func aLockThatEndsInTimeCostsNothing() throws {
    _ = record(LedgerTests.busyRun("first"))
    let rival = try Database(path: path, .readWrite)
    try rival.run("BEGIN IMMEDIATE")
    let ledger = Ledger(path: path, patience: 20)
    let events = LedgerTests.busyRun("second")
    for event in events.dropLast() { ledger.receive(event) }
    try rival.run("ROLLBACK")
    for event in events.suffix(1) { ledger.receive(event) }
    #expect(ledger.warnings == [])
    let reader = try #require(try LedgerReader.open(at: path))
    #expect(try reader.report(of: "second")?.steps.count == 1)
  }

  @Test func noTornByteOfTheFileStopsARun() throws {
    _ = record(LedgerTests.busyRun("first"))
    do {
      let database = try Database(path: path, .readWrite)
      try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }
    let whole = try #require(folder.read("ledger.sqlite"))
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix(state: seed)
    for round in 0..<60 {
      var torn = whole
      if round % 2 == 0 {
        torn.removeLast(random.int(1..<torn.count))
      } else {
        for _ in 0..<random.int(1..<200) {
          torn[random.int(0..<torn.count)] = UInt8(random.int(0..<256))
        }
      }
      let name = "torn-\(round).sqlite"
      folder.write(name, torn)
      let ledger = Ledger(path: folder.path(name), patience: 20)
      for event in LedgerTests.busyRun("next") { ledger.receive(event) }
      #expect(ledger.warnings.count <= 1, "seed \(seed) round \(round)")
      do throws(LedgerError) {
        // Whatever it says, it does not crash, and a fault has the ledger's name.
        _ = try LedgerReader.open(at: folder.path(name))?.report(of: "first")
      } catch {
        #expect(error.path == folder.path(name))
      }
    }
  }

  @Test func fourWritersLoseNothing() throws {
    let path = path
    let warnings = Mutex<[String]>([])
    inThreads(4) { writer in
      for index in 0..<40 {
        let ledger = Ledger(path: path)
        for event in LedgerTests.busyRun("w\(writer)-\(index)") { ledger.receive(event) }
        warnings.withLock { $0 += ledger.warnings }
      }
    }
    #expect(warnings.withLock { $0 } == [])
    let reader = try #require(try LedgerReader.open(at: path))
    let runs = try reader.summaries(limit: 1000)
    #expect(runs.count == 160)
    #expect(runs.allSatisfy { $0.outcome == .passed && $0.steps == 1 && $0.files == 1 })
  }
}
