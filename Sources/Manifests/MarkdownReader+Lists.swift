import Platform
import YAMLTree

extension MarkdownReader {
  /// Reads a `files` fence: a line for each path that goes, moves or is a link.
  mutating func takeFiles(_ fence: Fence) {
    guard let step = currentStep(fence) else { return }
    var number = fence.mark.line
    var entries: [Node] = []
    for line in source.bytes[fence.content].split(
      separator: 0x0A, omittingEmptySubsequences: false)
    {
      number += 1
      let text = String(decoding: line, as: UTF8.self)
      guard text.contains(where: { $0 != " " && $0 != "\t" }) else { continue }
      if let entry = fileLine(text, at: Mark(line: number, column: 1)) { entries.append(entry) }
    }
    steps[step].add(files: entries)
  }

  private func fileLine(_ text: String, at mark: Mark) -> Node? {
    let info = FenceInfo(text, at: mark, hasAttributes: false)
    let parts = info.parts
    let isPair = parts.count == 4 && parts[2].text == "->" && !parts[2].isQuoted
    func pair(_ name: String, _ part: FenceInfo.Part) -> Node.Pair {
      Node.Pair(key: .key(name, at: part.mark), value: .text(Text(part.text), at: part.mark))
    }
    func flag(_ name: String) -> Node.Pair {
      Node.Pair(
        key: .key(name, at: mark), value: .text(Text("true"), style: .plain, at: mark))
    }
    let pairs: [Node.Pair]
    switch parts.first?.text {
    case "delete" where parts.count == 2: pairs = [pair("path", parts[1]), flag("delete")]
    case "delete_tree" where parts.count == 2:
      pairs = [pair("path", parts[1]), flag("delete_tree")]
    case "move" where isPair: pairs = [pair("path", parts[3]), pair("move_from", parts[1])]
    case "move_tree" where isPair: pairs = [pair("path", parts[3]), pair("move_tree", parts[1])]
    case "link" where isPair: pairs = [pair("path", parts[1]), pair("symlink", parts[3])]
    default:
      diagnostics.error(
        "files-line", "this line of 'files' is not understood", at: info.openQuote ?? mark,
        width: text.unicodeScalars.count,
        hint: "write 'delete P', 'delete_tree P', 'move A -> B', 'move_tree A -> B' or "
          + "'link P -> TARGET', a path with spaces in quotes")
      return nil
    }
    return Node(.mapping(pairs), start: mark, end: mark)
  }

  /// Reads a `diff` fence: a patch for each file that it speaks of.
  mutating func takeDiff(_ fence: Fence) {
    guard let step = currentStep(fence) else { return }
    let attributes = fence.info.parts.filter { $0.key != nil || Self.flags.contains($0.text) }
    for part in fence.info.parts.dropFirst()
    where part.key == nil && !Self.flags.contains(part.text) {
      diagnostics.error(
        "fence-attribute", "'\(Excerpt.short(part.text))' is no attribute of a diff",
        at: part.mark, hint: "remove it")
    }
    if attributes.contains(where: { $0.key == "path" }) {
      addPatch(fence.content, attributes.map(attribute), fence.mark, step)
      return
    }
    let diff = DiffSections(source.bytes[fence.content])
    for fault in diff.faults {
      diagnostics.add(fault.diagnostic(in: diagnostics.source, at: fence.mark))
    }
    guard diff.faults.isEmpty else { return }
    if diff.sections.isEmpty {
      diagnostics.error(
        "diff-empty", "the diff has no parts", at: fence.mark,
        hint: "begin it with '--- a/FILE' and '+++ b/FILE'")
    }
    for section in diff.sections {
      let mark = Mark(line: fence.mark.line + section.line, column: 1)
      let path = Node.Pair(
        key: .key("path", at: mark), value: .text(Text(section.path ?? ""), at: mark))
      let start = Mark(line: mark.line - 1, column: 1)
      addPatch(section.range, [path] + attributes.map(attribute), start, step)
    }
  }

  private mutating func addPatch(
    _ range: Range<Int>, _ pairs: [Node.Pair], _ mark: Mark, _ step: Int
  ) {
    let patch = Node.Pair(
      key: .key("patch", at: mark),
      value: .text(Text(source, range), style: .literal, at: mark))
    let entry = Node(
      .mapping(diagnostics.unique(pairs + [patch])), start: mark, end: mark)
    steps[step].add(files: [entry])
  }
}
