import Manifests
import Testing

@Suite struct Patterns {
  private func ranges(_ pattern: String, _ text: String) throws -> [Range<Int>] {
    try Pattern(pattern).all(in: Array(text.utf8)).map(\.range)
  }

  @Test func matchesAreFoundInOrderAndDoNotOverlap() throws {
    #expect(try ranges("a+", "aa b aaa") == [0..<2, 5..<8])
    #expect(try ranges("^x", "x\nx\n") == [0..<1, 2..<3])
    #expect(try ranges("x$", "x\r\nx\n") == [0..<1, 3..<4])
    #expect(try ranges(".+", "ab\r\ncd") == [0..<2, 4..<6])
    #expect(try ranges("é", "éé") == [0..<2, 2..<4])
    #expect(try ranges("", "aé") == [0..<0, 1..<1, 3..<3])
    #expect(try ranges("x*", "axb") == [0..<0, 1..<2, 2..<2, 3..<3])
    #expect(try ranges("a", "") == [])
    #expect(try ranges("\\bé\\b", "é x") == [0..<2])
  }

  @Test func groupsAreByteRanges() throws {
    let match = try #require(try Pattern("(a)|(?<b>b)(c)?").first(in: Array("xb".utf8)))
    #expect(match.groups == [1..<2, nil, 1..<2, nil])
    #expect(try Pattern("(?<b>b)").group(named: "b") == 1)
    #expect(try Pattern("(?<b>b)").group(named: "c") == nil)
  }

  @Test func aWholePatternMatchesAllOrNothing() throws {
    let pattern = try Pattern("[a-z]+|[a-z]+[0-9]", whole: true)
    #expect(try pattern.matches("abc"))
    #expect(try pattern.matches("abc1"))
    #expect(try !pattern.matches("abc12"))
    #expect(try !pattern.matches("abc\n"))
    #expect(try !pattern.matches(""))
  }

  @Test func aFaultNamesItsPlace() {
    #expect(throws: PatternError(message: "missing closing parenthesis", offset: 3)) {
      try Pattern("a(b")
    }
    #expect(throws: PatternError.self) { try Pattern("\\C") }
    #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 100_000)) }
  }

  @Test func backtrackingEnds() throws {
    let text = Array(String(repeating: "a", count: 40).utf8) + [0x62]
    #expect(throws: PatternError.self) { try Pattern("^(a+)+$").first(in: text) }
    #expect(throws: PatternError.self) { try Pattern("(a|aa)+$").first(in: text) }
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(throws: PatternError.self) { try Pattern("a").first(in: [0x61, 0xFF]) }
  }

  @Test func aReplacementTakesGroupsAndDollars() throws {
    let pattern = try Pattern("(\\w+)-(?<n>\\d+)(x)?")
    let text = Array("ab-12".utf8)
    let match = try #require(try pattern.first(in: text))
    for (template, result) in [
      ("$1", "ab"), ("${1}0", "ab0"), ("${n}!", "12!"), ("$0", "ab-12"), ("$$1", "$1"),
      ("[$3]", "[]"), ("", ""), ("é$2é", "é12é"),
    ] {
      let expanded = try ReplacementTemplate(template, for: pattern).expanded(for: match, in: text)
      #expect(String(decoding: expanded, as: UTF8.self) == result)
    }
    for template in ["$4", "${m}", "$", "a$b", "${1", "${}"] {
      #expect(ReplacementTemplate.fault(template, for: pattern) != nil, "\(template)")
    }
  }
}
