import Engine
import Platform
import TestSupport
import Testing

@testable import Fleet

@Suite struct FleetRecords {
  private let folder = TemporaryFolder()

  private func open(isChanging: Bool = true) throws -> FleetRecord {
    try FleetRecord(
      of: folder.file("FLEET.yaml"), in: folder.file("state"), isChanging: isChanging)
  }

  private static func entry() -> FleetEntry {
    var row = Matrix.Row("r", "/r", .repaired, reason: "why")
    row.detail = "detail \u{1B}"
    row.cells = [
      Matrix.Cell(step: "s", outcome: "passed", digest: Digest(of: [1]), isRed: true)
    ]
    row.change = Digest(of: [2])
    row.params = ["A": "b"]
    row.base = String(repeating: "a", count: 40)
    row.commit = String(repeating: "b", count: 40)
    row.push = "pushed x"
    row.tokens = 12
    row.usd = 0.5
    row.needsModel = true
    var entry = FleetEntry(row)
    entry.mirror = "/m"
    entry.start = "main"
    entry.task = "t"
    entry.request = "q"
    entry.failure = "f\0g"
    entry.pushed = .init(remote: "/r", branch: "x", commit: "c")
    entry.isOpened = true
    entry.isAway = true
    entry.awaitsRepair = true
    entry.askedAt = 1_700_000_000_123_456_789
    return entry
  }

  @Test func whatIsKeptIsReadBack() throws {
    let record = try open()
    record.begin(["/r"], manifest: "m")
    record["/r"] = Self.entry()
    record.isAway = true
    record.isUnderWay = true
    try record.save()
    let again = try open(isChanging: false)
    #expect(again.manifest == "m" && again.isAway && again.isUnderWay)
    #expect(again.all.map { $0.json.text() } == [Self.entry().json.text()])
  }

  @Test func whatIsToBeRepairedIsNotRedYet() {
    var entry = FleetEntry(Matrix.Row("r", "/r", .stalled, reason: "sh check.sh"))
    #expect(entry.hasEnded && entry.shownRow.state == .stalled)
    entry.awaitsRepair = true
    #expect(!entry.hasEnded && !entry.isHopeless)
    #expect(entry.shownRow.state == .waiting && entry.shownRow.reason == "to be repaired")
    entry.row.state = .running
    #expect(entry.shownRow.state == .running)
  }

  @Test func whatWasPushedIsKeptWhereTheFileNamesItNoMore() throws {
    let record = try open()
    record.begin(["/r", "/s"], manifest: "m")
    record["/r"] = Self.entry()
    record["/s"] = FleetEntry(Matrix.Row("s", "/s", .passed))
    record.begin(["/t"], manifest: "m")
    #expect(record.all.map(\.row.address) == ["/r"])
  }

  private func journal(of record: FleetRecord) throws -> String {
    let names = try FolderListing.names(
      of: Descriptor.open(record.folder, 0), path: record.folder)
    return record.folder + "/" + (try #require(names.first { $0.hasSuffix(".log") }))
  }

  @Test func whatIsKeptAloneIsReadBackToo() throws {
    let path: String
    do {
      let record = try open()
      record.begin(["/r", "/s"], manifest: "m")
      try record.save()
      try record.keep(Self.entry())
      // What nobody had named before joins at the end.
      try record.keep(FleetEntry(Matrix.Row("t", "/t", .failed)))
      try record.keep(FleetEntry(Matrix.Row("t", "/t", .passed)))
      path = try journal(of: record)
    }
    #expect(try open(isChanging: false).all.map(\.row.state) == [.repaired, .passed])
    // A kill in the middle of a line: it was told to nobody.
    let bytes = try Descriptor.open(path, 0).readAll(limit: 1 << 20, path: path)
    try ReplacedFile.write(bytes + Array("{\"repository\": \"u".utf8), to: path, mode: 0o600)
    let again = try open()
    #expect(again.all.map(\.row.address) == ["/r", "/t"])
    try again.keep(FleetEntry(Matrix.Row("v", "/v", .passed)))
    #expect(try open(isChanging: false).all.map(\.row.address) == ["/r", "/t", "/v"])
  }

  @Test func aJournalOfARecordThatWasRemovedIsNotReadAgain() throws {
    let record = try open()
    record.begin(["/r"], manifest: "m")
    try record.save()
    try record.keep(Self.entry())
    let path = try journal(of: record)
    let bytes = try Descriptor.open(path, 0).readAll(limit: 1 << 20, path: path)
    try record.remove()
    // Killed before the journal was gone, and begun anew.
    let next = String(path.dropLast("1.log".count)) + "2.log"
    try ReplacedFile.write(bytes, to: next, mode: 0o600)
    record.begin(["/s"], manifest: "m")
    record["/s"] = FleetEntry(Matrix.Row("s", "/s", .passed))
    try record.save()
    #expect(try open(isChanging: false).all.map(\.row.address) == ["/s"])
  }

  @Test func onlyOneChangesIt() throws {
    let first = try open()
    #expect {
      try open()
    } throws: { error in
      guard case RunFailure.busy = error else { return false }
      return true
    }
    _ = try open(isChanging: false)
    #expect(first.all.isEmpty)
  }

  @Test(arguments: ["", "{", "[]", "{\"repositories\": [{}]}", "{\"repositories\": 1}"])
  func aDamagedRecordIsToldAndKept(text: String) throws {
    let path = try open(isChanging: false).folder
    let file = String(path.dropFirst(folder.path.utf8.count + 1)) + "/record.json"
    try folder.write(file, text)
    #expect {
      try open()
    } throws: { error in
      guard case RunFailure.system(let message, _) = error else { return false }
      return message.hasSuffix("is damaged")
    }
    #expect(try folder.text(file) == text)
  }
}
