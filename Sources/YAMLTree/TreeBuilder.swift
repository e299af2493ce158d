/// Builds the tree of one document from libyaml's events, and reports what the subset lacks.
struct TreeBuilder: ~Copyable {
  private var reader: EventReader
  private let outline: Outline
  private let limits: Limits
  private let diagnostics: Diagnostics
  /// How many of the outline's blocks were met.
  private var blocksMet = 0
  /// The last line of the last plain text that went over several.
  private var lastOfMultiline: Int?
  /// How many values were met.
  private var count = 0

  private typealias Item = (event: EventReader.Event, start: Mark, end: Mark)

  /// Why building stopped; what was wrong has been reported, where it is the text's fault.
  private enum Stop: Error {
    case reported
    case problem(EventReader.Problem)
  }

  /// The tree; nil where the text does not hold one, which was reported then.
  static func build(
    _ source: SourceText, _ outline: Outline, _ limits: Limits, _ diagnostics: Diagnostics
  ) -> Node? {
    do throws(EventReader.Problem) {
      let reader = try EventReader(PieceFeed(source.bytes, pieces: outline.pieces))
      var builder = TreeBuilder(
        reader: reader, outline: outline, limits: limits, diagnostics: diagnostics)
      return try builder.build()
    } catch {
      // What libyaml says after a fault that was reported already is mostly its consequence.
      guard outline.faultyLines.isEmpty else { return nil }
      SyntaxFault(error, outline).report(to: diagnostics)
      return nil
    }
  }

  private init(
    reader: consuming EventReader, outline: Outline, limits: Limits, diagnostics: Diagnostics
  ) {
    self.reader = reader
    self.outline = outline
    self.limits = limits
    self.diagnostics = diagnostics
  }

  private mutating func build() throws(EventReader.Problem) -> Node? {
    do throws(Stop) {
      return try document()
    } catch {
      // A key that stands below a text is a fault once.
      guard case .problem(let problem) = error,
        outline.original(problem.mark).line != lastOfMultiline
      else { return nil }
      throw problem
    }
  }

  private mutating func next() throws(Stop) -> Item {
    do throws(EventReader.Problem) {
      let (event, start, end) = try reader.next()
      return (event, outline.original(start), outline.original(end))
    } catch {
      throw .problem(error)
    }
  }

  private mutating func document() throws(Stop) -> Node {
    _ = try next()
    let first = try next()
    guard case .documentStart = first.event else {
      // The outline has seen that there is something: it was all at fault.
      throw .reported
    }
    let root = try node(try next(), depth: 0, inFlow: false)
    _ = try next()
    let last = try next()
    guard case .streamEnd = last.event else {
      diagnostics.error(
        "second-document", "a second document begins here", at: last.start,
        hint: "write one document a file; several files may be given at once")
      throw .reported
    }
    return root
  }

  private mutating func node(_ item: Item, depth: Int, inFlow: Bool) throws(Stop) -> Node {
    let (event, start, end) = item
    count += 1
    if count > limits.values { throw tooMany(at: start) }
    switch event {
    case .scalar(let scalar, let properties):
      return self.scalar(
        scalar, from: start, to: end, inFlow, isFaulty: refuse(properties, at: start))
    case .sequenceStart(let isFlow, let properties):
      let isFaulty = refuse(properties, at: start)
      try checkDepth(depth, at: start)
      return try sequence(from: start, depth: depth, isFlow: isFlow, isFaulty: isFaulty)
    case .mappingStart(let isFlow, let properties):
      let isFaulty = refuse(properties, at: start)
      try checkDepth(depth, at: start)
      return try mapping(from: start, depth: depth, isFlow: isFlow, isFaulty: isFaulty)
    case .alias:
      diagnostics.error(
        "alias", "an alias ('*…') stands for a value elsewhere", at: start,
        width: max(1, end.column - start.column),
        hint: "write the value out, or put a text that begins with '*' in quotes")
      return Node(
        .scalar(Scalar(style: .plain, bytes: Text(""))), start: start, end: end, isInFlow: inFlow,
        isFaulty: true)
    case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
      // libyaml produces these only where the callers take them.
      throw .reported
    }
  }

  private mutating func scalar(
    _ scalar: Scalar, from start: Mark, to end: Mark, _ inFlow: Bool, isFaulty: Bool
  ) -> Node {
    if blocksMet < outline.blocks.count, outline.blocks[blocksMet].start == start {
      let block = outline.blocks[blocksMet]
      blocksMet += 1
      return Node(
        .scalar(Scalar(style: block.style, bytes: block.text)), start: start, end: block.end,
        comment: block.style == .literal ? nil : outline.comment(after: block.end),
        isFaulty: isFaulty || outline.isFaulty(line: start.line))
    }
    var isFaulty = isFaulty || outline.isFaulty(line: start.line)
    if !isFaulty, scalar.style == .plain, start.line != end.line {
      diagnostics.error(
        "plain-multiline", "a text without quotes goes over several lines", at: start,
        notes: [.init("it ends here", at: end)],
        hint: "use a literal block ('|'), or put the text in quotes on one line")
      isFaulty = true
      lastOfMultiline = end.line
    }
    if !isFaulty, scalar.style == .folded {
      diagnostics.error(
        "folded-block", "a folded block ('>') joins its lines", at: start,
        hint: "use a literal block: '|' instead of '>'")
      isFaulty = true
    }
    let isBlock = scalar.style == .literal || scalar.style == .folded
    return Node(
      .scalar(scalar), start: start, end: end,
      comment: isBlock ? nil : outline.comment(after: end), isInFlow: inFlow, isFaulty: isFaulty)
  }

  private mutating func sequence(
    from start: Mark, depth: Int, isFlow: Bool, isFaulty: Bool
  ) throws(Stop) -> Node {
    var items: [Node] = []
    while true {
      let item = try next()
      if case .sequenceEnd = item.event {
        return Node(
          .sequence(items), start: start, end: item.end,
          comment: isFlow ? outline.comment(after: item.end) : nil, isInFlow: isFlow,
          isFaulty: isFaulty)
      }
      items.append(try node(item, depth: depth + 1, inFlow: isFlow))
    }
  }

  private mutating func mapping(
    from start: Mark, depth: Int, isFlow: Bool, isFaulty: Bool
  ) throws(Stop) -> Node {
    var pairs: [Node.Pair] = []
    var seen = SeenKeys()
    while true {
      let item = try next()
      if case .mappingEnd = item.event {
        return Node(
          .mapping(pairs), start: start, end: item.end,
          comment: isFlow ? outline.comment(after: item.end) : nil, isInFlow: isFlow,
          isFaulty: isFaulty)
      }
      let key = try node(item, depth: depth + 1, inFlow: isFlow)
      let value = try node(try next(), depth: depth + 1, inFlow: isFlow)
      if accepts(key, &seen, pairs) { pairs.append(Node.Pair(key: key, value: value)) }
    }
  }

  /// Whether a key may stand in its mapping; if not, that was reported.
  private func accepts(
    _ key: Node, _ seen: inout SeenKeys, _ pairs: [Node.Pair]
  ) -> Bool {
    guard let scalar = key.scalar else {
      diagnostics.error(
        "complex-key", "\(key.kind) stands where a key is expected", at: key,
        hint: "a key is one word before ':'")
      return false
    }
    let name = scalar.string
    if name == "<<", scalar.style == .plain {
      diagnostics.error(
        "merge-key", "the merge key ('<<') is not read", at: key,
        hint: "write the keys out where they belong")
      return false
    }
    if let first = seen.place(of: name, in: pairs) {
      diagnostics.error(
        "duplicate-key", "the key '\(Excerpt.short(name))' stands twice in one mapping", at: key,
        notes: [.init("it stands here first", at: first)], hint: "remove one of the two")
      return false
    }
    return true
  }

  private func refuse(_ properties: EventReader.Properties, at mark: Mark) -> Bool {
    if properties.contains(.anchor) {
      diagnostics.error(
        "anchor", "an anchor ('&…') names a value for use elsewhere", at: mark,
        hint: "leave it out, or put a text that begins with '&' in quotes")
    }
    if properties.contains(.tag) {
      diagnostics.error(
        "tag", "a tag ('!…') gives a value a type", at: mark,
        hint: "leave it out, or put a text that begins with '!' in quotes")
    }
    return !properties.isEmpty
  }

  private func tooMany(at mark: Mark) -> Stop {
    diagnostics.error(
      "values", "the text has more than \(limits.values) keys and values", at: mark,
      hint: "split it in two, which may be given at once, or raise limits.files in the "
        + "configuration")
    return .reported
  }

  private func checkDepth(_ depth: Int, at mark: Mark) throws(Stop) {
    guard depth >= limits.depth else { return }
    diagnostics.error(
      "depth", "lists and mappings stand more than \(limits.depth) deep in one another", at: mark,
      hint: "no manifest needs that")
    throw .reported
  }
}

/// The keys of a mapping so far; most mappings are small, and a dictionary costs more than to look
/// through a few pairs.
private struct SeenKeys {
  private var many: [String: Mark] = [:]

  /// Where the key stands among the pairs before it.
  mutating func place(of name: String, in pairs: [Node.Pair]) -> Mark? {
    if pairs.count <= 8 { return pairs.first { $0.key.scalar?.string == name }?.key.start }
    if many.count < pairs.count {
      for pair in pairs[many.count...] { many[pair.key.scalar?.string ?? ""] = pair.key.start }
    }
    return many[name]
  }
}
