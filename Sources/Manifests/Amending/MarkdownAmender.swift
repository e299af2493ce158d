import Platform
import YAMLTree

/// Replaces one entry's fence in a manifest in Markdown; every other line stays.
struct MarkdownAmender {
  private let source: SourceText

  init(_ source: SourceText) { self.source = source }

  func replace(_ old: FileEntry, by new: FileEntry) throws -> [UInt8] {
    let line = min(old.mark.line, old.actionMark.line)
    guard let (fence, lines) = fence(at: line) else {
      throw Amendment.Fault(
        message: "'\(Printable.escaped(old.path))' shares its fence with other files",
        hint: "give it a fence of its own, then amend again")
    }
    let info = String(decoding: source.bytes[fence.info], as: UTF8.self).trimmedSpaces
    let written = MarkdownFence.all([new])
    guard written.count == 1, var text = written.first else {
      throw Amendment.Fault(
        message: "'\(Printable.escaped(old.path))' cannot be written as a fence",
        hint: "change it by hand: mtor show RUN --repairs shows the difference")
    }
    let words = FenceInfo(info, at: old.mark).words.map(\.text)
    let isEdit = words.first == "edit" && text.info.hasPrefix("edit ")
    if isEdit, let block = FileEntry.addedBlock(old, new) {
      // The blocks there are stay as they were written.
      text = MarkdownFence(
        info: info, content: Array(source.bytes[fence.content]) + Array(block.utf8))
    } else if keepsInfo(old, new, words), !text.info.hasPrefix("yaml ") {
      text = MarkdownFence(info: info, content: text.content)
    }
    var result = Array(source.bytes[..<source.range(ofLine: lines.lowerBound).lowerBound])
    let tildes = String(repeating: "~", count: max(fence.length, text.length))
    result += Array("\(tildes)\(text.info)\n".utf8) + text.content + Array(tildes.utf8)
    return result + source.bytes[source.range(ofLine: lines.upperBound).upperBound...]
  }

  /// Adds a fence behind the one that holds another entry.
  func add(_ entry: FileEntry, behind last: FileEntry) throws -> [UInt8] {
    let written = MarkdownFence.all([entry])
    guard written.count == 1, let text = written.first,
      let (_, lines) = fence(at: last.mark.line, isFirstLine: false)
    else {
      throw Amendment.Fault(
        message: "'\(Printable.escaped(entry.path))' cannot be written as a fence",
        hint: "declare it by hand: mtor show RUN --repairs shows the difference")
    }
    let end = source.range(ofLine: lines.upperBound).upperBound
    let tildes = String(repeating: "~", count: text.length)
    return Array(source.bytes[..<end]) + Array("\n\n\(tildes)\(text.info)\n".utf8) + text.content
      + Array(tildes.utf8) + source.bytes[end...]
  }

  /// True where only the text changes, not what the opening line says of it.
  private func keepsInfo(_ old: FileEntry, _ new: FileEntry, _ words: [String]) -> Bool {
    guard case .content(let before) = old.action, case .content(let after) = new.action,
      words.first != "yaml", words.first != "diff"
    else { return false }
    let hasChecks = old.digest != nil || old.bytes != nil || old.lines != nil
    return !hasChecks && endsInNewline(before) == endsInNewline(after)
  }

  private func endsInNewline(_ text: Text) -> Bool {
    let bytes = text.decoded()
    return bytes.isEmpty || bytes.last == 0x0A
  }

  /// The fence that opens on a line, or holds it.
  private func fence(
    at line: Int, isFirstLine: Bool = true
  ) -> (fence: MarkdownOutline.Fence, lines: ClosedRange<Int>)? {
    let first = bodyLine
    for block in MarkdownOutline(source, fromLine: first).blocks {
      if case .fence(let fence) = block.kind, fence.isTilde,
        isFirstLine ? block.lines.lowerBound == line : block.lines.contains(line)
      {
        return (fence, block.lines)
      }
    }
    return nil
  }

  /// The first line after the front matter.
  private var bodyLine: Int {
    for line in 2...max(2, source.lineCount)
    where source.bytes[source.range(ofLine: line)].elementsEqual([0x2D, 0x2D, 0x2D]) {
      return line + 1
    }
    return 1
  }
}

extension String {
  fileprivate var trimmedSpaces: String {
    var text = self[...]
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text.drop { $0 == " " || $0 == "\t" })
  }
}
