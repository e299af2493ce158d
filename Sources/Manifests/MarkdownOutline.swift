import CMark
import YAMLTree

/// The blocks of a Markdown text at document level, as the library cmark finds them.
///
/// Only where blocks begin and end is cmark's to say; their bytes are read from the source, so
/// that not one of them is normalised.
struct MarkdownOutline {
  struct Fence {
    let isTilde: Bool
    /// How many tildes or backticks open it.
    let length: Int
    /// What follows them on the line.
    let info: Range<Int>
    /// The lines between the opening and the closing one, newlines included.
    let content: Range<Int>
    let isClosed: Bool
  }

  enum Kind {
    case heading(level: Int, text: Range<Int>)
    /// A heading that is made by the line below it.
    case underlined
    case fence(Fence)
    case html
    case other
  }

  struct Block {
    let kind: Kind
    let lines: ClosedRange<Int>
  }

  /// A fenced block wherever it stands, for a reader of free texts.
  struct CodeBlock {
    let info: String
    let lines: ClosedRange<Int>
    /// Without the indentation or quote signs of what it stands in.
    let content: [UInt8]
    let isClosed: Bool
    let isNested: Bool
    /// What it opens by, and how many of them.
    let sign: UInt8
    let length: Int
    /// A line of which it is not clear how much of its indentation is its own.
    var unclearLine: Int?
  }

  private(set) var blocks: [Block] = []
  /// Every fenced block, in the order of the text.
  private(set) var codeBlocks: [CodeBlock] = []
  /// Lines with a tilde fence that is not at document level.
  private(set) var nestedFences: [Int] = []

  private let source: SourceText
  /// Blank lines that cmark did not see: from each of its lines on, so many in all.
  private var omissions: [(line: Int, total: Int)] = []

  /// The outline of a source from a line on.
  init(_ source: SourceText, fromLine first: Int) {
    self.source = source
    guard let parser = cmark_parser_new(CMARK_OPT_DEFAULT) else { return }
    defer { cmark_parser_free(parser) }
    feed(parser, from: first)
    guard let document = cmark_parser_finish(parser) else { return }
    defer { cmark_node_free(document) }
    var child = cmark_node_first_child(document)
    while let node = child {
      blocks.append(block(node))
      child = cmark_node_next(node)
    }
    findNested(in: document)
  }

  /// Gives cmark the lines, of several blank ones only the first: a blank line costs cmark the
  /// depth it is at, and a hostile text has many of both.
  private mutating func feed(_ parser: OpaquePointer, from first: Int) {
    let bytes = source.bytes
    var omitted = first - 1
    omissions = [(1, omitted)]
    var line = first
    var isAfterBlank = false
    var position = source.range(ofLine: first).lowerBound
    // What cmark is given next begins here.
    var pending = position
    while position < bytes.count {
      let end = (bytes[position...].firstIndex(of: 0x0A)).map { $0 + 1 } ?? bytes.count
      let isBlank = bytes[position..<end].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }
      if isBlank, isAfterBlank {
        Self.feed(parser, bytes[pending..<position])
        pending = end
        omitted += 1
        // The next line that cmark sees is this one's successor.
        let next = line + 1 - omitted
        if omissions.last?.line == next { omissions.removeLast() }
        omissions.append((next, omitted))
      }
      isAfterBlank = isBlank
      line += 1
      position = end
    }
    Self.feed(parser, bytes[pending..<bytes.count])
  }

  private static func feed(_ parser: OpaquePointer, _ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, buffer.count > 0 else { return }
      cmark_parser_feed(parser, base.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }

  private func sourceLine(_ line: Int32) -> Int {
    let line = Int(line)
    var low = 0
    var high = omissions.count
    while low < high {
      let middle = (low + high) / 2
      if omissions[middle].line <= line { low = middle + 1 } else { high = middle }
    }
    return line + (low == 0 ? 0 : omissions[low - 1].total)
  }

  private func block(_ node: OpaquePointer) -> Block {
    let first = sourceLine(cmark_node_get_start_line(node))
    let last = max(first, sourceLine(cmark_node_get_end_line(node)))
    let lines = first...last
    switch cmark_node_get_type(node) {
    case CMARK_NODE_HEADING:
      let line = source.range(ofLine: first)
      let start = skipSpaces(line)
      let level = Int(cmark_node_get_heading_level(node))
      guard start < line.upperBound, source.bytes[start] == UInt8(ascii: "#") else {
        return Block(kind: .underlined, lines: lines)
      }
      return Block(
        kind: .heading(level: level, text: start + level..<line.upperBound), lines: lines)
    case CMARK_NODE_CODE_BLOCK:
      guard let fence = fence(lines) else { return Block(kind: .other, lines: lines) }
      return Block(kind: .fence(fence), lines: lines)
    case CMARK_NODE_HTML_BLOCK: return Block(kind: .html, lines: lines)
    default: return Block(kind: .other, lines: lines)
    }
  }

  /// The fence that opens on the first of some lines; nil for indented code.
  private func fence(_ lines: ClosedRange<Int>) -> Fence? {
    let opening = source.range(ofLine: lines.lowerBound)
    let start = skipSpaces(opening)
    guard start - opening.lowerBound <= 3, start < opening.upperBound else { return nil }
    let sign = source.bytes[start]
    guard sign == UInt8(ascii: "~") || sign == UInt8(ascii: "`") else { return nil }
    var end = start
    while end < opening.upperBound, source.bytes[end] == sign { end += 1 }
    guard end - start >= 3 else { return nil }
    let contentStart = min(opening.upperBound + 1, source.bytes.count)
    let last = source.range(ofLine: lines.upperBound)
    let isClosed =
      lines.upperBound > lines.lowerBound && closes(last, sign: sign, length: end - start)
    return Fence(
      isTilde: sign == UInt8(ascii: "~"), length: end - start, info: end..<opening.upperBound,
      content: contentStart..<max(contentStart, isClosed ? last.lowerBound : source.bytes.count),
      isClosed: isClosed)
  }

  /// True if a line is nothing but enough of a fence's signs.
  private func closes(_ line: Range<Int>, sign: UInt8, length: Int) -> Bool {
    let start = skipSpaces(line)
    var end = start
    while end < line.upperBound, source.bytes[end] == sign { end += 1 }
    return start - line.lowerBound <= 3 && end - start >= length
      && source.bytes[end..<line.upperBound].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  private func skipSpaces(_ line: Range<Int>) -> Int {
    var start = line.lowerBound
    while start < line.upperBound, source.bytes[start] == 0x20 { start += 1 }
    return start
  }

  private mutating func findNested(in document: OpaquePointer) {
    guard let iterator = cmark_iter_new(document) else { return }
    defer { cmark_iter_free(iterator) }
    while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
      guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator),
        cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK,
        let parent = cmark_node_parent(node)
      else { continue }
      let isNested = cmark_node_get_type(parent) != CMARK_NODE_DOCUMENT
      let line = sourceLine(cmark_node_get_start_line(node))
      let range = source.range(ofLine: line)
      let offset = range.lowerBound + Int(cmark_node_get_start_column(node)) - 1
      guard offset + 2 < range.upperBound else { continue }
      let opening = source.bytes[offset..<offset + 3]
      let isTilde = opening.allSatisfy { $0 == UInt8(ascii: "~") }
      guard isTilde || opening.allSatisfy({ $0 == UInt8(ascii: "`") }) else { continue }
      if isNested, isTilde { nestedFences.append(line) }
      appendCode(node, line...max(line, sourceLine(cmark_node_get_end_line(node))), isNested)
    }
  }

  private mutating func appendCode(
    _ node: OpaquePointer, _ lines: ClosedRange<Int>, _ isNested: Bool
  ) {
    let info = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
    if !isNested, let fence = fence(lines) {
      let opening = source.range(ofLine: lines.lowerBound)
      codeBlocks.append(
        CodeBlock(
          info: info, lines: lines,
          content: withoutIndentation(skipSpaces(opening) - opening.lowerBound, fence.content),
          isClosed: fence.isClosed, isNested: false,
          sign: UInt8(ascii: fence.isTilde ? "~" : "`"), length: fence.length))
      return
    }
    let opening = source.range(ofLine: lines.lowerBound)
    let prefix = source.bytes[opening].prefix(Int(cmark_node_get_start_column(node)) - 1)
    var unclear: Int?
    var content: [ArraySlice<UInt8>] = []
    for number in lines.dropFirst() {
      let (text, isClear) = Self.withoutContainer(
        prefix, source.bytes[source.range(ofLine: number)])
      if !isClear { unclear = unclear ?? number }
      content.append(text)
    }
    let signs = source.bytes[opening].dropFirst(prefix.count)
    let length = signs.prefix { $0 == signs.first }.count
    let isClosed = content.last.map { closes($0.indices, sign: signs.first ?? 0, length: length) }
    if isClosed == true { content.removeLast() }
    codeBlocks.append(
      CodeBlock(
        info: info, lines: lines, content: content.flatMap { $0 + [0x0A] },
        isClosed: isClosed ?? false, isNested: true, sign: signs.first ?? 0, length: length,
        unclearLine: unclear))
  }

  /// Lines without so many of the spaces that they begin with, as the fence around them has.
  private func withoutIndentation(_ count: Int, _ lines: Range<Int>) -> [UInt8] {
    if count == 0 { return Array(source.bytes[lines]) }
    var result: [UInt8] = []
    var spaces = count
    for byte in source.bytes[lines] {
      if byte == 0x20, spaces > 0 {
        spaces -= 1
      } else {
        result.append(byte)
        spaces = byte == 0x0A ? count : 0
      }
    }
    return result
  }

  /// A line without what its list or quote puts before it, as that stands before the fence; not
  /// clear where a tab is partly that and partly the line's own.
  private static func withoutContainer(
    _ prefix: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>
  ) -> (text: ArraySlice<UInt8>, isClear: Bool) {
    var line = line
    /// The columns that the prefix and the line have come to.
    var (wanted, column) = (0, 0)
    func width(_ sign: UInt8, at column: Int) -> Int { sign == 0x09 ? 4 - column % 4 : 1 }
    /// Takes white space away; false at a tab that goes beyond what is wanted.
    func takeBlank() -> Bool {
      while column < wanted, let first = line.first, first == 0x20 || first == 0x09 {
        let next = column + width(first, at: column)
        if next > wanted { return false }
        column = next
        line.removeFirst()
      }
      return true
    }
    for sign in prefix {
      guard sign == UInt8(ascii: ">") else {
        wanted += width(sign, at: wanted)
        continue
      }
      // A quote's line may begin with fewer spaces; its sign is there.
      guard takeBlank() else { return (line, false) }
      guard line.first == sign else { return (line, true) }
      line.removeFirst()
      wanted += 1
      column = wanted
    }
    let isClear = takeBlank()
    return (line, isClear)
  }
}
