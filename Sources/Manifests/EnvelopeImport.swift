import Platform
import YAMLTree

/// Reads the `*** Begin Patch` envelope: files that come and go, and changes found by their lines.
enum EnvelopeImport {
  private struct Hunk {
    var find: [UInt8] = []
    var replacement: [UInt8] = []
    var line: Int
    var changes = false
    var isAtEnd = false
  }

  /// What is being read: a file that comes, or changes of one that is there.
  private enum Part {
    case none
    case added(path: String, line: Int, content: [UInt8])
    case updated(path: String, line: Int, target: String?, hunks: [Hunk])
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
        readHeader(text, number, &part, &draft)
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
    _ text: String, _ line: Int, _ part: inout Part, _ draft: inout ImportDraft
  ) {
    func rest(_ prefix: String) -> String? {
      text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
    if let target = rest("*** Move to: "), case .updated(let path, let start, _, let hunks) = part {
      part = .updated(path: path, line: start, target: target, hunks: hunks)
      return
    }
    finish(&part, &draft)
    if let path = rest("*** Add File: ") {
      part = .added(path: path, line: line, content: [])
    } else if let path = rest("*** Update File: ") {
      part = .updated(path: path, line: line, target: nil, hunks: [])
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
    case .updated(let path, let start, let target, var hunks):
      take(line, text, number, &hunks, &draft)
      part = .updated(path: path, line: start, target: target, hunks: hunks)
    }
  }

  private static func take(
    _ line: ArraySlice<UInt8>, _ text: String, _ number: Int, _ hunks: inout [Hunk],
    _ draft: inout ImportDraft
  ) {
    if text.hasPrefix("@@") {
      hunks.append(Hunk(line: number))
      let anchor = text.dropFirst(2).drop { $0 == " " }
      if !anchor.isEmpty, anchor != "@@" {
        draft.remark(
          "the place '\(Excerpt.short(String(anchor)))' is left out: the lines must be unique",
          line: number)
      }
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
    case .updated(let path, let line, let target, let hunks):
      let edits = hunks.compactMap { edit($0, &draft) }
      guard !edits.isEmpty || target != nil else {
        if !draft.diagnostics.hasErrors {
          draft.fault(
            "import-line", "the update changes nothing", line: line,
            hint: "give the lines that change, with '-' and '+'")
        }
        return
      }
      let action = target == nil ? FileEntry.Action.edit(edits) : .move(from: path, edits: edits)
      if draft.add(action, at: target ?? path, line: line) {
        draft.remark(
          "\(edits.count) edits of \(Printable.escaped(path))"
            + (target.map { ", which moves to \(Printable.escaped($0))" } ?? ""), line: line)
      }
    }
  }

  private static func edit(_ hunk: Hunk, _ draft: inout ImportDraft) -> Edit? {
    guard hunk.changes else { return nil }
    let mark = Mark(line: hunk.line, column: 1)
    if hunk.find.isEmpty {
      guard hunk.isAtEnd else {
        draft.fault(
          "import-cannot", "lines are added at no place", line: hunk.line,
          hint: "give a line before or after them, with a space before it")
        return nil
      }
      return Edit(.append(Text(hunk.replacement)), at: mark)
    }
    return Edit(
      .replace(
        find: Text(hunk.find), with: Text(hunk.replacement), count: .exactly(1), extent: .lines),
      at: mark)
  }
}
