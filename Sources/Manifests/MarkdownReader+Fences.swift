import Platform
import YAMLTree

extension MarkdownReader {
  /// Reads a fence of tildes, which always means something.
  mutating func readFence(_ fence: MarkdownOutline.Fence, _ lines: ClosedRange<Int>) {
    let line = lines.lowerBound
    let mark = Mark(line: line, column: 1)
    defer {
      lastFence = lines
      if let step = steps.indices.last { steps[step].noteFence() }
    }
    let start = source.range(ofLine: line).lowerBound
    let info = FenceInfo(
      String(decoding: source.bytes[fence.info], as: UTF8.self),
      at: Mark(line: line, column: fence.info.lowerBound - start + 1))
    if let quote = info.openQuote {
      diagnostics.error(
        "fence-quote", "a quote is never closed", at: quote, hint: "close it on this line")
      return
    }
    guard !info.parts.isEmpty else {
      reportUnnamed(mark, fence)
      return
    }
    if source.bytes[start] != UInt8(ascii: "~") {
      diagnostics.error(
        "fence-indent", "the fence is indented", at: mark,
        hint: "begin it at the start of the line, so that no space of its text is taken away")
      return
    }
    let isSound = refuseNested(fence, mark)
    guard fence.isClosed else {
      if isSound { reportOpen(fence, mark) }
      return
    }
    if isSound { take(Fence(info: info, content: fence.content, mark: mark)) }
  }

  // MARK: Faults

  private func reportUnnamed(_ mark: Mark, _ fence: MarkdownOutline.Fence) {
    let notes = lastFence.map { lines in
      [
        Diagnostic.Note(
          "the fence before it opens here and closes at line \(lines.upperBound)",
          at: Mark(line: lines.lowerBound, column: 1))
      ]
    }
    diagnostics.error(
      "fence-unnamed", "a fence of tildes has no name", at: mark, width: fence.length,
      notes: notes ?? [],
      hint: lastFence == nil
        ? "name it, such as '~~~~python path=app.py'; a sample is fenced by backticks"
        : "if it shall close the fence before it, open that one by more tildes than its text has")
  }

  private func reportOpen(_ fence: MarkdownOutline.Fence, _ mark: Mark) {
    var notes: [Diagnostic.Note] = []
    var line = mark.line
    for text in source.bytes[fence.content].split(separator: 0x0A, omittingEmptySubsequences: false)
    {
      line += 1
      guard text.count >= 3, text.allSatisfy({ $0 == 0x7E }) else { continue }
      notes = [
        .init("this line has \(text.count) tildes, too few", at: Mark(line: line, column: 1))
      ]
      break
    }
    diagnostics.error(
      "fence-open", "the fence that opens here is never closed", at: mark, width: fence.length,
      notes: notes, hint: "close it with a line of \(fence.length) tildes")
  }

  /// Reports a fence that seems to open inside another of the same length; true if there is none.
  private func refuseNested(_ fence: MarkdownOutline.Fence, _ mark: Mark) -> Bool {
    let nested = NestedFence.first(
      in: source.bytes[fence.content], sign: UInt8(ascii: "~"), length: fence.length)
    guard let nested else { return true }
    diagnostics.error(
      "fence-nested", "a fence seems to open inside the one of line \(mark.line)",
      at: Mark(line: mark.line + 1 + nested.line, column: nested.column), width: nested.length,
      notes: [.init("that one opens here", at: mark)],
      hint: "close that one before it, or open it by \(nested.length + 1) tildes")
    return false
  }

  // MARK: Meanings

  /// A named fence.
  struct Fence {
    let info: FenceInfo
    let content: Range<Int>
    let mark: Mark
  }

  private static let commandKinds = ["test", "run", "setup", "verify"]
  static let flags = ["executable", "frozen", "expand"]

  private mutating func take(_ fence: Fence) {
    let words = fence.info.words.map(\.text)
    let hasPath = fence.info.parts.contains { $0.key == "path" }
    switch words.first {
    case "sh" where !hasPath, "bash" where !hasPath: takeCommand(fence, words)
    case "files" where !hasPath: takeFiles(fence)
    case "diff": takeDiff(fence)
    case "yaml" where words.dropFirst().first == "step": takeStepKeys(fence)
    case "yaml" where words.dropFirst().first == "entry": takeEntry(fence)
    default:
      guard hasPath else {
        diagnostics.error(
          "fence-name", "the fence does not say what it is", at: fence.mark,
          hint: "a file is named by path=…; a command by 'sh test', 'sh run', 'sh setup' or "
            + "'sh verify'; a sample is fenced by backticks")
        return
      }
      takeFile(fence, isEdit: words.first == "edit")
    }
  }

  /// The step that a fence stands in; nil before the first one, which is reported.
  func currentStep(_ fence: Fence) -> Int? {
    if let step = steps.indices.last { return step }
    diagnostics.error(
      "fence-place", "the fence stands before the first step", at: fence.mark,
      hint: "open a step above it: '## Its name'")
    return nil
  }

  private mutating func takeFile(_ fence: Fence, isEdit: Bool) {
    guard let step = currentStep(fence) else { return }
    var pairs: [Node.Pair] = []
    var content = fence.content
    for (index, part) in fence.info.parts.enumerated() {
      if part.key == "eof" {
        guard part.text == "nonl" else {
          diagnostics.error(
            "fence-attribute", "'eof' cannot be '\(Excerpt.short(part.text))'", at: part.mark,
            hint: "write eof=nonl for a file whose last line has no newline")
          continue
        }
        content = content.isEmpty ? content : content.dropLast()
      } else if part.key == nil, !Self.flags.contains(part.text) {
        if index > 0 { reportWord(part) }
      } else {
        pairs.append(attribute(part))
      }
    }
    let key = isEdit ? "edit" : "content"
    pairs.append(
      Node.Pair(
        key: .key(key, at: fence.mark),
        value: .text(Text(source, content), style: .literal, at: fence.mark)))
    addEntry(pairs, fence, step)
  }

  private func reportWord(_ part: FenceInfo.Part) {
    diagnostics.error(
      "fence-attribute", "'\(Excerpt.short(part.text))' is no attribute", at: part.mark,
      hint: Suggestion.nearest(to: part.text, in: Self.flags).map { "did you mean '\($0)'?" }
        ?? "write attributes as key=value; a value with spaces stands in quotes")
  }

  /// An attribute as a key and its value; one without `=` is true.
  func attribute(_ part: FenceInfo.Part) -> Node.Pair {
    let text = part.key == nil ? "true" : part.text
    return Node.Pair(
      key: .key(part.key ?? part.text, at: part.mark),
      value: .text(Text(text), style: part.isQuoted ? .doubleQuoted : .plain, at: part.mark))
  }

  private mutating func addEntry(_ pairs: [Node.Pair], _ fence: Fence, _ step: Int) {
    let entry = Node(.mapping(diagnostics.unique(pairs)), start: fence.mark, end: fence.mark)
    steps[step].add(files: [entry])
  }

  private mutating func takeCommand(_ fence: Fence, _ words: [String]) {
    guard words.count == 2, Self.commandKinds.contains(words[1]) else {
      let hint = words.dropFirst().first.flatMap {
        Suggestion.nearest(to: $0, in: Self.commandKinds)
      }
      diagnostics.error(
        "fence-name", "the fence does not say what its command is for", at: fence.mark,
        hint: hint.map { "did you mean '\($0)'?" }
          ?? "write '\(words[0]) test', 'run', 'setup' or 'verify'; a file is named by path=…; "
          + "a sample is fenced by backticks")
      return
    }
    let text = fence.content.isEmpty ? fence.content : fence.content.dropLast()
    let run = Node.text(Text(source, text), style: .literal, at: fence.mark)
    var pairs = fence.info.parts.filter { $0.key != nil }.map(attribute)
    if words[0] == "bash" {
      pairs.append(
        Node.Pair(key: .key("shell", at: fence.mark), value: .text(Text("bash"), at: fence.mark)))
    }
    var node = run
    if !pairs.isEmpty {
      pairs.append(Node.Pair(key: .key("run", at: fence.mark), value: run))
      node = Node(.mapping(diagnostics.unique(pairs)), start: fence.mark, end: fence.mark)
    }
    switch words[1] {
    case "setup":
      guard steps.isEmpty else {
        diagnostics.error(
          "fence-place", "'setup' stands after the first step's heading", at: fence.mark,
          hint: "move it above the first '##': it runs before the first step")
        return
      }
      setup.append(node)
    case "verify": verify.append(node)
    default:
      guard let step = currentStep(fence) else { return }
      steps[step].add(command: node, kind: words[1] == "test" ? "tests" : "run")
    }
  }

  private mutating func takeStepKeys(_ fence: Fence) {
    guard let step = currentStep(fence), let node = mapping(fence, "the step's keys") else {
      return
    }
    steps[step].add(pairs: node)
  }

  private mutating func takeEntry(_ fence: Fence) {
    guard let step = currentStep(fence), let pairs = mapping(fence, "the entry's keys") else {
      return
    }
    let attributes = fence.info.parts.filter { $0.key != nil }.map(attribute)
    addEntry(attributes + pairs, fence, step)
  }

  private func mapping(_ fence: Fence, _ what: String) -> [Node.Pair]? {
    guard let node = yaml(fence.content, firstLine: fence.mark.line + 1) else { return nil }
    return NodeReader(diagnostics).pairs(node, what)
  }
}
