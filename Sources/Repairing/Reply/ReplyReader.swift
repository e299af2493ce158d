/// Reads a reply leniently: fences with whole files, search/replace blocks, unified diffs and the
/// `*** Begin Patch` envelope, however they are mixed and wrapped.
struct ReplyReader {
  private let lines: [Substring]
  private let names: PathLine
  private var at = 0
  private var reply = ReplyText()
  /// The last line that looked like a path, and where it stood.
  private var named: (path: String, line: Int)?
  /// The path that search/replace blocks go on with.
  private var current: String?

  /// Reads all of a reply; thinking in tags at its start is no part of it. `files` are those that were
  /// shown, by their paths.
  static func read(_ text: String, of files: Set<String> = []) -> ReplyText {
    var reader = ReplyReader(withoutThinking(text), PathLine(known: files))
    return reader.read()
  }

  private init(_ text: String, _ names: PathLine) {
    self.names = names
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  private static func withoutThinking(_ text: String) -> String {
    let start = text.drop(while: \.isWhitespace)
    for (opening, closing) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
      if start.hasPrefix(opening), let end = start.firstRange(of: closing) {
        return String(start[end.upperBound...])
      }
      // Some servers keep the opening to themselves.
      if !start.contains(opening), let end = start.firstRange(of: "\n\(closing)\n"),
        !start[..<end.lowerBound].contains("SEARCH"), !start[..<end.lowerBound].contains("```")
      {
        return String(start[end.upperBound...])
      }
    }
    return text
  }

  private mutating func read() -> ReplyText {
    while at < lines.count {
      let line = lines[at]
      if let fence = Fence(opening: line) {
        readFence(fence)
      } else if line.hasPrefix("*** Begin Patch") {
        at += 1
        readEnvelope(until: lines.count)
      } else if Self.isSearch(line) {
        readBlocks(until: lines.count)
      } else if isDiff(at) {
        readDiff(until: lines.count)
      } else {
        readProse(line)
        at += 1
      }
    }
    return reply
  }

  private mutating func readProse(_ line: Substring) {
    let text = line.trimmed
    if text == ReplyText.endLine {
      reply.hasEnd = true
    } else if let reason = Self.value(of: "BLOCKED", in: text) {
      reply.blocked = reply.blocked ?? reason
    } else if let surprise = Self.value(of: "SURPRISE", in: text) {
      reply.surprise = reply.surprise ?? surprise
    } else if let path = names.path(in: text) {
      named = (path, at)
    }
  }

  private static func value(of word: String, in text: String) -> String? {
    guard text.hasPrefix(word + ":") else { return nil }
    return text.dropFirst(word.count + 1).trimmed
  }

  /// The path that stands on the lines just before this one.
  private func pathBefore() -> String? {
    guard let named else { return nil }
    // Between the name and its block only blank lines may stand.
    let between = lines[(named.line + 1)..<at]
    return between.allSatisfy { $0.allSatisfy(\.isWhitespace) } ? named.path : nil
  }

  // MARK: Fences

  private mutating func readFence(_ fence: Fence) {
    let path = names.path(inInfo: fence.info) ?? pathBefore()
    let start = at + 1
    guard let end = lines[start...].firstIndex(where: { fence.isClosed(by: $0) }) else {
      reply.unclosed = "the fence on line \(at + 1)"
      at = lines.count
      return
    }
    // What a fence holds decides what it is; prose and notes inside stay in it.
    let inner = start..<end
    at = start
    if let first = inner.first(where: { !lines[$0].allSatisfy(\.isWhitespace) }) {
      if lines[first].hasPrefix("*** Begin Patch") {
        at = first + 1
        readEnvelope(until: end)
      } else if inner.contains(where: { Self.isSearch(lines[$0]) }) {
        current = path ?? current
        readFencedBlocks(until: end)
      } else if isDiff(first) || lines[first].hasPrefix("@@ -")
        || ["diff", "patch"].contains(fence.language) && isHunk(first)
      {
        current = path ?? current
        at = first
        readDiff(until: end)
      } else {
        let body = lines[inner].joined(separator: "\n") + "\n"
        let isDoubtful =
          path == nil
          && ["sh", "bash", "shell", "console", "text", "output"].contains(fence.language)
        reply.items.append(
          ReplyText.Item(
            path: path, change: .whole(Array(body.utf8)), word: isDoubtful ? fence.language : nil))
      }
    } else if let path {
      // A named file with nothing in it: emptied, and not passed over.
      reply.items.append(ReplyText.Item(path: path, change: .whole([])))
    }
    at = end + 1
  }

  private mutating func readFencedBlocks(until end: Int) {
    while at < end {
      if Self.isSearch(lines[at]) {
        readBlocks(until: end)
      } else {
        if let path = names.path(in: lines[at].trimmed) { named = (path, at) }
        at += 1
      }
    }
  }

  // MARK: Search and replace

  private static func isSearch(_ line: Substring) -> Bool {
    isMarker(line, "<", "SEARCH") || isMarker(line, "<", "ORIGINAL")
      || isMarker(line, "-", "SEARCH")
  }

  private static func isMarker(_ line: Substring, _ sign: Character, _ word: String?) -> Bool {
    let signs = line.prefix { $0 == sign }
    guard (5...9).contains(signs.count) else { return false }
    let rest = line[signs.endIndex...].trimmed
    guard let word else { return rest.isEmpty }
    return rest == word || rest == "" && sign == ">"
  }

  /// Of some markers those that have as many signs as the line that opened their block; all, where
  /// none has: models miscount.
  private func matching(_ opening: Int, _ markers: [Int]) -> [Int] {
    func signs(_ index: Int) -> Int { lines[index].prefix { $0 == lines[index].first }.count }
    let own = markers.filter { signs($0) == signs(opening) }
    return own.isEmpty ? markers : own
  }

  private mutating func readBlocks(until end: Int) {
    let path = pathBefore() ?? current
    let start = at + 1
    // The next block's own markers are not this one's.
    let limit = lines[start..<end].firstIndex(where: Self.isSearch) ?? end
    let middles = (start..<limit).filter { Self.isMarker(lines[$0], "=", nil) }
    let closes = ((middles.first ?? limit)..<limit).filter {
      Self.isMarker(lines[$0], ">", "REPLACE") || Self.isMarker(lines[$0], ">", "UPDATED")
        || Self.isMarker(lines[$0], "+", "REPLACE")
    }
    guard let close = matching(at, closes).first else {
      if limit < end {
        reply.faults.append("the SEARCH block on line \(at + 1) holds another one")
        at = limit
      } else {
        reply.unclosed = "the SEARCH block on line \(at + 1)"
        at = end
      }
      return
    }
    append(block(start, matching(at, middles.filter { $0 < close }), close), to: path)
    current = path
    at = close + 1
  }

  /// A block by each of the lines that may be its divider, the last first.
  ///
  /// A file may hold such lines, as headings. A reading that would add one is none: a divider that
  /// was meant as one would land.
  private func block(_ start: Int, _ middles: [Int], _ close: Int) -> ReplyText.Block {
    var readings = middles.indices.filter { middles.count - 1 - $0 <= $0 }.reversed().map { index in
      ReplyText.Block(
        search: Self.bytes(lines[start..<middles[index]]),
        replace: Self.bytes(lines[(middles[index] + 1)..<close]))
    }
    var block = readings.removeFirst()
    block.otherwise = readings
    block.isAmbiguous = middles.count > 1
    return block
  }

  private mutating func append(_ block: ReplyText.Block, to path: String?) {
    if let last = reply.items.last, last.path == path, case .blocks(let blocks) = last.change {
      // Models repeat themselves; what stands once in the file is changed once.
      if !block.search.isEmpty, blocks.contains(block) { return }
      reply.items[reply.items.count - 1].change = .blocks(blocks + [block])
    } else {
      reply.items.append(ReplyText.Item(path: path, change: .blocks([block])))
    }
  }

  private static func bytes(_ lines: ArraySlice<Substring>) -> [UInt8] {
    lines.flatMap { Array($0.utf8) + [0x0A] }
  }

  // MARK: Diffs

  /// `--- a/x` followed by `+++ b/x`.
  private func isDiff(_ index: Int) -> Bool {
    lines[index].hasPrefix("diff --git ")
      || (lines[index].hasPrefix("--- ") && index + 1 < lines.count
        && lines[index + 1].hasPrefix("+++ "))
  }

  private func isHunk(_ index: Int) -> Bool { lines[index].hasPrefix("@@") }

  private mutating func readDiff(until end: Int) {
    var path = current
    while at < end {
      let line = lines[at]
      if isDiff(at) || line.hasPrefix("+++ ") || line.hasPrefix("--- ") {
        if line.hasPrefix("--- ") { path = DiffPath.path(line.dropFirst(4)) ?? path }
        if line.hasPrefix("+++ ") {
          if let target = DiffPath.path(line.dropFirst(4)) {
            path = target
          } else {
            reply.items.append(ReplyText.Item(path: path, change: .delete))
          }
        }
        at += 1
      } else if isHunk(at) {
        at += 1
        readHunk(of: path, until: end)
      } else if ["index ", "new file", "old mode", "new mode", "deleted file", "similarity", "\\ "]
        .contains(where: line.hasPrefix) || line.allSatisfy(\.isWhitespace)
      {
        at += 1
      } else {
        return
      }
    }
  }

  private mutating func readHunk(of path: String?, until end: Int) {
    var search: [UInt8] = []
    var replace: [UInt8] = []
    while at < end, !isHunk(at), !isDiff(at), !lines[at].hasPrefix("*** ") {
      let line = lines[at]
      let bytes = Array(line.dropFirst().utf8) + [0x0A]
      switch line.first {
      case " ":
        search += bytes
        replace += bytes
      case "-": search += bytes
      case "+": replace += bytes
      case "\\": break
      // A blank line of the file whose one space got lost; at the end it belongs to the prose.
      case nil where at + 1 < end && [" ", "-", "+"].contains(lines[at + 1].first):
        search.append(0x0A)
        replace.append(0x0A)
      default:
        append(ReplyText.Block(search: search, replace: replace), to: path)
        return
      }
      at += 1
    }
    append(ReplyText.Block(search: search, replace: replace), to: path)
  }

  // MARK: The envelope

  private mutating func readEnvelope(until end: Int) {
    var path: String?
    while at < end {
      let line = lines[at]
      if line.hasPrefix("*** End Patch") {
        at += 1
        return
      }
      if let name = Self.value(of: "*** Update File", in: line.trimmed) {
        path = name
        at += 1
      } else if let name = Self.value(of: "*** Delete File", in: line.trimmed) {
        reply.items.append(ReplyText.Item(path: name, change: .delete))
        at += 1
      } else if let name = Self.value(of: "*** Add File", in: line.trimmed) {
        at += 1
        readAddition(of: name, until: end)
      } else if isHunk(at) {
        at += 1
        readHunk(of: path, until: end)
      } else if line.hasPrefix("*** End of File") || line.allSatisfy(\.isWhitespace) {
        at += 1
      } else if path != nil, !isDiff(at), [" ", "-", "+"].contains(line.first) {
        // A diff's own header is no line of a change: reading it as one would never end.
        readHunk(of: path, until: end)
      } else {
        reply.faults.append("line \(at + 1) of the patch is not understood")
        at += 1
      }
    }
    reply.unclosed = reply.unclosed ?? "the patch (no *** End Patch)"
  }

  private mutating func readAddition(of path: String, until end: Int) {
    var body: [UInt8] = []
    while at < end, lines[at].hasPrefix("+") {
      body += Array(lines[at].dropFirst().utf8) + [0x0A]
      at += 1
    }
    reply.items.append(ReplyText.Item(path: path, change: .whole(body)))
  }
}
