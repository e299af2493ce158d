import Platform
import YAMLTree

/// Makes entries of a unified diff: what only comes, goes or moves is said so, changes stay a
/// patch.
enum DiffImport {
  /// `firstLine` is the line of the source that the text begins at; where the diff is a whole
  /// source, made of files and not by a model, lines that look like an elision are meant.
  static func read(
    _ bytes: ArraySlice<UInt8>, firstLine: Int, isSource: Bool = false,
    into draft: inout ImportDraft
  ) {
    let diff = DiffSections(bytes)
    for fault in diff.faults {
      draft.fault(
        fault.rule, fault.message, line: firstLine + fault.line - 1,
        hint: fault.hint ?? "correct the diff")
    }
    guard diff.faults.isEmpty else { return }
    for section in diff.sections { add(section, bytes, firstLine, isSource, &draft) }
    if let first = diff.otherLines.first, !diff.sections.isEmpty {
      draft.remark(
        "\(diff.otherLines.count) lines are no part of the diff and left out",
        line: firstLine + first - 1)
    }
  }

  private static func add(
    _ section: DiffSections.Section, _ bytes: ArraySlice<UInt8>, _ firstLine: Int,
    _ isSource: Bool, _ draft: inout ImportDraft
  ) {
    guard let path = section.path else { return }
    let line = firstLine + section.line - 1
    let shown = Printable.escaped(path)
    func refuse(_ what: String) {
      draft.fault(
        "import-cannot", "\(what) '\(shown)' cannot be said in a manifest", line: line,
        hint: "import the commit instead: mtor import --from git COMMIT")
    }
    let modes = [section.oldMode, section.newMode].compactMap { $0 }
    func stands() -> Bool {
      guard case .failure(let faults) = FilePatch.read(Array(bytes[section.range]), for: path)
      else { return true }
      for fault in faults.all {
        draft.fault(
          fault.rule, fault.message, line: line + fault.line - 1,
          hint: fault.hint ?? "correct the diff")
      }
      return false
    }
    if modes.contains(where: { $0 != "100644" && $0 != "100755" }) {
      refuse("the link, submodule or special file")
    } else if section.isBinary {
      refuse("the binary change of")
    } else if section.isCopy {
      refuse("the copy")
    } else if section.isNew {
      guard stands() else { return }
      addNew(section, bytes, path, line, isSource, &draft)
    } else if section.isDeleted {
      if draft.add(.delete, at: path, line: line) { draft.remark("\(shown) goes", line: line) }
    } else if section.isRename, !section.hasHunks, let old = section.oldPath {
      let move = FileEntry.Action.move(from: old, edits: [])
      if draft.add(move, at: path, line: line, { setMode(section, &$0) }) {
        draft.remark("\(Printable.escaped(old)) moves to \(shown)", line: line)
      }
    } else if section.hasHunks {
      guard stands() else { return }
      let text = Text(Array(bytes[section.range]))
      if draft.add(.patch(text), at: path, line: line, { setMode(section, &$0) }) {
        draft.remark("a patch of \(shown)", line: line)
      }
    } else if section.newMode != nil {
      if draft.add(.attributes, at: path, line: line, { setMode(section, &$0) }) {
        draft.remark("the mode of \(shown)", line: line)
      }
    } else {
      refuse("the part about")
    }
  }

  private static func setMode(_ section: DiffSections.Section, _ entry: inout FileEntry) {
    guard let mode = section.newMode else { return }
    if mode == "100755" {
      entry.isExecutable = true
    } else if section.oldMode == "100755" {
      entry.isExecutable = false
    }
  }

  private static func addNew(
    _ section: DiffSections.Section, _ bytes: ArraySlice<UInt8>, _ path: String, _ line: Int,
    _ isSource: Bool, _ draft: inout ImportDraft
  ) {
    let content = addedLines(bytes[section.range])
    var excuses: [String] = []
    let isAdded = draft.add(.content(Text(content)), at: path, line: line) { entry in
      setMode(section, &entry)
      if isSource { excuses = ContentLints.excuse(&entry, content) }
    }
    guard isAdded else { return }
    let shown = Printable.escaped(path)
    draft.remark("the new file \(shown)", line: line)
    for what in excuses {
      draft.remark("\(shown) has lines that look like \(what); they are meant", line: line)
    }
  }

  /// The bytes that the hunks of a new file add.
  static func addedLines(_ section: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var isInHunk = false
    for line in Lines(Array(section)) {
      switch line.bytes.first {
      case UInt8(ascii: "@"): isInHunk = true
      case UInt8(ascii: "+") where isInHunk: result += line.bytes.dropFirst()
      case UInt8(ascii: "\\") where isInHunk:
        if result.last == 0x0A { result.removeLast() }
      default: break
      }
    }
    return result
  }
}
