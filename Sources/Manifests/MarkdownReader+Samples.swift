import Platform
import YAMLTree

/// Fences of backticks: prose, as long as they end where they should.
extension MarkdownReader {
  /// Says of a fence of backticks that names a file that it is prose: models write files so
  /// everywhere else.
  func warnIfNamed(_ fence: MarkdownOutline.Fence, _ lines: ClosedRange<Int>) {
    let info = String(decoding: source.bytes[fence.info], as: UTF8.self)
    let attributes = FenceInfo(info, at: Mark(line: 1, column: 1)).parts
    if let path = attributes.first(where: { $0.key == "path" })?.text {
      diagnostics.report(
        .warning, "fence-backtick",
        "the fence of backticks names '\(Excerpt.short(path))', and is prose like every other",
        at: Mark(line: lines.lowerBound, column: 1), width: fence.length,
        hint: "open and close it by '~~~~' if it is the file")
    }
  }

  /// Reports a fence of backticks that is not closed where it should be: what follows it would be
  /// taken for a part of the sample.
  func refuseOpenSample(_ fence: MarkdownOutline.Fence, _ lines: ClosedRange<Int>) {
    let mark = Mark(line: lines.lowerBound, column: 1)
    let tildes = firstLine(in: fence, after: mark.line) { $0 == 0x7E && $1 >= 3 }
    let note = tildes.map {
      Diagnostic.Note("this fence would be a part of it", at: Mark(line: $0, column: 1))
    }
    guard fence.isClosed else {
      diagnostics.error(
        "fence-open", "the fence that opens here is never closed", at: mark, width: fence.length,
        notes: note.map { [$0] } ?? [], hint: "close it with a line of \(fence.length) backticks")
      return
    }
    // A sample may show fences of tildes, or of backticks that are fewer. Both, and a fence of as
    // many, is a sample that was not closed and the one after it.
    let opening = firstLine(in: fence, after: mark.line) { $0 == 0x60 && $1 >= fence.length }
    guard let tildes, let note, let opening, opening > tildes else { return }
    diagnostics.error(
      "fence-nested", "a fence seems to open inside the one of line \(mark.line)",
      at: Mark(line: opening, column: 1), width: fence.length,
      notes: [.init("that one opens here", at: mark), note],
      hint: "close that one before it, or open it by \(fence.length + 1) backticks")
  }

  /// The first line of a fence that itself opens one, by its sign and how many there are.
  private func firstLine(
    in fence: MarkdownOutline.Fence, after line: Int, _ isWanted: (UInt8, Int) -> Bool
  ) -> Int? {
    var line = line
    for text in source.bytes[fence.content].split(separator: 0x0A, omittingEmptySubsequences: false)
    {
      line += 1
      let bare = text.drop { $0 == 0x20 }
      guard text.count - bare.count <= 3, let sign = bare.first else { continue }
      if isWanted(sign, bare.prefix { $0 == sign }.count) { return line }
    }
    return nil
  }
}
