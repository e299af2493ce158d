public import Manifests
import Platform
import Records
public import Repairing
public import YAMLTree

/// The coaching notes of a tree, to be looked at and changed by a person.
///
/// Every change is a file of the tree, written whole, so that it is reviewed with the code; what
/// may run on this machine is written down in the ledger alone.
public final class CoachingDesk {
  /// What is wrong with files of notes; they are no notes until it is mended.
  public let faults: [Diagnostic]
  public private(set) var book: NoteBook

  private let root: RootTree
  private let folder: NoteFolder
  private let entries: [NoteFolder.Entry]
  private let ledger: String?
  private let time: Int64

  /// Opens the notes of a root; `ledger` is its file, nil where there is no place for one.
  public init(
    root: String?, configuration: Configuration, ledger: String?
  ) throws(RunFailure) {
    guard let path = try RootFolder.resolve(root, making: false) else {
      throw .system(message: "the root is not there", hint: nil)
    }
    do {
      self.root = try RootTree(path: path)
    } catch {
      throw .system(message: "the root cannot be used: \(error)", hint: nil)
    }
    let settled = try configuration.tightened(by: self.root)
    folder = NoteFolder(tree: self.root, folders: settled.coaching)
    let contents = folder.read()
    entries = contents.entries
    faults = contents.faults
    self.ledger = settled.ledger ?? ledger
    time = Clock.now
    book = NoteBook(entries: contents.entries, at: time)
    try fillBook(path)
  }

  private func fillBook(_ root: String) throws(RunFailure) {
    guard let ledger else { return }
    do throws(LedgerError) {
      guard let reader = try LedgerReader.open(at: ledger) else { return }
      book = NoteBook(
        entries: entries, reflections: try reader.reflections(of: root),
        evidence: try reader.noteEvidence(of: root, language: SourceLanguage.of),
        checks: try reader.noteChecks(of: root), at: time)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: LedgerError) -> RunFailure {
    .system(message: "the ledger cannot be used: \(error)", hint: error.hint)
  }

  /// The note of an id.
  public func standing(of id: String) throws(RunFailure) -> NoteStanding {
    if let standing = book.standing(of: id) { return standing }
    throw .refused(
      message: "there is no note '\(Printable.escaped(id))'", details: [],
      hint: "'mtor coach list' lists the notes")
  }

  // MARK: Changing

  /// Adds a note that a person wrote; what says nearly the same is refused.
  public func add(_ note: CoachingNote) throws(RunFailure) -> String {
    if let fault = NoteText.fault(in: note.text) {
      let clean = NoteText.cleaned(note.text)
      throw .usage(
        message: "the text \(fault)",
        hint: clean.isEmpty ? "write one plain sentence" : "write one plain line: '\(clean)'")
    }
    if let twin = book.twin(of: note.text) {
      throw .refused(
        message: "the note '\(twin.note.id)' says nearly the same: \(twin.note.text)", details: [],
        hint: "mtor coach show \(twin.note.id)")
    }
    if book.standing(of: note.id) != nil {
      throw .refused(
        message: "there is a note '\(note.id)' already", details: [], hint: "choose another --name")
    }
    if note.status == .active { try checkRoom() }
    let path = try write(note)
    // Typed here by a person: that is the word that it may run.
    if note.check != nil { try approve(note) }
    return path
  }

  /// Makes a note active: from now on it is sent.
  public func activate(_ id: String) throws(RunFailure) -> String {
    let standing = try standing(of: id)
    if standing.note.status == .active { return try unchanged(standing, "is active already") }
    if standing.note.isExpired(at: time) {
      throw .refused(
        message: "the note '\(id)' has expired \(standing.note.expires ?? "")", details: [],
        hint: "give it another day in its file first")
    }
    try checkRoom()
    return try set(.active, standing)
  }

  /// Retires a note: it stays for the record and is never sent.
  public func retire(_ id: String) throws(RunFailure) -> String {
    let standing = try standing(of: id)
    if standing.path != nil {
      let path = try set(.retired, standing)
      try withRecords { records throws(LedgerError) in
        try records.disapprove(note: id, root: self.root.path)
      }
      return path
    }
    try withRecords { records throws(LedgerError) in
      try records.setState(.dismissed, ofReflection: id, root: self.root.path)
    }
    return "the ledger"
  }

  /// Lets a note's command do its work, and run on this machine; `check` gives it one.
  public func promote(_ id: String, check: String?) throws(RunFailure) -> String {
    var standing = try standing(of: id)
    if let check {
      if let old = standing.note.check, old != check {
        throw .refused(
          message: "the note '\(id)' has another command: \(old)", details: [],
          hint: "change 'check' in its file, then promote it")
      }
      standing.note.check = check
    }
    guard standing.note.check != nil else {
      throw .refused(
        message: "the note '\(id)' has no command that could do its work", details: [],
        hint: "mtor coach promote \(id) --check COMMAND")
    }
    let path: String
    let fileHasCheck = entries.contains {
      $0.note.id == id && $0.note.check == standing.note.check
    }
    if standing.note.status == .promoted {
      path = standing.path?.text ?? ""
    } else if fileHasCheck || standing.path == nil {
      path = try set(.promoted, standing)
    } else {
      path = try replace(standing.note, with: .promoted, at: standing)
    }
    try approve(standing.note)
    return path
  }

  private func checkRoom() throws(RunFailure) {
    guard book.activeCount >= NoteStanding.activeLimit else { return }
    throw .refused(
      message: "\(NoteStanding.activeLimit) notes are active, which is as many as may be",
      details: [], hint: "retire one first: 'mtor coach stats' says which do not help")
  }

  private func unchanged(_ standing: NoteStanding, _ what: String) throws(RunFailure) -> String {
    // A file that says active and does not hold needs more than this verb.
    if let why = standing.why, standing.status == .retired {
      throw .refused(
        message: "the note '\(standing.note.id)' \(what) and is not sent: \(why)", details: [],
        hint: "write it anew under another name, or retire others")
    }
    return standing.path?.text ?? "the ledger"
  }

  private func set(
    _ status: CoachingNote.Status, _ standing: NoteStanding
  ) throws(RunFailure) -> String {
    guard let path = standing.path,
      let entry = entries.first(where: { $0.note.id == standing.note.id })
    else {
      // A reflection becomes a file of the tree.
      var note = standing.note
      note.status = status
      let path = try write(note)
      try withRecords { records throws(LedgerError) in
        try records.setState(.taken, ofReflection: note.id, root: self.root.path)
      }
      return path
    }
    guard let bytes = entry.file.bytes(with: status) else {
      return try replace(entry.note, with: status, at: standing)
    }
    try write(bytes, to: path, replacing: true)
    return path.text
  }

  private func replace(
    _ note: CoachingNote, with status: CoachingNote.Status, at standing: NoteStanding
  ) throws(RunFailure) -> String {
    var note = note
    note.status = status
    guard let path = standing.path else { return try write(note) }
    try write(CoachingNoteWriter.bytes(of: note), to: path, replacing: true)
    return path.text
  }

  private func write(_ note: CoachingNote) throws(RunFailure) -> String {
    let path: RelativePath
    do { path = try folder.path(of: note.id) } catch {
      throw .system(message: "there is no folder for notes: \(error)", hint: nil)
    }
    try write(CoachingNoteWriter.bytes(of: note), to: path, replacing: false)
    return path.text
  }

  private func write(
    _ bytes: [UInt8], to path: RelativePath, replacing: Bool
  ) throws(RunFailure) {
    // What is written is read first: a note that no reader takes is never left behind.
    do throws(DiagnosticList) {
      _ = try CoachingNoteReader.read(SourceText(name: path.text, bytes: bytes))
    } catch {
      throw .invalid(error.all)
    }
    do throws(SystemError) { try folder.write(bytes, to: path, replacing: replacing) } catch {
      throw .system(message: "the note cannot be written: \(error)", hint: nil)
    }
  }

  private func approve(_ note: CoachingNote) throws(RunFailure) {
    guard let digest = note.checkDigest else { return }
    try withRecords { records throws(LedgerError) in
      try records.approve(digest, ofNote: note.id, root: self.root.path)
    }
  }

  private func withRecords(
    _ body: (RepairRecords) throws(LedgerError) -> Void
  ) throws(RunFailure) {
    guard let ledger else {
      throw .system(message: "there is no place for the ledger", hint: "export HOME=~")
    }
    do throws(LedgerError) { try body(RepairRecords(path: ledger)) } catch {
      throw Self.failure(error)
    }
  }
}
