import Platform
import YAMLTree

/// Reads the `*** Begin Patch` envelope: files that come and go, and changes found by their lines.
enum EnvelopeImport {
  private struct Hunk {
    var find: [UInt8] = []
    var replacement: [UInt8] = []
    var line: Int
    var changes = false
    /// What an edit cannot say: the line it stands below, and that it ends the file.
    var hasAnchor = false
    var isAtEnd = false
    var isFaulty = false
  }

  /// A change of a file.
  private struct Update {
    let path: String
    let line: Int
    var target: String?
    var hunks: [Hunk] = []
    /// Its lines as they stand, from the one that names the file.
    var lines: [UInt8]
  }

  /// What is being read: a file that comes, or changes of one that is there.
  private enum Part {
    case none
    case added(path: String, line: Int, content: [UInt8])
    case updated(Update)
  }

  static func read(_ bytes: ArraySlice<UInt8>, firstLine: Int, into draft: inout ImportDraft) {
    var part = Part.none
    var isOpen = false
    var number = firstLine - 1
    for item in Lines(Array(bytes)) {
      number += 1
      let line = item.withoutLineEnd
      let text = String(decoding: line, as: UTF8.self)
      if text == "*** Begin Patch" {
        isOpen = true
      } else if text == "*** End Patch" {
        finish(&part, &draft)
        isOpen = false
      } else if !isOpen {
        if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
          draft.remark("a line outside the patch is left out", line: number)
        }
      } else if text.hasPrefix("*** "), text != "*** End of File" {
        readHeader(item.bytes, text, number, &part, &draft)
      } else {
        readLine(item.bytes, text, number, &part, &draft)
      }
    }
    finish(&part, &draft)
    if isOpen {
      draft.fault(
        "import-open", "the patch is never ended", line: number,
        hint: "end it by the line '*** End Patch'")
    }
  }

  private static func readHeader(
    _ bytes: ArraySlice<UInt8>, _ text: String, _ line: Int, _ part: inout Part,
    _ draft: inout ImportDraft
  ) {
    func rest(_ prefix: String) -> String? {
      text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
    if let target = rest("*** Move to: "), case .updated(var update) = part {
      update.target = target
      update.lines += ended(bytes)
      part = .updated(update)
      return
    }
    finish(&part, &draft)
    if let path = rest("*** Add File: ") {
      part = .added(path: path, line: line, content: [])
    } else if let path = rest("*** Update File: ") {
      part = .updated(Update(path: path, line: line, lines: ended(bytes)))
    } else if let path = rest("*** Delete File: ") {
      if draft.add(.delete, at: path, line: line) {
        draft.remark("\(Printable.escaped(path)) goes", line: line)
      }
    } else {
      draft.fault(
        "import-line", "'\(Excerpt.short(text))' is no part of a patch", line: line,
        hint: "write '*** Add File: ', '*** Update File: ' or '*** Delete File: '")
    }
  }

  private static func readLine(
    _ line: ArraySlice<UInt8>, _ text: String, _ number: Int, _ part: inout Part,
    _ draft: inout ImportDraft
  ) {
    switch part {
    case .none:
      draft.fault(
        "import-line", "the line belongs to no file", line: number,
        hint: "name the file above it: '*** Update File: a/path'")
    case .added(let path, let start, var content):
      guard line.first == UInt8(ascii: "+") else {
        draft.fault(
          "import-line", "a line of a new file does not begin with '+'", line: number,
          hint: "begin each of its lines with '+'")
        return
      }
      content += ended(line.dropFirst())
      part = .added(path: path, line: start, content: content)
    case .updated(var update):
      update.lines += ended(line)
      take(line, text, number, &update.hunks, &draft)
      part = .updated(update)
    }
  }

  private static func take(
    _ line: ArraySlice<UInt8>, _ text: String, _ number: Int, _ hunks: inout [Hunk],
    _ draft: inout ImportDraft
  ) {
    if text.hasPrefix("@@") {
      var hunk = Hunk(line: number)
      if DiffSections.counts(text) != nil {
        draft.remark("the numbers of lines are left out: the lines must be unique", line: number)
      } else {
        let anchor = text.dropFirst(2).drop { $0 == " " || $0 == "\t" }
        hunk.hasAnchor = !anchor.isEmpty && anchor != "@@"
      }
      hunks.append(hunk)
      return
    }
    if hunks.isEmpty { hunks.append(Hunk(line: number)) }
    let last = hunks.count - 1
    if text == "*** End of File" {
      hunks[last].isAtEnd = true
      return
    }
    // An editor took the space of an empty context line away.
    let isEmpty = line.first == 0x0A || line.first == 0x0D
    let rest = ended(isEmpty ? line : line.dropFirst())
    switch isEmpty ? nil : line.first {
    case UInt8(ascii: "+"):
      hunks[last].replacement += rest
      hunks[last].changes = true
    case UInt8(ascii: "-"):
      hunks[last].find += rest
      hunks[last].changes = true
    case UInt8(ascii: " "), nil:
      hunks[last].find += rest
      hunks[last].replacement += rest
    default:
      hunks[last].isFaulty = true
      draft.fault(
        "import-line", "the line begins with none of '+', '-' and space", line: number,
        hint: "put a space before a line that stays")
    }
  }

  /// A line with its line end, which the last one of a text may lack.
  private static func ended(_ line: ArraySlice<UInt8>) -> [UInt8] {
    line.last == 0x0A ? Array(line) : line + [0x0A]
  }

  private static func finish(_ part: inout Part, _ draft: inout ImportDraft) {
    defer { part = .none }
    switch part {
    case .none: break
    case .added(let path, let line, let content):
      if draft.add(.content(Text(content)), at: path, line: line) {
        draft.remark("the new file \(Printable.escaped(path))", line: line)
      }
    case .updated(let update): add(update, &draft)
    }
  }

  /// A change as edits where they can say it, else as the patch that it is.
  private static func add(_ update: Update, _ draft: inout ImportDraft) {
    let path = update.target ?? update.path
    let shown = Printable.escaped(update.path)
    let move = update.target.map { ", which moves to \(Printable.escaped($0))" } ?? ""
    if update.hunks.contains(where: \.isFaulty) { return }
    guard update.target != nil || update.hunks.contains(where: \.changes) else {
      draft.fault(
        "import-line", "the update changes nothing", line: update.line,
        hint: "give the lines that change, with '-' and '+'")
      return
    }
    guard let edits = edits(update.hunks) else {
      addPatch(update, path, "a patch of \(shown)\(move)", &draft)
      return
    }
    let action =
      update.target == nil
      ? FileEntry.Action.edit(edits) : .move(from: update.path, edits: edits)
    if draft.add(action, at: path, line: update.line) {
      draft.remark("\(edits.count) edits of \(shown)\(move)", line: update.line)
    }
  }

  private static func addPatch(
    _ update: Update, _ path: String, _ remark: String, _ draft: inout ImportDraft
  ) {
    let text =
      Array("*** Begin Patch\n".utf8) + update.lines + Array("*** End Patch\n".utf8)
    if case .failure(let faults) = FilePatch.read(text, for: path) {
      for fault in faults.all {
        draft.fault(
          fault.rule, fault.message, line: update.line + max(0, fault.line - 2),
          hint: fault.hint ?? "correct the patch")
      }
      return
    }
    if draft.add(.patch(Text(text)), at: path, line: update.line) {
      draft.remark(remark, line: update.line)
    }
  }

  /// The hunks as edits; nil where one of them says more than whole lines that stand once.
  private static func edits(_ hunks: [Hunk]) -> [Edit]? {
    let hunks = hunks.filter { $0.changes || $0.hasAnchor || $0.isAtEnd }
    // Lines behind the last one, whatever that is.
    if hunks.count == 1, hunks[0].isAtEnd, hunks[0].find.isEmpty, !hunks[0].hasAnchor {
      let mark = Mark(line: hunks[0].line, column: 1)
      return [Edit(.append(Text(hunks[0].replacement)), at: mark)]
    }
    var edits: [Edit] = []
    for hunk in hunks {
      guard !hunk.find.isEmpty, !hunk.hasAnchor, !hunk.isAtEnd else { return nil }
      edits.append(
        Edit(
          .replace(
            find: Text(hunk.find), with: Text(hunk.replacement), count: .exactly(1),
            extent: .lines), at: Mark(line: hunk.line, column: 1)))
    }
    return edits.isEmpty || SearchReplace.written(edits) != nil ? edits : nil
  }
}
