public import Platform
public import Records

/// A note as it stands today: what its file says, what the ledger knows, and what follows.
public struct NoteStanding: Sendable {
  public var note: CoachingNote
  /// Its file; nil for a reflection, which lies in the ledger until a person takes it.
  public var path: RelativePath?
  public var evidence: NoteEvidence?
  /// What its command has said; nil where nobody lets it run here.
  public var check: NoteCheckRecord?
  /// How often a model said nearly the same; 0 for a note that no model said.
  public var seen: Int
  /// The status that holds.
  public var status: CoachingNote.Status
  /// Why another status holds than the file says; nil where it is the file's own.
  public var why: String?

  /// After so many repairs in a row that did not pass a note is left out.
  public static let patience = 20
  /// So many active notes a tree may have.
  public static let activeLimit = 60
  /// So often a check finds something before it is proposed for promotion.
  static let firingsToPromote = 3

  init(
    _ note: CoachingNote, path: RelativePath?, evidence: NoteEvidence?, check: NoteCheckRecord?,
    seen: Int, at time: Int64
  ) {
    self.note = note
    self.path = path
    self.evidence = evidence
    self.check = check
    self.seen = seen
    status = note.status
    if note.status == .proposed, path != nil, let check, check.fired > 0, check.held > 0 {
      status = .active
      why = "its own check found it and passed with the repair"
    }
    guard status == .active || status == .promoted else { return }
    if note.isExpired(at: time) {
      status = .retired
      why = "expired \(note.expires ?? "")"
    } else if status == .active, (evidence?.withoutEffect ?? 0) >= Self.patience {
      status = .retired
      why = "\(evidence?.withoutEffect ?? 0) repairs in a row did not pass with it"
    }
  }

  /// The command that may run before a model is asked: approved here, and the same text.
  public var runnableCheck: String? {
    check != nil && status != .retired ? note.check : nil
  }

  /// Why a person might promote it; nil where there is no reason.
  public var reasonToPromote: String? {
    guard status == .active else { return nil }
    if let check, check.fired >= Self.firingsToPromote {
      return "its check found something \(check.fired) times"
    }
    if let sent = evidence?.sent, note.check == nil, sent.repairs >= NoteEvidence.enough,
      sent.passed * 2 >= sent.repairs
    {
      return "\(sent.repairs) repairs needed it; a check would cost no tokens"
    }
    return nil
  }

  /// How much it helped: 0 for mostly, 2 for rarely, 1 where too little is known. Coarse, so that
  /// the order of notes seldom changes and prefix caches hold.
  var rank: Int {
    guard let sent = evidence?.sent, sent.repairs >= NoteEvidence.enough else { return 1 }
    return sent.passed * 2 >= sent.repairs ? 0 : 2
  }

  /// Most severe first, then those that helped, then by id.
  static func isBefore(_ a: NoteStanding, _ b: NoteStanding) -> Bool {
    let order = CoachingNote.Severity.allCases
    let first = (order.firstIndex(of: a.note.severity) ?? 0, a.rank)
    let second = (order.firstIndex(of: b.note.severity) ?? 0, b.rank)
    return first == second
      ? a.note.id.utf8.lexicographicallyPrecedes(b.note.id.utf8) : first < second
  }
}

/// All notes of a tree, as they stand.
public struct NoteBook: Sendable {
  /// Those of files and then reflections, by id.
  public private(set) var standings: [NoteStanding] = []

  /// `evidence` is by id; reflections count where no file has their id.
  public init(
    entries: [NoteFolder.Entry], reflections: [Reflection] = [],
    evidence: [String: NoteEvidence] = [:], checks: [NoteCheckRecord] = [], at time: Int64
  ) {
    for entry in entries {
      let check = checks.first {
        $0.note == entry.note.id && $0.command == entry.note.checkDigest
      }
      standings.append(
        NoteStanding(
          entry.note, path: entry.path, evidence: evidence[entry.note.id], check: check,
          seen: reflections.first { $0.note == entry.note.id }?.seen ?? 0, at: time))
    }
    let ids = Set(entries.map(\.note.id))
    for reflection in reflections where reflection.state != .taken && !ids.contains(reflection.note)
    {
      standings.append(
        NoteStanding(
          reflection.asNote, path: nil, evidence: nil, check: nil, seen: reflection.seen, at: time))
    }
    limitActive()
  }

  /// Beyond the limit the lowest are not sent.
  private mutating func limitActive() {
    let active = standings.indices.filter { standings[$0].status == .active }
    let ordered = active.sorted { NoteStanding.isBefore(standings[$0], standings[$1]) }
    for index in ordered.dropFirst(NoteStanding.activeLimit) {
      standings[index].status = .retired
      standings[index].why = "more than \(NoteStanding.activeLimit) notes are active"
    }
  }

  public func standing(of id: String) -> NoteStanding? { standings.first { $0.note.id == id } }

  /// How many are active.
  public var activeCount: Int { standings.count { $0.status == .active } }

  /// The note that says nearly the same, if one does.
  public func twin(of text: String) -> NoteStanding? {
    standings.first { NoteLikeness.isTwin($0.note.text, text) }
  }
}

extension Reflection {
  /// The note that it would be. What the ledger holds is cleaned again: others may have written it.
  var asNote: CoachingNote {
    var note = CoachingNote(
      id: CoachingNote.isID(self.note) ? self.note : CoachingNote.id(from: text),
      text: NoteText.cleaned(text), status: state == .dismissed ? .retired : .proposed)
    note.origin = .reflection
    note.severity = .low
    note.source = CoachingNote.Source(run: run, step: step, model: model)
    note.scope.languages = language.map { [$0] } ?? []
    note.created = String(Clock.timestamp(created).prefix(10))
    return note
  }
}
