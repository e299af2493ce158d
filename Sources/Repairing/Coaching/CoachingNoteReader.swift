import Platform
public import YAMLTree

/// Reads a note's file, all faults at once.
public enum CoachingNoteReader {
  static let keys = [
    "id", "text", "scope", "severity", "origin", "from", "status", "created", "expires", "check",
  ]
  static let scopeKeys = ["paths", "languages", "models", "steps"]
  static let sourceKeys = ["run", "step", "model"]

  /// What to do about a secret in a note.
  public static let secretHint = "write where it is kept, not what it is; if it is real, change it"

  /// The largest file of a note, in bytes.
  public static let limit = 16 << 10

  /// The note of a text, and where its status stands, so that it can be changed alone.
  public static func read(
    _ source: SourceText
  ) throws(DiagnosticList) -> CoachingNoteFile {
    let diagnostics = Diagnostics(source)
    guard
      let document = Document.read(source, limits: Limits(manifest: limit), into: diagnostics),
      let fields = Fields(document.root, "a coaching note", known: keys, diagnostics)
    else { throw DiagnosticList(diagnostics.sorted) }
    let note = CoachingNoteFields(fields: fields, diagnostics: diagnostics).note
    guard !diagnostics.hasErrors, let note, let status = fields["status"] else {
      throw DiagnosticList(diagnostics.sorted)
    }
    return CoachingNoteFile(
      note: note, status: status, source: source, warnings: diagnostics.sorted)
  }
}

/// A note with the text that it was read from.
public struct CoachingNoteFile: Sendable {
  public var note: CoachingNote
  let status: Node
  /// As it stands in the file, with its byte order mark and its line ends.
  let source: SourceText
  public let warnings: [Diagnostic]

  /// The file's bytes with another status, and with a command where it has none, everything else
  /// as it is; nil where the status stands so that it cannot be replaced alone.
  public func bytes(with status: CoachingNote.Status, check: String? = nil) -> [UInt8]? {
    let node = self.status
    guard node.start.line == node.end.line, node.end.column > node.start.column else { return nil }
    var range = source.range(ofLine: node.start.line)
    // A byte order mark counts as no column.
    if range.lowerBound == 0, source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      range = 3..<range.upperBound
    }
    let line = Array(String(decoding: source.bytes[range], as: UTF8.self).unicodeScalars)
    guard node.end.column - 1 <= line.count else { return nil }
    let word = node.scalar?.style == .plain ? status.rawValue : "\"\(status.rawValue)\""
    var text = String(String.UnicodeScalarView(line[..<(node.start.column - 1)])) + word
    text += String(String.UnicodeScalarView(line[(node.end.column - 1)...]))
    let added = note.check == nil ? check : nil
    if let added {
      // On the line below, which ends as this one does.
      let isDOS = line.last == "\r"
      let pair = YAMLWriter.document([.init("check", .text(added))]).dropLast()
      let lines = pair.flatMap { isDOS && $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
      text += "\n" + String(decoding: lines, as: UTF8.self) + (isDOS ? "\r" : "")
    }
    let bytes =
      Array(source.bytes[..<range.lowerBound]) + text.utf8
      + source.bytes[range.upperBound...]
    // Read back: what was changed is the status, and nothing else.
    var wanted = note
    wanted.status = status
    if let added { wanted.check = added }
    let changed = SourceText(name: source.name, bytes: bytes)
    guard case .success(let file) = Result(catching: { try CoachingNoteReader.read(changed) }),
      file.note == wanted
    else { return nil }
    return bytes
  }
}

/// The fields of a note in the making.
private struct CoachingNoteFields {
  let fields: Fields
  let diagnostics: Diagnostics

  var note: CoachingNote? {
    let id = id
    let text = text
    let status: CoachingNote.Status? = fields.required("status").flatMap {
      fields.reader.choice($0, "'status'")
    }
    let scope = scope
    let severity: CoachingNote.Severity? = fields.choice("severity")
    let origin: CoachingNote.Origin? = fields.choice("origin")
    let source = source
    let (created, expires, check) = (day("created"), day("expires"), check)
    guard let id, let text, let status else { return nil }
    var note = CoachingNote(id: id, text: text, status: status)
    note.scope = scope
    note.severity = severity ?? .medium
    note.origin = origin ?? .review
    note.source = source
    note.created = created
    note.expires = expires
    note.check = check
    if status == .promoted && check == nil {
      diagnostics.error(
        "coaching-check", "the note is promoted, and there is no command that does its work",
        at: fields.mark(of: "status"), width: 6, hint: "add 'check: COMMAND', or make it active")
    }
    return note
  }

  private var id: String? {
    guard let node = fields.required("id"), let text = fields.reader.text(node, "'id'") else {
      return nil
    }
    if CoachingNote.isID(text) { return text }
    diagnostics.error(
      "coaching-id", "'\(YAMLTree.Excerpt.short(text))' is no id of a note", at: node,
      hint: "use 1 to 63 small letters, digits, '.', '_' and '-', such as "
        + "'\(CoachingNote.id(from: text))'")
    return nil
  }

  private var text: String? {
    guard let node = fields.required("text"), let text = fields.reader.text(node, "'text'") else {
      return nil
    }
    if let fault = NoteText.fault(in: text) {
      diagnostics.error(
        "coaching-text", "'text' \(fault)", at: node, hint: NoteText.hint(for: text))
      return nil
    }
    return isWithoutSecret(text, "text", node) ? text : nil
  }

  private func isWithoutSecret(_ text: String, _ name: String, _ node: Node) -> Bool {
    guard NoteText.holdsSecret(text) else { return true }
    // Without the line: what is said of a note ends up in logs.
    diagnostics.add(
      Diagnostic(
        .error, "coaching-secret", "'\(name)' holds what looks like a secret",
        file: diagnostics.source.name, at: node.start, hint: CoachingNoteReader.secretHint))
    return false
  }

  private var scope: CoachingNote.Scope {
    guard let node = fields["scope"],
      let keys = Fields(node, "'scope'", known: CoachingNoteReader.scopeKeys, diagnostics)
    else { return CoachingNote.Scope() }
    func texts(_ name: String, _ check: (String, Node) -> Bool = { _, _ in true }) -> [String] {
      (keys.list(name) ?? []).prefix(100).compactMap { item in
        guard let text = keys.reader.text(item, "an item of '\(name)'"), check(text, item) else {
          return nil
        }
        return text
      }
    }
    return CoachingNote.Scope(
      paths: texts("paths", isPattern), languages: texts("languages"), models: texts("models"),
      steps: texts("steps"))
  }

  private func isPattern(_ text: String, _ node: Node) -> Bool {
    do throws(Glob.Fault) {
      _ = try Glob(text)
      return true
    } catch {
      diagnostics.error(
        "glob", "the pattern '\(YAMLTree.Excerpt.short(text))' is no pattern: \(error.message)",
        at: node,
        hint: "write patterns from the root, such as 'src/**/*.py'")
      return false
    }
  }

  private var source: CoachingNote.Source? {
    guard let node = fields["from"],
      let keys = Fields(node, "'from'", known: CoachingNoteReader.sourceKeys, diagnostics),
      let run = keys.required("run").flatMap({ keys.reader.text($0, "'run'") })
    else { return nil }
    return CoachingNote.Source(run: run, step: keys.text("step"), model: keys.text("model"))
  }

  private func day(_ name: String) -> String? {
    guard let node = fields[name], let text = fields.reader.text(node, "'\(name)'") else {
      return nil
    }
    // A span such as 7d would move with the clock that reads it.
    if text.utf8.first.map({ (0x30...0x39).contains($0) }) ?? false, text.utf8.contains(0x2D),
      Clock.moment(text) != nil
    {
      return text
    }
    diagnostics.error(
      "coaching-day", "'\(name)' cannot be '\(YAMLTree.Excerpt.short(text))'", at: node,
      hint: "write a day, such as 2027-01-31")
    return nil
  }

  private var check: String? {
    guard let node = fields["check"], let text = fields.reader.text(node, "'check'") else {
      return nil
    }
    let isPlain = text.unicodeScalars.allSatisfy { !Printable.isUnsafe($0) || $0 == "\n" }
    if isPlain, !text.allSatisfy(\.isWhitespace), text.utf8.count <= 2000 {
      return isWithoutSecret(text, "check", node) ? text : nil
    }
    diagnostics.error(
      "coaching-check", "'check' is no command of printable text up to 2,000 bytes", at: node,
      hint: "write a command for sh, such as 'ruff check --select I --fix .'")
    return nil
  }
}
