import Platform
import YAMLTree

/// Reads a free Markdown text, such as a specification or a chat reply, whose blocks name their
/// files.
///
/// A name is taken from the first of these places that has one: the block's info string, the line
/// before it, a comment on its first line. A block without a name is left out, and that is said.
struct MarkdownImport {
  let source: SourceText

  static func read(into draft: inout ImportDraft) {
    let reader = MarkdownImport(source: draft.source)
    let outline = MarkdownOutline(draft.source, fromLine: 1)
    for code in outline.codeBlocks { reader.take(code, &draft) }
  }

  private func take(_ code: MarkdownOutline.CodeBlock, _ draft: inout ImportDraft) {
    let line = code.lines.lowerBound
    guard code.isClosed else {
      draft.fault(
        "fence-open", "the fence that opens here is never closed", line: line,
        hint: "close it, or ask for the whole text again: it may be cut off")
      return
    }
    let info = code.info
    let language = info.prefix { $0 != " " && $0 != ":" && $0 != "{" }.lowercased()
    let text = code.content
    if text.starts(with: Array("*** Begin Patch".utf8)) {
      draft.remark("a patch in an envelope", line: line)
      EnvelopeImport.read(text[...], firstLine: line + 1, into: &draft)
      return
    }
    let name = BlockName.inInfo(info) ?? name(before: code) ?? BlockName.inComment(firstLine(text))
    if ["diff", "patch"].contains(language), !DiffSections(text[...]).sections.isEmpty {
      draft.remark("a diff", line: line)
      DiffImport.read(text[...], firstLine: line + 1, into: &draft)
      return
    }
    guard let name else {
      draft.remark(
        "the block (\(language.isEmpty ? "no language" : Excerpt.short(language))) "
          + "names no file and is left out", line: line)
      return
    }
    add(name, code, &draft)
  }

  private func add(
    _ name: BlockName, _ code: MarkdownOutline.CodeBlock, _ draft: inout ImportDraft
  ) {
    let line = code.lines.lowerBound
    let shown = Printable.escaped(name.path)
    let nested = code.isNested ? ", from a list or a quote, without its indentation" : ""
    if code.content.starts(with: SearchReplace.opening) {
      let (blocks, faults) = SearchReplace.read(code.content)
      for fault in faults {
        draft.fault(
          fault.rule, fault.message, line: line + fault.line, hint: fault.hint ?? "correct it")
      }
      guard faults.isEmpty else { return }
      let edits = blocks.map { block in
        Edit(
          .replace(
            find: Text(block.find), with: Text(block.replacement), count: .exactly(1),
            extent: .lines), at: Mark(line: line + block.line, column: 1))
      }
      if draft.add(.edit(edits), at: name.path, line: line) {
        draft.remark("\(edits.count) edits of \(shown), named \(name.place)\(nested)", line: line)
      }
      return
    }
    if draft.add(.content(Text(code.content)), at: name.path, line: line) {
      draft.remark("the file \(shown), named \(name.place)\(nested)", line: line)
    }
  }

  private func firstLine(_ text: [UInt8]) -> String {
    String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  /// The name on the last line before a block that is not blank.
  private func name(before code: MarkdownOutline.CodeBlock) -> BlockName? {
    var line = code.lines.lowerBound - 1
    while line >= 1, code.lines.lowerBound - line <= 3 {
      let text = String(decoding: source.bytes[source.range(ofLine: line)], as: UTF8.self)
      if text.contains(where: { $0 != " " && $0 != "\t" && $0 != ">" }) {
        return BlockName.inLine(text)
      }
      line -= 1
    }
    return nil
  }
}
