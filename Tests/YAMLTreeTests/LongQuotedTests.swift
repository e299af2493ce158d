import Testing
import YAMLTree

/// Long texts in quotes are left in the source and decoded by our own rules: libyaml alone must see
/// the same.
@Suite struct LongQuotedTests {
  /// Longer than what libyaml is left to read.
  private static let length = 40_000

  private static let pieces: [Character: [String]] = [
    "\"": [
      "x", "word ", "\t", "'", "é", "日", "😀", "\\\"", "\\\\", "\\n", "\\t", "\\\t", "\\0", "\\a",
      "\\b", "\\v", "\\f", "\\r", "\\e", "\\ ", "\\/", "\\N", "\\_", "\\L", "\\P", "\\x41", "\\xe9",
      "\\u00e9", "\\u65E5", "\\U0001F600", "\\U00000041", "# no comment", "a: b", "- ",
    ],
    "'": [
      "x", "word ", "\t", "''", "\"", "\\", "\\n", "é", "日", "😀", "# no comment", "a: b", "- ",
    ],
  ]

  private static func text(_ quote: Character, seed: UInt64) -> String {
    var state = seed
    var result = ""
    let all = pieces[quote] ?? []
    while result.utf8.count < length {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      result += all[Int(state >> 33) % all.count]
    }
    return "\(quote)\(result)\(quote)"
  }

  @Test(arguments: ["\"", "'"] as [Character], UInt64(1)...8)
  func libyamlSeesTheSame(quote: Character, seed: UInt64) {
    let long = Self.text(quote, seed: seed)
    for text in [
      "a: \(long)\n", "a: \(long)  # a comment\nb: c\n", "- \(long)\n- b\n",
      "a:\n  \(long)\nb: c\n",
      "a:\n  - b: \(long)\n    c: d\n", "a: [\(long), b]\n", "a: \(long)", "a: \(long) \n...\n",
    ] {
      let difference = LibyamlComparison.difference(in: Array(text.utf8))
      #expect(difference == nil, "seed \(seed): \(difference?.prefix(300) ?? "")")
    }
  }

  @Test func theTextIsWhatItsEscapesSay() throws {
    let fill = String(repeating: "x", count: Self.length)
    let source = "a: \"\(fill)\\n\\x41\\u00e9\\U0001F600\\\"\\0\"  # why\nb: 'it''s \(fill)'\n"
    let document = try #require(read(source).document)
    guard case .mapping(let pairs) = document.root.value else {
      Issue.record("no mapping")
      return
    }
    let first = try #require(pairs[0].value.scalar)
    #expect(first.style == .doubleQuoted)
    #expect(first.bytes.decoded() == Array((fill + "\nAé😀\"\0").utf8))
    #expect(first.bytes.count == first.bytes.decoded().count)
    #expect(pairs[0].value.comment?.line == 1)
    #expect(pairs[0].value.end == Mark(line: 1, column: Self.length + 32))
    let second = try #require(pairs[1].value.scalar)
    #expect(second.style == .singleQuoted)
    #expect(second.string == "it's " + fill)
  }

  @Test(arguments: [
    (" more", "text-after-quote"), (": b", "text-after-quote"), ("", "bad-escape"),
  ])
  func itsFaultsAreThoseOfAShortOne(behind: String, rule: String) {
    let escape = rule == "bad-escape" ? "\\q" : ""
    let fill = String(repeating: "x", count: Self.length)
    #expect(read("a: \"\(fill)\(escape)\"\(behind)\n").faults.map(\.rule) == [rule])
    #expect(read("a: \"x\(escape)\"\(behind)\n").faults.map(\.rule) == [rule])
  }

  @Test func aTextWithoutQuotesHasALimit() {
    let fits = String(repeating: "x", count: 131_072)
    #expect(read("a: \(fits)\n").faults.isEmpty)
    #expect(read("a: \(fits)x\nb: c\n").faults.map(\.rule) == ["plain-long"])
  }
}
