import Platform
import YAMLTree

/// Reads the `FILE:` format: files as they stand, commands in their order, every directive known.
enum FileFormatImport {
  private static let directives = ["FILE", "END_FILE", "RUN", "FIX_IF_FAILING", "COMMIT"]

  static func read(into draft: inout ImportDraft) {
    let source = draft.source
    var line = 1
    var position = 0
    /// The line of a `FILE:` that is open, its path, and where its text begins.
    var open: (line: Int, path: String, start: Int)?
    var commandLine: Int?
    while position < source.bytes.count {
      let end = source.bytes[position...].firstIndex(of: 0x0A) ?? source.bytes.count
      let text = String(decoding: source.bytes[position..<end], as: UTF8.self)
      if let file = open {
        if text == "END_FILE" {
          add(file, to: position, &draft)
          open = nil
        }
      } else {
        let (name, value) = directive(text)
        switch name {
        case "FILE":
          if value.isEmpty {
            draft.fault(
              "import-line", "'FILE:' names no file", line: line, hint: "write 'FILE: a/path'")
          }
          if commandLine != nil { draft.openStep("step", line: line) }
          commandLine = nil
          open = (line, value, min(end + 1, source.bytes.count))
        case "RUN":
          addCommand(value, line, &draft)
          commandLine = line
        case "FIX_IF_FAILING": allowRepair(value, line, commandLine, &draft)
        case "COMMIT": setCommit(value, line, &draft)
        case "" where isIgnored(text): break
        default: refuse(text, line, &draft)
        }
      }
      position = end + 1
      line += 1
    }
    if let file = open {
      draft.fault(
        "import-open", "the file '\(Excerpt.short(file.path))' is never ended", line: file.line,
        hint: "write END_FILE on a line of its own after its last line")
    }
    turnOffUnasked(&draft)
  }

  /// `NAME: value` or `NAME`; an empty name for anything else.
  private static func directive(_ text: String) -> (name: String, value: String) {
    let colon = text.firstIndex(of: ":")
    let name = String(text[..<(colon ?? text.endIndex)])
    guard directives.contains(name) else { return ("", "") }
    var value = colon.map { text[text.index(after: $0)...] } ?? ""
    while value.first == " " || value.first == "\t" { value.removeFirst() }
    while value.last == " " || value.last == "\t" { value.removeLast() }
    return (name, String(value))
  }

  private static func isIgnored(_ text: String) -> Bool {
    text.allSatisfy { $0 == " " || $0 == "\t" } || text.hasPrefix("#")
  }

  private static func add(
    _ file: (line: Int, path: String, start: Int), to end: Int, _ draft: inout ImportDraft
  ) {
    guard !file.path.isEmpty else { return }
    let content = Text(draft.source, file.start..<end)
    if draft.add(.content(content), at: file.path, line: file.line) {
      draft.remark("the file \(Printable.escaped(file.path))", line: file.line)
    }
  }

  private static func addCommand(_ value: String, _ line: Int, _ draft: inout ImportDraft) {
    guard !value.isEmpty else {
      draft.fault(
        "import-line", "'RUN:' names no command", line: line, hint: "write 'RUN: make test'")
      return
    }
    draft.change { $0.tests.append(CommandSpec(run: value, mark: Mark(line: line, column: 1))) }
    draft.remark("a test: \(Excerpt.short(value))", line: line)
  }

  private static func allowRepair(
    _ value: String, _ line: Int, _ command: Int?, _ draft: inout ImportDraft
  ) {
    guard command != nil else {
      draft.fault(
        "import-line", "'FIX_IF_FAILING' follows no 'RUN:'", line: line,
        hint: "write it below the command that may be repaired")
      return
    }
    switch value {
    case "", "true", "yes": draft.change { $0.repair.isOff = false }
    case "false", "no": break
    default:
      draft.fault(
        "import-line", "'FIX_IF_FAILING' cannot be '\(Excerpt.short(value))'", line: line,
        hint: "write FIX_IF_FAILING alone")
    }
  }

  private static func setCommit(_ value: String, _ line: Int, _ draft: inout ImportDraft) {
    if let first = draft.manifest.commit {
      draft.diagnostics.error(
        "import-line", "'COMMIT:' is written twice", at: Mark(line: line, column: 1),
        notes: [.init("the first one", at: first.mark)], hint: "a manifest makes one commit")
    } else if value.isEmpty {
      draft.fault(
        "import-line", "'COMMIT:' has no message", line: line, hint: "write 'COMMIT: message'")
    } else {
      draft.manifest.commit = Located(value, at: Mark(line: line, column: 1))
      draft.remark("the commit's message", line: line)
    }
  }

  private static func refuse(_ text: String, _ line: Int, _ draft: inout ImportDraft) {
    let word = String(text.prefix { $0 != ":" && $0 != " " })
    draft.fault(
      "import-line", "'\(Excerpt.short(text))' is no directive", line: line,
      hint: Suggestion.nearest(to: word, in: directives).map { "did you mean '\($0)'?" }
        ?? "directives are \(directives.joined(separator: ", ")); a file's text stands between "
        + "FILE: and END_FILE")
  }

  /// Where `FIX_IF_FAILING` was not written, nothing is repaired.
  private static func turnOffUnasked(_ draft: inout ImportDraft) {
    for index in draft.manifest.steps.indices
    where draft.manifest.steps[index].repair.isOff == nil
      && !draft.manifest.steps[index].tests.isEmpty
    {
      draft.manifest.steps[index].repair.isOff = true
      draft.remark(
        "repair is off in the step '\(draft.manifest.steps[index].id)': no FIX_IF_FAILING there")
    }
  }
}
