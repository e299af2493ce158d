import Testing
import YAMLTree

@Suite struct DiagnosticPrinterTests {
  private func printed(_ text: String) -> String {
    read(text).faults.map { DiagnosticPrinter().text($0) }.joined()
  }

  @Test func underlinesAndCorrects() {
    #expect(
      printed("steps:\n  - run: echo a: b\n") == """
        m.yaml:2:16: error[plain-colon]: a text without quotes has ': ' in it, which YAML reads as a key
          |
        2 |   - run: echo a: b
          |                ^
          = help: put it in quotes: 'echo a: b'

        """)
  }

  @Test func showsBothPlacesOfADuplicate() {
    #expect(
      printed("path: a\npath: b\n") == """
        m.yaml:2:1: error[duplicate-key]: the key 'path' stands twice in one mapping
          |
        2 | path: b
          | ^^^^
          = note: it stands here first (m.yaml:1:1)
          = help: remove one of the two

        """)
  }

  /// What a hint says to write is what was meant, byte for byte.
  @Test(arguments: [
    (#"a: "./my tool" --name "x""#, #""./my tool" --name "x""#),
    ("a: 'a' && 'b'", "'a' && 'b'"), ("a: 'don't'", "don't"), ("a: 'say 'x' now'", "say 'x' now"),
    ("a: \"b\" c", "\"b\" c"), ("- echo \"it's: 'q'\"", "echo \"it's: 'q'\""),
    ("- x: echo \u{200B}: x", "echo \u{200B}: x"), ("- a: \"q", "q"),
    ("- x: it\u{202E}: y", "it\u{202E}: y"),
  ])
  func aTextInQuotesIsWhatWasMeant(line: String, meant: String) throws {
    let printer = DiagnosticPrinter()
    let shown = try #require(read(line + "\n").faults.first.map { printer.text($0) })
    let quoted = try #require(
      shown.split(separator: "\n").last?.split(separator: "quotes", maxSplits: 1).last
    ).drop { $0 != ":" }.dropFirst(2)
    let (document, faults) = read("- \(quoted)\n")
    #expect(faults.isEmpty)
    guard case .sequence(let items)? = document?.root.value else {
      Issue.record("no list: \(quoted)")
      return
    }
    #expect(items.first?.scalar?.string == meant)
  }

  @Test func aCorrectionOfSeveralLinesKeepsItsTabs() {
    let diagnostic = Diagnostic(
      .error, "r", "a\tb", file: "m", hint: "c\td\n\te\u{1B}\n f")
    #expect(
      DiagnosticPrinter().text(diagnostic)
        == "m: error[r]: a\\tb\n = help: c\\td\n   \te\\u{1B}\n    f\n")
  }

  @Test func alignsTabsAndWideCharacters() {
    #expect(
      printed("a: \"\t漢é\\q\"\n") == """
        m.yaml:1:8: error[bad-escape]: '\\q' is no escape
          |
        1 | a: "    漢é\\q"
          |            ^^
          = help: write '\\\\q' for a backslash, or use single quotes

        """)
  }

  @Test func showsAPartOfALongLine() throws {
    let text = "a: " + String(repeating: "x", count: 1_000_000) + ": y\n"
    let shown = printed(text)
    #expect(shown.utf8.count < 1_500)
    let lines = shown.split(separator: "\n")
    let caret = try #require(lines[3].firstIndex(of: "^"))
    let column = lines[3].distance(from: lines[3].startIndex, to: caret)
    #expect(lines[2].dropFirst(column).hasPrefix(": y"))
    #expect(lines[2].hasPrefix("1 | …xxx"))
  }

  @Test func neverPrintsControls() {
    let source = SourceText(name: "a\u{1B}[2J.yaml", bytes: Array("k: \u{1B}[31mred\n".utf8))
    let diagnostics = Diagnostics(source)
    _ = Document.read(source, into: diagnostics)
    let shown = diagnostics.all.map { DiagnosticPrinter().text($0) }.joined()
    #expect(
      shown == """
        a\\u{1B}[2J.yaml:1:4: error[control-character]: the control character U+001B stands in the text
          |
        1 | k: \\u{1B}[31mred
          |    ^^^^^^
          = help: in a content, write "\\x1B" in double quotes or use base64

        """)
  }

  @Test func saysItOnOneLine() {
    let fault = read("a: b: c\n").faults[0]
    #expect(
      DiagnosticPrinter().line(fault)
        == "m.yaml:1:5: error[plain-colon]: a text without quotes has ': ' in it, which YAML reads "
        + "as a key; help: put it in quotes: 'b: c'")
    #expect(DiagnosticPrinter.summary([fault]) == "1 error")
  }
}
