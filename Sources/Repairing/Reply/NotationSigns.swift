import Platform

/// Signs in new lines that the notation of a reply has got into a file.
enum NotationSigns {
  /// The words that stand behind each sign of a marker.
  private static let words: [Character: Set<String>] = [
    "<": ["SEARCH", "ORIGINAL"], ">": ["REPLACE", "UPDATED"], "-": ["SEARCH"], "+": ["REPLACE"],
  ]

  /// The first new line that is a marker of blocks, of a diff, of the reply's end or of the
  /// request's frame; nil where there is none.
  static func marker(
    in lines: [ArraySlice<UInt8>], of path: RelativePath, over old: [UInt8], frame: String?
  ) -> String? {
    // A text that has hunks in it may get more of them.
    lazy var holdsDiff =
      [".patch", ".diff"].contains { path.name.hasSuffix($0) }
      || old.plainLines.contains { isHunk($0.text.trimmed) }
    return lines.lazy.map { $0.text }.first { line in
      line.hasPrefix("<<<<<<< ") || line.hasPrefix(">>>>>>> ") || isMarker(line.trimmed, frame)
        || isHunk(line.trimmed) && !holdsDiff
    }?.trimmed
  }

  private static func isHunk(_ line: String) -> Bool {
    guard line.hasPrefix("@@ -") else { return false }
    let rest = line.dropFirst(4)
    return rest.first?.isNumber ?? false && rest.contains(" @@")
  }

  private static func isMarker(_ line: String, _ frame: String?) -> Bool {
    if line == ReplyText.endLine { return true }
    if let frame, line == "BEGIN \(frame)" || line == "END \(frame)" { return true }
    guard let first = line.first, let words = words[first] else { return false }
    let signs = line.prefix { $0 == first }
    let word = line[signs.endIndex...].trimmed
    // A heading between dashes, or a comment of Lua, is none.
    return (5...10).contains(signs.count) && words.contains(word)
  }

  /// What a whole file would get around it that the old one had not; nil where nothing.
  static func wrapping(of content: [UInt8], over old: [UInt8]) -> String? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if content.starts(with: mark), !old.starts(with: mark) {
      return "begin with a byte order mark"
    }
    return isFenced(content) && !isFenced(old) ? "stand in a fence of its own" : nil
  }

  private static func isFenced(_ bytes: [UInt8]) -> Bool {
    let lines = bytes.plainLines
    guard let first = lines.first(where: { !$0.isBlank }),
      let last = lines.last(where: { !$0.isBlank }),
      first.startIndex != last.startIndex, let fence = Fence(opening: first.text[...])
    else { return false }
    // One that is closed before the end is one of several in the text.
    return lines.first { $0.startIndex > first.startIndex && fence.isClosed(by: $0.text[...]) }?
      .startIndex == last.startIndex
  }
}
