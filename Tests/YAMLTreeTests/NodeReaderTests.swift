import Testing
import YAMLTree

@Suite struct NodeReaderTests {
  private enum Shell: String, CaseIterable { case sh, bash }

  private func value<Value>(
    _ text: String, _ body: (NodeReader, Node) -> Value?
  ) throws -> (value: Value?, faults: [String]) {
    let source = SourceText(name: "m.yaml", bytes: Array(text.utf8))
    let diagnostics = Diagnostics(source)
    let root = try #require(Document.read(source, into: diagnostics)).root
    let fields = try #require(Fields(root, "a test", known: ["k", "other"], diagnostics))
    let node = try #require(fields["k"])
    let result = body(NodeReader(diagnostics), node)
    return (result, diagnostics.all.map { "\($0.rule): \($0.message)" })
  }

  @Test func numbersTakeTheCoreFormsOnly() throws {
    for (text, number) in [
      ("12", 12), ("-3", -3), ("+4", 4), ("0o17", 15), ("0x1F", 31), ("010", 10),
    ] {
      #expect(try value("k: \(text)\n") { $0.int($1, "it", in: -9...99) }.value == number)
    }
    for text in ["1_000", "12:30", "1.0", "'1'", "0b1", "1e3", "0o8", "0x", "99999999999999999999"]
    {
      let (number, faults) = try value("k: \(text)\n") { $0.int($1, "it") }
      #expect(number == nil && faults.count == 1, "\(text)")
    }
    for (text, number) in [("1", 1), ("0.05", 0.05), (".5", 0.5), ("2.", 2), ("1e2", 100)] {
      #expect(try value("k: \(text)\n") { $0.double($1, "it") }.value == number)
    }
    for text in [".inf", ".nan", "1e", "-1", "1e999", "."] {
      #expect(try value("k: \(text)\n") { $0.double($1, "it") }.value == nil, "\(text)")
    }
  }

  @Test func booleansAreTwoWords() throws {
    #expect(try value("k: true\n") { $0.bool($1, "it") }.value == true)
    #expect(try value("k: false\n") { $0.bool($1, "it") }.value == false)
    for text in ["yes", "on", "True", "'true'", "1"] {
      let (_, faults) = try value("k: \(text)\n") { $0.bool($1, "it") }
      #expect(faults.count == 1, "\(text)")
    }
  }

  @Test func saysWhatIsWrongWithAText() throws {
    func faults(_ text: String) throws -> [String] {
      try value(text) { $0.wholeText($1, "the command") }.faults
    }
    #expect(try faults("k: echo hi\n") == [])
    #expect(
      try faults("k: echo hi # there\n")
        == [
          "comment-after-text: a comment follows the command, where it may have been meant as text"
        ])
    #expect(try faults("k:\n") == ["empty-value: the command has no value"])
    #expect(try faults("k: [a]\n") == ["wrong-type: the command must be a text, not a list"])
    #expect(
      try faults("k: \"a\\x1Bb\"\n")
        == ["control-in-text: the command has the control character U+001B"])
    #expect(
      try faults("k: 'a\n  b'\n")
        == ["quoted-multiline: the command goes over several lines in quotes, which joins them"])
  }

  @Test func contentIsNeverPlain() throws {
    #expect(
      try value("k: text\n") { $0.content($1, "the content") }.faults
        == ["plain-content: the content is neither a literal block nor in quotes"])
    #expect(try value("k: \"a\\x1B\"\n") { $0.content($1, "it")?.string }.value == "a\u{1B}")
    #expect(try value("k: |\n  a\n") { $0.content($1, "it")?.string }.value == "a\n")
  }

  @Test func suggestsAWord() throws {
    #expect(try value("k: bash\n") { $0.choice($1, "it", Shell.self) }.value == .bash)
    #expect(
      try value("k: zsh\n") { $0.choice($1, "'shell'", Shell.self) }.faults
        == ["unknown-word: 'shell' cannot be 'zsh'"])
  }
}
