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
    for code in outline.codeBlocks {
      // What follows it is read the other way round.
      if reader.refuseNested(code, draft) { return }
      reader.take(code, &draft)
    }
  }

  private func take(_ code: MarkdownOutline.CodeBlock, _ draft: inout ImportDraft) {
    let line = code.lines.lowerBound
    guard code.isClosed else {
      draft.fault(
        "fence-open", "the fence that opens here is never closed", line: line,
        hint: "close it, or ask for the whole text again: it may be cut off")
      return
    }
    if let line = code.unclearLine {
      draft.fault(
        "fence-indent", "a tab begins in the indentation of the list and ends in the file's",
        line: line, hint: "indent the lines of the block as its fence is indented")
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
    let isDiff = ["diff", "patch"].contains(language)
    let name =
      BlockName.inInfo(info) ?? name(before: code, language)
      ?? (isDiff ? nil : BlockName.inComment(firstLine(text)))
    if isDiff, !DiffSections(text[...]).sections.isEmpty {
      draft.remark("a diff", line: line)
      DiffImport.read(text[...], firstLine: line + 1, into: &draft)
      return
    }
    if isDiff, let name, !name.isOfDiff {
      addPatch(name, code, &draft)
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

  /// Reports a block that another one seems to open in, since it ends where that one does.
  private func refuseNested(_ code: MarkdownOutline.CodeBlock, _ draft: ImportDraft) -> Bool {
    let nested = NestedFence.first(
      in: code.content[...], sign: code.sign, length: code.length)
    guard let nested else { return false }
    let line = code.lines.lowerBound
    let signs = code.sign == UInt8(ascii: "~") ? "tildes" : "backticks"
    draft.diagnostics.error(
      "fence-nested", "a fence seems to open inside the one of line \(line)",
      at: Mark(line: line + 1 + nested.line, column: 1),
      notes: [.init("that one opens here", at: Mark(line: line, column: 1))],
      hint: "close that one before it, or open and end it by \(nested.length + 1) \(signs)")
    return true
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

  /// Hunks without the names of their file, which stands beside the block.
  private func addPatch(
    _ name: BlockName, _ code: MarkdownOutline.CodeBlock, _ draft: inout ImportDraft
  ) {
    let line = code.lines.lowerBound
    let shown = Printable.escaped(name.path)
    guard Lines(code.content).contains(where: { $0.bytes.starts(with: Array("@@ -".utf8)) }) else {
      draft.fault(
        "import-cannot", "the diff of '\(shown)' does not say where its lines stand", line: line,
        hint: "write its lines '@@ -START,COUNT +START,COUNT @@', a SEARCH/REPLACE block, or the "
          + "whole file")
      return
    }
    if case .failure(let faults) = FilePatch.read(code.content, for: name.path) {
      for fault in faults.all {
        draft.fault(
          fault.rule, fault.message, line: line + fault.line,
          hint: fault.hint ?? "correct the diff")
      }
      return
    }
    if draft.add(.patch(Text(code.content)), at: name.path, line: line) {
      draft.remark("a patch of \(shown), named \(name.place)", line: line)
    }
  }

  private func firstLine(_ text: [UInt8]) -> String {
    String(decoding: text.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }

  /// The name on the last line before a block that is not blank.
  private func name(before code: MarkdownOutline.CodeBlock, _ language: String) -> BlockName? {
    var line = code.lines.lowerBound - 1
    while line >= 1, code.lines.lowerBound - line <= 3 {
      let bytes = source.bytes[source.range(ofLine: line)]
      let text = String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
      if text.contains(where: { $0 != " " && $0 != "\t" && $0 != ">" }) {
        return BlockName.inLine(text).flatMap { $0.isInLanguage(language) ? $0 : nil }
      }
      line -= 1
    }
    return nil
  }
}
