import Platform
import Records
public import Repairing

/// Changing notes that are there: all that were named, or none.
extension CoachingDesk {
  /// What a person may do with a note that is there.
  public enum Action: Sendable {
    /// From now on it is sent.
    case activate
    /// It stays for the record and is never sent.
    case retire
    /// Its command does its work, and may run on this machine; given here where it has none.
    case promote(check: String?)
  }

  /// A change that nothing speaks against.
  public struct Change {
    public let note: CoachingNote
    let action: Action
    /// Nil where no file changes.
    let file: File?
    let isReflection: Bool
    /// Where it stands then.
    public let place: String
  }

  /// A file of a note with what is to stand in it.
  struct File {
    let path: RelativePath
    let bytes: [UInt8]
    let isNew: Bool
  }

  /// The changes of notes; whatever speaks against one of them is thrown before any is made.
  public func changes(_ action: Action, _ ids: [String]) throws(RunFailure) -> [Change] {
    var changes: [Change] = []
    var room = 0
    for id in ids where !changes.contains(where: { $0.note.id == id }) {
      let standing = try standing(of: id)
      let change = try change(action, standing)
      // One that its own check has made active is counted already.
      if case .activate = action, change.file != nil, standing.status != .active { room += 1 }
      changes.append(change)
    }
    if room > 0 { try checkRoom(for: room) }
    return changes
  }

  /// Makes a change. Where two places change, the one that says less comes last: whatever is
  /// interrupted, no command may run that a note's file does not name, and no proposal is lost.
  public func make(_ change: Change) throws(RunFailure) {
    switch change.action {
    case .promote: try approve(change.note)
    case .retire where !change.isReflection:
      try withRecords { records throws(LedgerError) in
        try records.disapprove(note: change.note.id, root: self.root.path)
      }
    default: break
    }
    if let file = change.file { try write(file) }
    guard change.isReflection else { return }
    let state: Reflection.State = change.file == nil ? .dismissed : .taken
    try withRecords { records throws(LedgerError) in
      try records.setState(state, ofReflection: change.note.id, root: self.root.path)
    }
  }

  private func change(_ action: Action, _ standing: NoteStanding) throws(RunFailure) -> Change {
    switch action {
    case .activate:
      if standing.note.status == .active {
        return Change(
          note: standing.note, action: action, file: nil, isReflection: false,
          place: try unchanged(standing, "is active already"))
      }
      try refuseExpired(standing.note)
      return try change(action, standing, to: .active)
    case .retire:
      if standing.path != nil { return try change(action, standing, to: .retired) }
      var note = standing.note
      note.status = .retired
      return Change(
        note: note, action: action, file: nil, isReflection: true, place: "the ledger")
    case .promote(let check): return try promotion(action, check, standing)
    }
  }

  private func promotion(
    _ action: Action, _ check: String?, _ standing: NoteStanding
  ) throws(RunFailure) -> Change {
    let id = standing.note.id
    if let check, let old = standing.note.check, old != check {
      throw .refused(
        message: "the note '\(id)' has another command: \(Printable.escaped(old))", details: [],
        hint: "change 'check' in its file, then promote it")
    }
    guard standing.note.check ?? check != nil else {
      throw .refused(
        message: "the note '\(id)' has no command that could do its work", details: [],
        hint: "mtor coach promote \(id) --check COMMAND")
    }
    try refuseExpired(standing.note)
    if standing.note.status == .promoted {
      return Change(
        note: standing.note, action: action, file: nil, isReflection: false,
        place: standing.path?.text ?? "the ledger")
    }
    return try change(action, standing, to: .promoted, check: check)
  }

  private func change(
    _ action: Action, _ standing: NoteStanding, to status: CoachingNote.Status,
    check: String? = nil
  ) throws(RunFailure) -> Change {
    var note = standing.note
    note.status = status
    note.check = note.check ?? check
    guard let path = standing.path,
      let entry = entries.first(where: { $0.note.id == note.id })
    else {
      // A reflection becomes a file of the tree.
      let file = try file(of: note)
      return Change(
        note: note, action: action, file: file, isReflection: true, place: file.path.text)
    }
    if check != nil {
      // As a file of its own it is read: what speaks against the command is said, not guessed.
      try Self.proveReadable(CoachingNoteWriter.bytes(of: note), path)
    }
    guard let bytes = entry.file.bytes(with: status, check: check) else {
      let line = check == nil || standing.note.check != nil ? "" : ", and its command below,"
      throw .refused(
        message: "'status' of \(path)\(line) cannot be written without touching anything else",
        details: [], hint: "write 'status: \(status.rawValue)' on a line of its own there")
    }
    return Change(
      note: note, action: action, file: File(path: path, bytes: bytes, isNew: false),
      isReflection: false, place: path.text)
  }
}
