import YAMLTree

/// A step that is being read from Markdown: what stands between its heading and the next one.
struct MarkdownStep {
  private let heading: String
  private let mark: Mark
  /// The lines of the prose before the first named fence.
  private var prose: ClosedRange<Int>?
  private var hasFence = false
  private var files: [Node] = []
  private var commands: [String: [Node]] = [:]
  private var others: [Node.Pair] = []

  init(heading: String, at mark: Mark) {
    self.heading = heading
    self.mark = mark
  }

  /// Takes lines for the intent, if no named fence stands before them.
  mutating func noteProse(_ lines: ClosedRange<Int>) {
    guard !hasFence else { return }
    prose = (prose?.lowerBound ?? lines.lowerBound)...lines.upperBound
  }

  mutating func noteFence() { hasFence = true }

  mutating func add(files entries: [Node]) { files += entries }

  mutating func add(command: Node, kind: String) { commands[kind, default: []].append(command) }

  /// Takes the keys of a `yaml step` fence; lists of files and commands go to those there are.
  mutating func add(pairs: [Node.Pair]) {
    for pair in pairs {
      guard let name = pair.key.scalar?.string, case .sequence(let items) = pair.value.value else {
        others.append(pair)
        continue
      }
      switch name {
      case "files": files += items
      case "run", "tests": commands[name, default: []] += items
      default: others.append(pair)
      }
    }
  }

  /// The step as the mapping it would be in YAML.
  func node(in source: SourceText, _ diagnostics: Diagnostics) -> Node {
    var pairs = [Node.Pair(key: .key("id", at: mark), value: id(diagnostics))]
    if let intent = intent(in: source) { pairs.append(intent) }
    func add(_ name: String, _ items: [Node]?) {
      guard let items, let first = items.first else { return }
      pairs.append(
        Node.Pair(
          key: .key(name, at: first.start),
          value: Node(.sequence(items), start: first.start, end: first.start)))
    }
    add("files", files)
    add("run", commands["run"])
    add("tests", commands["tests"])
    return Node(.mapping(diagnostics.unique(pairs + others)), start: mark, end: mark)
  }

  private func id(_ diagnostics: Diagnostics) -> Node {
    let id = Self.id(ofHeading: heading)
    if id.isEmpty {
      diagnostics.error(
        "step-id", "the heading has no letters that an id could be made of", at: mark,
        hint: "add one: '## \(Excerpt.short(heading)) {#id}'")
      return Node(
        .scalar(Scalar(style: .plain, bytes: Text(""))), start: mark, end: mark, isFaulty: true)
    }
    return .text(Text(id), at: mark)
  }

  /// The id that a heading gives: `{#id}` at its end, or its slug.
  static func id(ofHeading heading: String) -> String {
    if heading.hasSuffix("}"), let open = heading.lastIndex(of: "{") {
      let inner = heading[heading.index(after: open)...].dropLast()
      if inner.first == "#" { return String(inner.dropFirst()) }
    }
    return slug(heading)
  }

  /// Small ASCII letters and digits, a hyphen for each run of anything else; at most 63.
  static func slug(_ heading: String) -> String {
    var slug = ""
    for scalar in heading.lowercased().unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9": slug.unicodeScalars.append(scalar)
      default: if slug.last != "-", !slug.isEmpty { slug += "-" }
      }
    }
    slug = String(slug.prefix(63))
    while slug.last == "-" { slug.removeLast() }
    return slug
  }

  private func intent(in source: SourceText) -> Node.Pair? {
    guard let prose else { return nil }
    var range =
      source.range(ofLine: prose.lowerBound)
      .lowerBound..<source.range(
        ofLine: prose.upperBound
      ).upperBound
    while let last = range.last, [0x20, 0x09, 0x0A].contains(source.bytes[last]) {
      range = range.dropLast()
    }
    guard !range.isEmpty else { return nil }
    let mark = Mark(line: prose.lowerBound, column: 1)
    return Node.Pair(
      key: .key("intent", at: mark),
      value: .text(Text(source, range), style: .literal, at: mark))
  }
}
