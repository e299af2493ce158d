import YAMLTree

/// Makes of a manifest in Markdown the nodes that the same manifest in YAML would have.
///
/// Everything is then checked by `ManifestReader`, whatever notation it came in.
struct MarkdownReader {
  let source: SourceText
  let diagnostics: Diagnostics
  let limits: Limits

  /// The manifest's keys in the order of the text.
  private var pairs: [Node.Pair] = []
  var setup: [Node] = []
  var verify: [Node] = []
  var steps: [MarkdownStep] = []
  /// The last named fence: its first and last line.
  var lastFence: ClosedRange<Int>?

  /// The root of the manifest and whether its end mark stands; nil where it cannot be told, which
  /// was reported.
  static func read(
    _ source: SourceText, limits: Limits, into diagnostics: Diagnostics
  ) -> (root: Node, isWhole: Bool)? {
    guard let text = source.checked(limits, into: diagnostics) else { return nil }
    var reader = MarkdownReader(source: text, diagnostics: diagnostics, limits: limits)
    guard let (front, bodyLine) = reader.frontMatter() else { return nil }
    let outline = MarkdownOutline(text, fromLine: bodyLine)
    let isWhole = reader.readBlocks(outline)
    guard let front else { return nil }
    return (reader.root(front), isWhole)
  }

  private init(source: SourceText, diagnostics: Diagnostics, limits: Limits) {
    self.source = source
    self.diagnostics = diagnostics
    self.limits = limits
  }

  // MARK: Front matter

  /// The keys between the two `---` lines, and the first line after them. The keys are nil where
  /// they could not be read, which was reported.
  private func frontMatter() -> (pairs: [Node.Pair]?, bodyLine: Int)? {
    guard isRule(1) else {
      diagnostics.error(
        "front-matter", "a manifest in Markdown begins with the line '---'",
        at: Mark(line: 1, column: 1),
        hint: "write '---', the manifest's keys such as 'mtor: 1', and '---' again")
      return nil
    }
    var line = 2
    var position = source.range(ofLine: 1).upperBound + 1
    let start = position
    while position < source.bytes.count {
      let end = source.bytes[position...].firstIndex(of: 0x0A) ?? source.bytes.count
      if isRule(position..<end) {
        let root = yaml(start..<position, firstLine: 2)
        guard let root, case .mapping(let pairs) = root.value else {
          if let root { reportNoMapping(root) }
          return (nil, line + 1)
        }
        refuseBodyKeys(pairs)
        return (pairs, line + 1)
      }
      position = end + 1
      line += 1
    }
    diagnostics.error(
      "front-matter", "the front matter that begins here is never closed",
      at: Mark(line: 1, column: 1), width: 3, hint: "close it with a line '---'")
    return nil
  }

  private func isRule(_ line: Int) -> Bool { isRule(source.range(ofLine: line)) }

  private func isRule(_ line: Range<Int>) -> Bool {
    source.bytes[line].elementsEqual([0x2D, 0x2D, 0x2D])
  }

  private func reportNoMapping(_ node: Node) {
    diagnostics.error(
      "wrong-type", "the front matter must be a mapping, not \(node.kind)", at: node.start,
      hint: "write 'key: value' on each line")
  }

  private func refuseBodyKeys(_ pairs: [Node.Pair]) {
    for pair in pairs where pair.key.scalar?.string == "steps" {
      diagnostics.error(
        "front-matter", "steps do not stand in the front matter", at: pair.key,
        hint: "open each step with a heading: '## Its name'")
    }
  }

  /// Reads YAML that stands in the text, its marks and faults moved to where it stands.
  func yaml(_ range: Range<Int>, firstLine: Int) -> Node? {
    let part = SourceText(name: source.name, bytes: Array(source.bytes[range]))
    let found = Diagnostics(part)
    let document = Document.read(part, limits: limits, into: found)
    for diagnostic in found.all { diagnostics.add(diagnostic.moved(byLines: firstLine - 1)) }
    if let document, document.isWhole {
      diagnostics.error(
        "text-after-mark", "the end mark of YAML ends nothing in Markdown",
        at: document.root.end.moved(byLines: firstLine - 1),
        hint: "remove '...'; the manifest ends with '<!-- end -->'")
    }
    return document?.root.moved(byLines: firstLine - 1)
  }

  // MARK: Blocks

  /// Reads the blocks; true if the end mark stands.
  private mutating func readBlocks(_ outline: MarkdownOutline) -> Bool {
    let nested = Set(outline.nestedFences)
    for line in outline.nestedFences {
      diagnostics.error(
        "fence-place", "a fence of tildes stands inside a list or a quote",
        at: Mark(line: line, column: 1),
        hint: "write it at the start of a line, outside of lists; samples are fenced by backticks")
    }
    for (index, block) in outline.blocks.enumerated() {
      switch block.kind {
      case .heading(1, let text): readTitle(text, block.lines.lowerBound)
      case .heading(2, let text): openStep(text, block.lines.lowerBound)
      case .heading: noteProse(block)
      case .underlined:
        diagnostics.error(
          "heading-underlined", "a heading is made by the line below it",
          at: Mark(line: block.lines.upperBound, column: 1),
          hint: "write '## ' before the heading; a line of dashes needs a blank line above it")
      case .fence(let fence) where fence.isTilde: readFence(fence, block.lines)
      case .html where isEnd(block):
        if index + 1 < outline.blocks.count {
          diagnostics.error(
            "text-after-mark", "text follows the end mark '<!-- end -->'",
            at: Mark(line: outline.blocks[index + 1].lines.lowerBound, column: 1),
            hint: "nothing may follow the end mark")
        }
        return source.range(ofLine: block.lines.upperBound).upperBound < source.bytes.count
      case .html: refuseAstray(block, nested)
      case .fence(let fence):
        refuseOpenSample(fence, block.lines)
        if !fence.isClosed { return endsInMark(fence.content) }
        warnIfNamed(fence, block.lines)
        noteProse(block)
      case .other:
        refuseAstray(block, nested)
        noteProse(block)
      }
    }
    return false
  }

  private func isEnd(_ block: MarkdownOutline.Block) -> Bool {
    guard block.lines.count == 1 else { return false }
    var line = source.bytes[source.range(ofLine: block.lines.lowerBound)]
    while line.last == 0x20 || line.last == 0x09 { line.removeLast() }
    return line.elementsEqual("<!-- end -->".utf8)
  }

  /// True if the last line of a part that is not blank is the end mark.
  private func endsInMark(_ part: Range<Int>) -> Bool {
    var text = source.bytes[part]
    while let last = text.last, [0x20, 0x09, 0x0A].contains(last) { text.removeLast() }
    let mark = Array("<!-- end -->".utf8)
    return text.suffix(mark.count).elementsEqual(mark)
      && (text.count == mark.count || text.dropLast(mark.count).last == 0x0A)
  }

  /// Reports a line that looks like a fence where Markdown sees none.
  private func refuseAstray(_ block: MarkdownOutline.Block, _ nested: Set<Int>) {
    for number in block.lines where !nested.contains(number) {
      let line = source.bytes[source.range(ofLine: number)]
      let text = line.drop { $0 == 0x20 || $0 == 0x09 }
      guard text.starts(with: [0x7E, 0x7E, 0x7E]) else { continue }
      let column = text.startIndex - line.startIndex + 1
      diagnostics.error(
        "fence-astray", "this looks like a fence and is none where it stands",
        at: Mark(line: number, column: column), width: 3,
        hint: "write it at the start of a line, outside of HTML and of indented text")
      return
    }
  }

  private mutating func noteProse(_ block: MarkdownOutline.Block) {
    guard let step = steps.indices.last else { return }
    steps[step].noteProse(block.lines)
  }

  private mutating func readTitle(_ text: Range<Int>, _ line: Int) {
    let (title, mark) = trimmed(text, line, closingHashes: true)
    guard steps.isEmpty else {
      diagnostics.error(
        "title-place", "a title ('#') stands after the first step", at: mark,
        hint: "write '## ' for a step, '### ' for a part of one")
      return
    }
    pairs.append(
      Node.Pair(key: .key("description", at: mark), value: .text(Text(source, title), at: mark)))
  }

  private mutating func openStep(_ text: Range<Int>, _ line: Int) {
    if let first = verify.first {
      diagnostics.error(
        "fence-place", "'verify' stands before the last step", at: first.start,
        notes: [.init("a step follows here", at: Mark(line: line, column: 1))],
        hint: "move it to the end: it runs after the last step")
      verify = []
    }
    let (title, mark) = trimmed(text, line, closingHashes: true)
    let heading = String(decoding: source.bytes[title], as: UTF8.self)
    steps.append(MarkdownStep(heading: heading, at: mark))
  }

  /// A heading's text without white space around it and the hashes that may close it.
  private func trimmed(
    _ text: Range<Int>, _ line: Int, closingHashes: Bool
  ) -> (text: Range<Int>, mark: Mark) {
    var text = text
    let bytes = source.bytes
    func isBlank(_ offset: Int) -> Bool { bytes[offset] == 0x20 || bytes[offset] == 0x09 }
    while let first = text.first, isBlank(first) { text = text.dropFirst() }
    while let last = text.last, isBlank(last) { text = text.dropLast() }
    var open = text
    while let last = open.last, bytes[last] == UInt8(ascii: "#") { open = open.dropLast() }
    if closingHashes, open.isEmpty || isBlank(open.upperBound - 1) {
      text = open
      while let last = text.last, isBlank(last) { text = text.dropLast() }
    }
    return (text, source.mark(at: text.lowerBound))
  }

  // MARK: The whole

  private func root(_ front: [Node.Pair]) -> Node {
    var all = front + pairs
    let top = Mark(line: 1, column: 1)
    func add(_ name: String, _ items: [Node]) {
      guard let first = items.first else { return }
      let list = Node(.sequence(items), start: first.start, end: first.start)
      all.append(Node.Pair(key: .key(name, at: first.start), value: list))
    }
    add("setup", setup)
    add("steps", steps.map { $0.node(in: source, diagnostics) })
    add("verify", verify)
    return Node(.mapping(diagnostics.unique(all)), start: top, end: top)
  }
}

extension Diagnostics {
  /// The pairs whose keys were not there before; the others are reported.
  func unique(_ pairs: [Node.Pair]) -> [Node.Pair] {
    var seen: [String: Mark] = [:]
    return pairs.filter { pair in
      let name = pair.key.scalar?.string ?? ""
      guard let first = seen[name] else {
        seen[name] = pair.key.start
        return true
      }
      error(
        "duplicate-key", "'\(Excerpt.short(name))' is said twice", at: pair.key.start,
        notes: [.init("it is said here first", at: first)], hint: "remove one of the two")
      return false
    }
  }
}
