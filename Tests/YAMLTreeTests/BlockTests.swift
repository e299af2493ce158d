import Testing

@testable import YAMLTree

@Suite struct BlockTests {
  /// Content in is content out, whatever it holds that a manifest can hold as it is.
  @Test(arguments: 0..<20)
  func contentsAreExact(round: Int) throws {
    let seed = UInt64(round) &* 7919 &+ 1
    var random = Seeded(seed)
    for _ in 0..<100 {
      let content = Self.content(&random)
      let (text, _) = Self.manifest(content, &random)
      let (document, faults) = read(text)
      #expect(faults.isEmpty, "seed \(seed): \(faults.map(\.message)) in \(Quoted.double(text))")
      let bytes = try #require(document.flatMap { Self.scalar(in: $0.root) }).bytes
      #expect(bytes.string == content, "seed \(seed)")
      #expect(bytes.count == content.utf8.count, "seed \(seed)")
    }
  }

  /// libyaml alone and the outline with libyaml see the same tree.
  @Test(arguments: 0..<20)
  func agreesWithLibyaml(round: Int) throws {
    let seed = UInt64(round) &* 104_729 &+ 3
    var random = Seeded(seed)
    for _ in 0..<200 {
      let text = Self.document(&random)
      let source = SourceText(name: "m.yaml", bytes: Array(text.utf8))
      let own = Diagnostics(source)
      let document = Document.read(source, into: own)
      guard !own.hasErrors else { continue }
      let theirs = Diagnostics(source)
      let alone = TreeBuilder.build(source, .whole(source), Limits(), theirs)
      #expect(theirs.all.map(\.rule) == [], "seed \(seed): \(Quoted.double(text))")
      let mine = try #require(document)
      let other = try #require(alone)
      #expect(rendered(mine.root) == rendered(other), "seed \(seed): \(Quoted.double(text))")
      #expect(marks(mine.root) == marks(other), "seed \(seed): \(Quoted.double(text))")
    }
  }

  @Test func aMegabyteIsExact() throws {
    let content = String(repeating: "päth: \"x\" # 😀\n\t\n  two\n", count: 40_000)
    var random = Seeded(1)
    let (text, _) = Self.manifest(content, &random)
    let document = try #require(read(text).document)
    #expect(Self.scalar(in: document.root)?.bytes.string == content)
  }

  // MARK: Generators

  private static let parts = [
    "\t", " ", "  ", "#", "# x", ": ", "key: value", "- item", "\n", "\n\n", "a", "é", "😀",
    "'", "\"", "...", "---", "```", "|", ">", "%", "@", "{", "]", "\\n", "<<", "word", "   ",
  ]

  static func content(_ random: inout Seeded) -> String {
    (0..<Int.random(in: 0...24, using: &random))
      .map { _ in parts.randomElement(using: &random) ?? "" }.joined()
  }

  /// A manifest with the content as a literal block or, where it cannot be one, in quotes.
  static func manifest(_ content: String, _ random: inout Seeded) -> (String, indentation: Int) {
    let indentation = Int.random(in: 1...5, using: &random)
    let value = LiteralBlock.text(content, parent: 0, indentation: indentation)
    return ("key: \(value ?? Quoted.double(content))\nnext: 1\n", indentation)
  }

  /// Texts near to documents: lines of structure and of content in random order.
  static func document(_ random: inout Seeded) -> String {
    let lines = [
      "a: 1", "b: |", "c: |-", "d: |+", "e: |2", "- x", "- |", "  x", "    y", "  - z", "", "  ",
      "   #", "f: 'q'", "g: \"r\\n\"", "h: [1, 'a b', {c: d}]", "  i: |", "- k: |", "  l: 2",
      "m:", "n: {", "  o: 'p',", "}", "# comment", "q: r # s", "    t: u", "'v': w", "- - |",
      "      deep", "   three", "\"x\": |", "y: &z 1", "z: |  ", "  \"", "it's: 'x''y'", "...",
    ]
    return (0..<Int.random(in: 1...12, using: &random))
      .map { _ in lines.randomElement(using: &random) ?? "" }.joined(separator: "\n")
      + (Bool.random(using: &random) ? "\n" : "")
  }

  static func scalar(in root: Node) -> Scalar? {
    guard case .mapping(let pairs) = root.value else { return nil }
    return pairs.first?.value.scalar
  }

  private func marks(_ node: Node) -> [Mark] {
    switch node.value {
    case .scalar: [node.start]
    case .sequence(let items): [node.start] + items.flatMap(marks)
    case .mapping(let pairs): [node.start] + pairs.flatMap { marks($0.key) + marks($0.value) }
    }
  }
}
