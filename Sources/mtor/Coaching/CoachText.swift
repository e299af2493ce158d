import Platform
import Records
import Repairing
import Reporting

/// Notes as a person reads them, and as JSON.
enum CoachText {
  // MARK: List

  static func list(_ book: NoteBook, _ style: Style, width: Int?) -> String {
    if book.standings.isEmpty {
      return "no notes; 'mtor coach add TEXT' writes one\n"
    }
    let rows = book.standings.map { standing -> [String] in
      let sent = standing.evidence?.sent
      return [
        standing.note.id, standing.status.rawValue, standing.note.severity.rawValue,
        String(sent?.repairs ?? 0), String(sent?.passed ?? 0), standing.note.text,
      ]
    }
    var text = TableText.text(
      [
        .init("note"), .init("status"), .init("severity", rank: 1),
        .init("sent", isNumeric: true, rank: 2), .init("passed", isNumeric: true, rank: 3),
        .init("text"),
      ], rows, style, width: width)
    let proposed = book.standings.count { $0.status == .proposed }
    if proposed > 0 {
      text += "\(proposed) proposed, never sent before you say so: mtor coach activate ID, or "
      text += "mtor coach retire ID\n"
    }
    return text + promotions(book.standings)
  }

  private static func promotions(_ standings: [NoteStanding]) -> String {
    standings.compactMap { standing in
      standing.reasonToPromote.map {
        "to promote: \(standing.note.id): \($0); mtor coach promote \(standing.note.id)"
          + (standing.note.check == nil ? " --check COMMAND" : "") + "\n"
      }
    }.joined()
  }

  /// What `lint` says of a note that is read and yet not used as it says; nil where all is well.
  static func remark(_ standing: NoteStanding) -> String? {
    if let why = standing.why, standing.status == .retired {
      return "\(standing.note.id): is not sent: \(why)"
    }
    if standing.note.check != nil, standing.check == nil, standing.path != nil,
      standing.status == .active || standing.status == .promoted
    {
      return "\(standing.note.id): its command does not run on this machine before "
        + "'mtor coach promote \(standing.note.id)'"
    }
    return nil
  }

  // MARK: Show

  static func show(_ standing: NoteStanding) -> String {
    let note = standing.note
    var lines = ["\(note.id): \(Printable.escaped(note.text))"]
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { lines.append("  \(name): \(Printable.escaped(value))") }
    }
    add("status", standing.status.rawValue + (standing.why.map { " (\($0))" } ?? ""))
    add("severity", note.severity.rawValue)
    add("origin", note.origin.rawValue + (note.source.map { ", \(origin($0))" } ?? ""))
    add("file", standing.path?.text ?? "none yet; it lies in the ledger until you activate it")
    add("paths", note.scope.paths.joined(separator: ", "))
    add("languages", note.scope.languages.joined(separator: ", "))
    add("models", note.scope.models.joined(separator: ", "))
    add("steps", note.scope.steps.joined(separator: ", "))
    add("created", note.created)
    add("expires", note.expires)
    add("said", standing.seen > 1 ? times(standing.seen) : nil)
    if let check = note.check {
      add("check", check)
      add(
        "check here",
        standing.check.map {
          "may run; found something \(times($0.fired)), passed with the repair \(times($0.held))"
        }
          ?? "does not run: mtor coach promote \(note.id)")
    }
    return lines.joined(separator: "\n") + "\n" + evidence(standing)
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

  private static func origin(_ source: CoachingNote.Source) -> String {
    "run \(source.run)" + (source.step.map { ", step \($0)" } ?? "")
      + (source.model.map { ", model \($0)" } ?? "")
  }

  // MARK: Evidence

  static func stats(_ standings: [NoteStanding]) -> String {
    if standings.isEmpty { return "no note is in use\n" }
    return standings.map { standing in
      "\(standing.note.id) (\(standing.status.rawValue))"
        + (standing.why.map { ": \($0)" } ?? "") + "\n" + evidence(standing)
    }.joined() + promotions(standings)
  }

  private static func evidence(_ standing: NoteStanding) -> String {
    guard let evidence = standing.evidence, !evidence.comparisons.isEmpty else {
      return "  never sent\n"
    }
    var text = ""
    for comparison in evidence.comparisons {
      text += "  \(Printable.escaped(comparison.model)), \(Printable.escaped(comparison.language))"
      text += ": with it \(counts(comparison.with)); without it \(counts(comparison.without))"
      text += (comparison.isEnough ? "" : "; not enough data") + "\n"
    }
    return text
  }

  /// `3 of 4 passed in 5 rounds`
  private static func counts(_ sum: NoteEvidence.Sum) -> String {
    "\(sum.passed) of \(sum.repairs) passed"
      + (sum.passed > 0 ? " in \(sum.rounds) round\(sum.rounds == 1 ? "" : "s")" : "")
  }

  // MARK: JSON

  static func json(_ standing: NoteStanding) -> JSON {
    let note = standing.note
    func list(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
    return [
      "id": .string(note.id), "text": .string(note.text),
      "status": .string(standing.status.rawValue),
      "file_status": .string(note.status.rawValue), "why": JSON(standing.why),
      "severity": .string(note.severity.rawValue), "origin": .string(note.origin.rawValue),
      "from": note.source.map {
        ["run": .string($0.run), "step": JSON($0.step), "model": JSON($0.model)]
      } ?? .null,
      "file": JSON(standing.path?.text),
      "scope": [
        "paths": list(note.scope.paths), "languages": list(note.scope.languages),
        "models": list(note.scope.models), "steps": list(note.scope.steps),
      ],
      "created": JSON(note.created), "expires": JSON(note.expires), "check": JSON(note.check),
      "check_approved": .bool(standing.check != nil),
      "check_fired": .integer(standing.check?.fired ?? 0),
      "check_held": .integer(standing.check?.held ?? 0), "seen": .integer(standing.seen),
      "without_effect": .integer(standing.evidence?.withoutEffect ?? 0),
      "promote": JSON(standing.reasonToPromote),
      "evidence": .array(
        (standing.evidence?.comparisons ?? []).map { comparison in
          [
            "model": .string(comparison.model), "language": .string(comparison.language),
            "with": json(comparison.with), "without": json(comparison.without),
            "enough_data": .bool(comparison.isEnough),
          ]
        }),
    ]
  }

  private static func json(_ sum: NoteEvidence.Sum) -> JSON {
    [
      "repairs": .integer(sum.repairs), "passed": .integer(sum.passed),
      "rounds": .integer(sum.rounds),
    ]
  }
}
