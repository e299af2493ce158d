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

  let root: RootTree
  private let folder: NoteFolder
  let entries: [NoteFolder.Entry]
  private let ledger: String?
  private let time: Int64

  /// Opens the notes of a root; `ledger` is its file, nil where there is no place for one.
  public init(
    root: String?, configuration: Configuration, ledger: String?
  ) throws(RunFailure) {
    guard let path = try RootFolder.resolve(root, making: false) else {
      throw RootFolder.missing(root)
    }
    try GitGround.refuse(path)
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
    if !CoachingNote.isID(note.id) {
      throw .usage(
        message: "'\(Printable.escaped(note.id))' is no id of a note",
        hint: "use 1 to 63 small letters, digits, '.', '_' and '-', such as "
          + "'\(CoachingNote.id(from: note.text))'")
    }
    if let fault = NoteText.fault(in: note.text) {
      throw .usage(message: "the text \(fault)", hint: NoteText.hint(for: note.text))
    }
    for (name, text) in [("text", note.text), ("command", note.check ?? "")]
    where NoteText.holdsSecret(text) {
      throw .usage(
        message: "the \(name) holds what looks like a secret (coaching-secret)",
        hint: CoachingNoteReader.secretHint)
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
    let file = try file(of: note)
    try refuseExpired(note, hint: "give it a day to come")
    if note.status == .active { try checkRoom(for: 1) }
    // Typed here by a person: that is the word that it may run. First the word, then the file, so
    // that no note says of itself what does not hold.
    if note.check != nil { try approve(note) }
    try write(file)
    return file.path.text
  }

  func refuseExpired(
    _ note: CoachingNote, hint: String = "give it another day in its file first"
  ) throws(RunFailure) {
    guard note.isExpired(at: time) else { return }
    throw .refused(
      message: "the note '\(note.id)' has expired \(note.expires ?? "")", details: [], hint: hint)
  }

  func checkRoom(for count: Int) throws(RunFailure) {
    let limit = NoteStanding.activeLimit
    guard book.activeCount + count > limit else { return }
    throw .refused(
      message: book.activeCount >= limit
        ? "\(limit) notes are active, which is as many as may be"
        : "\(book.activeCount) notes are active, and with these \(count) it were more than "
          + "\(limit)",
      details: [], hint: "retire one first: 'mtor coach stats' says which do not help")
  }

  func unchanged(_ standing: NoteStanding, _ what: String) throws(RunFailure) -> String {
    // A file that says active and does not hold needs more than this verb.
    if let why = standing.why, standing.status == .retired {
      throw .refused(
        message: "the note '\(standing.note.id)' \(what) and is not sent: \(why)", details: [],
        hint: "write it anew under another name, or retire others")
    }
    return standing.path?.text ?? "the ledger"
  }

  /// The new file of a note, which a reader has taken.
  func file(of note: CoachingNote) throws(RunFailure) -> File {
    let path: RelativePath
    do { path = try folder.path(of: note.id) } catch {
      throw .system(message: "there is no folder for notes: \(error)", hint: nil)
    }
    let bytes = CoachingNoteWriter.bytes(of: note)
    try Self.proveReadable(bytes, path)
    return File(path: path, bytes: bytes, isNew: true)
  }

  /// What is written is read first: a note that no reader takes is never left behind.
  static func proveReadable(
    _ bytes: [UInt8], _ path: RelativePath
  ) throws(RunFailure) {
    do throws(DiagnosticList) {
      _ = try CoachingNoteReader.read(SourceText(name: path.text, bytes: bytes))
    } catch {
      throw .invalid(error.all)
    }
  }

  func write(_ file: File) throws(RunFailure) {
    do throws(SystemError) {
      try folder.write(file.bytes, to: file.path, replacing: !file.isNew)
    } catch {
      throw .system(message: "the note cannot be written: \(error)", hint: nil)
    }
  }

  func approve(_ note: CoachingNote) throws(RunFailure) {
    guard let digest = note.checkDigest else { return }
    try withRecords { records throws(LedgerError) in
      try records.approve(digest, ofNote: note.id, root: self.root.path)
    }
  }

  func withRecords(
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
