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
    /// The lines of the commands that may be repaired.
    var repaired: Set<Int> = []
    while position < source.bytes.count {
      let end = source.bytes[position...].firstIndex(of: 0x0A) ?? source.bytes.count
      let bytes = source.bytes[position..<end]
      let text = String(
        decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
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
        case "FIX_IF_FAILING":
          if isRepair(value, line, commandLine, &draft), let commandLine {
            repaired.insert(commandLine)
          }
        case "COMMIT": setCommit(value, line, &draft)
        case "END_FILE":
          draft.fault(
            "import-line", "'END_FILE' ends no file: none is open", line: line,
            hint: "write 'FILE: a/path' above the text; a text with such a line is imported from "
              + "another notation")
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
    setRepair(repaired, &draft)
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

  /// True for a `FIX_IF_FAILING` that allows a repair.
  private static func isRepair(
    _ value: String, _ line: Int, _ command: Int?, _ draft: inout ImportDraft
  ) -> Bool {
    guard command != nil else {
      draft.fault(
        "import-line", "'FIX_IF_FAILING' follows no 'RUN:'", line: line,
        hint: "write it below the command that may be repaired")
      return false
    }
    switch value {
    case "", "true", "yes": return true
    case "false", "no": return false
    default:
      draft.fault(
        "import-line", "'FIX_IF_FAILING' cannot be '\(Excerpt.short(value))'", line: line,
        hint: "write FIX_IF_FAILING alone")
      return false
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

  /// Where `FIX_IF_FAILING` was not written, nothing is repaired: repair is a step's, so commands
  /// that may not be repaired stand elsewhere than the tests of a step that may.
  private static func setRepair(_ repaired: Set<Int>, _ draft: inout ImportDraft) {
    let steps = draft.manifest.steps
    draft.manifest.steps = []
    for step in steps {
      var step = step
      let tests = step.tests
      guard let first = tests.firstIndex(where: { repaired.contains($0.mark.line) }) else {
        turnOff(&step, repaired, &draft)
        draft.manifest.steps.append(step)
        continue
      }
      let end = tests[first...].firstIndex { !repaired.contains($0.mark.line) } ?? tests.endIndex
      if first > 0 {
        // They come before: as 'run', whose failure ends the step.
        step.run += tests[..<first]
        draft.remark(
          "\(first == 1 ? "a command" : "\(first) commands") without FIX_IF_FAILING in the step "
            + "'\(step.id)': 'run', not a test", line: tests[0].mark.line)
      }
      step.tests = Array(tests[first..<end])
      step.repair.isOff = false
      draft.manifest.steps.append(step)
      guard end < tests.endIndex else { continue }
      var rest = Step(id: draft.unusedID("step"), mark: tests[end].mark)
      rest.tests = Array(tests[end...])
      turnOff(&rest, repaired, &draft)
      draft.manifest.steps.append(rest)
    }
  }

  /// A step of tests that no model is asked for, though some of them may have been said so.
  private static func turnOff(_ step: inout Step, _ repaired: Set<Int>, _ draft: inout ImportDraft)
  {
    guard !step.tests.isEmpty else { return }
    step.repair.isOff = true
    guard let lost = step.tests.first(where: { repaired.contains($0.mark.line) }) else {
      draft.remark("repair is off in the step '\(step.id)': no FIX_IF_FAILING there")
      return
    }
    draft.remark(
      "repair is off in the step '\(step.id)', also for this command: one before it has no "
        + "FIX_IF_FAILING", line: lost.mark.line)
  }
}
