import Manifests
import Platform
import Testing
import YAMLTree

/// The rows Y01 to Y30 of what other tools get wrong about YAML, each by its number.
@Suite struct BadInputYAML {
  private func rules(_ text: String) -> [String] { Reading.rules(of: text) }

  private func content(_ text: String, _ index: Int = 0) throws -> [UInt8] {
    let entry = try Reading.manifest(text, options: .init(lintsContents: false)).steps[0].files[
      index]
    guard case .content(let bytes) = entry.action else { return Array("not a content".utf8) }
    return bytes.decoded()
  }

  @Test func y01_aDuplicateKeyNamesBothPlaces() throws {
    let text = Reading.withFiles("- path: a\n  delete: true\n  path: b")
    #expect(
      Reading.said(of: text) == [
        "8:9: error duplicate-key: the key 'path' stands twice in one mapping => remove one of the two"
      ])
    let list = #expect(throws: DiagnosticList.self) { try Reading.manifest(text) }
    #expect(list?.all.first?.notes.first?.mark == Mark(line: 6, column: 9))
  }

  @Test func y02_anAliasBombIsRefusedBeforeItIsBuilt() {
    var text = "mtor: 1\nname: m\nsteps: []\nenv:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...10 {
      let names = (0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", ")
      text += "  a\(level): &a\(level) [\(names)]\n"
    }
    #expect(Set(rules(text + "...\n")).isSuperset(of: ["anchor", "alias"]))
  }

  @Test func y03_aCyclicAliasIsRefused() {
    #expect(rules("mtor: 1\nname: m\nsteps: []\nenv: &a [*a]\n...\n").contains("alias"))
  }

  @Test func y04_aMergeKeyIsRefused() {
    #expect(rules("mtor: 1\nname: m\nsteps: []\nenv: {<<: {A: b}}\n...\n") == ["merge-key"])
  }

  @Test(arguments: ["!!python/object:os.system x", "!!binary \"AAA=\"", "!x \"y\"", "!!str \"y\""])
  func y05_everyTagIsRefused(value: String) {
    #expect(rules(Reading.withFiles("- path: a\n  content: \(value)")).contains("tag"))
  }

  @Test(arguments: ["no", "on", "off", "yes", "y", "true", "1e3", "1.10", "0x1F", ".inf", "null"])
  func y06_aPathIsTheTextThatWasWritten(path: String) throws {
    let manifest = try Reading.manifest(Reading.withFiles("- path: \(path)\n  delete: true"))
    #expect(manifest.steps[0].files[0].path == path)
  }

  @Test(arguments: ["yes", "on", "True", "TRUE", "1", "\"true\""])
  func y06_onlyTrueAndFalseAreBooleans(word: String) {
    #expect(rules(Reading.withFiles("- path: a\n  delete: \(word)")) == ["wrong-type"])
  }

  @Test func y07_aModeIsFourOctalDigits() throws {
    for mode in ["0644", "\"0644\"", "'0644'"] {
      let manifest = try Reading.manifest(
        Reading.withFiles("- path: a\n  content: \"x\\n\"\n  mode: \(mode)"))
      #expect(manifest.steps[0].files[0].mode == 0o644)
    }
    for mode in ["644", "0o644", "420", "rw-r--r--", "0688", "00644"] {
      #expect(
        rules(Reading.withFiles("- path: a\n  content: \"x\\n\"\n  mode: \(mode)")) == ["mode"])
    }
  }

  @Test(arguments: ["12:30:45", "1_000", "1.10", "2026-01-01", "+1", "1e3", ".5", "0b1", "nUll"])
  func y08_aValueIsNeverRetyped(value: String) throws {
    let manifest = try Reading.manifest(
      "mtor: 1\nname: m\nsteps: []\nenv:\n  A: \(value)\n...\n")
    #expect(manifest.defaults.environment == ["A": value])
  }

  @Test func y09_aTabInTheIndentationIsNamed() {
    let said = Reading.said(of: "mtor: 1\nname: m\nsteps:\n\t- id: a\n...\n")
    #expect(said.first?.hasPrefix("4:1: error tab-indent: a tab stands in the indentation") == true)
  }

  @Test func y09_aTabInABlockIsKept() throws {
    let text = Reading.withFiles("- path: Makefile\n  content: |\n    all:\n    \tcc a.c\n\n")
    #expect(try content(text) == Array("all:\n\tcc a.c\n".utf8))
  }

  @Test func y10_aManifestInCRLFIsReadAsLF() throws {
    let text = Reading.withFiles("- path: a\n  content: |\n    one\n    two")
    let crlf = text.replacing("\n", with: "\r\n")
    #expect(try content(crlf) == Array("one\ntwo\n".utf8))
    #expect(Reading.said(of: crlf).map { $0.contains("note crlf") } == [true])
    #expect(rules(text.replacing("one\n", with: "one\r")).contains("lone-cr"))
  }

  @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
  func y11_theLineEndsOfYAML11AreRefusedInABlock(end: String) {
    #expect(
      rules(Reading.withFiles("- path: a\n  content: |\n    one\(end)two")) == ["control-character"]
    )
  }

  @Test func y12_aByteOrderMarkIsNotedAndLeftOut() throws {
    let text = "\u{FEFF}mtor: 1\nname: m\nsteps: []\n...\n"
    #expect(rules(text) == ["byte-order-mark"])
    #expect(try Reading.manifest(text).name == "m")
  }

  @Test func y12_otherEncodingsAreRefused() {
    let text = "mtor: 1\nname: m\nsteps: []\n...\n"
    let wide = Array(text.utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    for bytes in [wide, [0xFF, 0xFE] + wide] {
      let source = SourceText(name: "m.yaml", bytes: bytes)
      let list = #expect(throws: DiagnosticList.self) { try ManifestReader.read(source) }
      #expect(list?.all.map(\.rule) == ["encoding"])
    }
  }

  @Test func y13_invalidUTF8NamesItsOffset() {
    let bytes = Array("mtor: 1 # ".utf8) + [0xE9] + Array("\nname: m\nsteps: []\n...\n".utf8)
    let list = #expect(throws: DiagnosticList.self) {
      try ManifestReader.read(SourceText(name: "m.yaml", bytes: bytes))
    }
    #expect(list?.all.map(\.rule) == ["invalid-utf8"])
    #expect(list?.all.first?.message == "the byte 0xE9 at offset 10 is not UTF-8")
  }

  @Test(arguments: [UInt32(0x1B), 0x7F, 0x00, 0x07, 0x9B])
  func y14_aControlCharacterIsRefusedWithTheWayToWriteIt(value: UInt32) throws {
    let scalar = String(try #require(Unicode.Scalar(value)))
    let said = Reading.said(of: Reading.withFiles("- path: a\n  content: |\n    x\(scalar)y"))
    #expect(said.count == 1)
    #expect(said.first?.contains("error control-character: ") == true)
    #expect(said.first?.contains("in double quotes or use base64") == true)
    // A NUL is escaped as any other.
    let escaped = "- path: a\n  content: \"x\\x\(String(value, radix: 16).suffix(2).padded)y\\n\""
    #expect(
      try content(Reading.withFiles(escaped)) == Array("x\(scalar)y\n".utf8))
  }

  @Test func y15_finalNewlinesAreWhatTheIndicatorSays() throws {
    for (indicator, ending) in [("|", "\n"), ("|-", ""), ("|+", "\n\n")] {
      let text = Reading.withFiles(
        "- path: a\n  content: \(indicator)\n    x\n\n- path: b\n  delete: true")
      #expect(try content(text) == Array("x\(ending)".utf8))
    }
    #expect(
      rules(Reading.withFiles("- path: a\n  content: |-\n    x")) == ["content-final-newline"])
    #expect(
      rules(Reading.withFiles("- path: a\n  content: |+\n    x\n\n- path: b\n  delete: true"))
        == ["content-blank-end"])
  }

  @Test func y16_aFirstLineThatIsIndentedMoreNamesTheIndicator() {
    let said = Reading.said(
      of: Reading.withFiles("- path: a\n  content: |\n      one\n    two"))
    #expect(said.first?.contains("error block-dedent: ") == true)
    #expect(said.first?.contains("|2") == true)
  }

  @Test func y17_aDedentedCommentLineIsNotLost() throws {
    let text = Reading.withFiles(
      "- path: a.md\n  content: |\n    one\n  # Heading\n- path: b\n  delete: true")
    #expect(rules(text) == ["comment-in-block"])
  }

  @Test func y18_dedentedItemsAndKeysAreErrors() {
    #expect(rules(Reading.withFiles("- path: a\n  content: |\n    one\n  - two")).first != nil)
    #expect(
      rules(Reading.withFiles("- path: a\n  content: |\n    one\n  two: 2")) == ["unknown-key"])
    #expect(
      !rules("mtor: 1\nname: m\nsteps:\n- id: s\n  tests:\n  - |\n    one\n- two\n...\n").isEmpty)
  }

  @Test(arguments: [
    (">\n    one\n    two", "folded-block"), ("one", "plain-content"),
    ("one\n    two", "plain-multiline"), ("\"one\n    two\"", "quoted-multiline"),
  ])
  func y19_aContentThatYAMLWouldJoinIsRefused(value: String, rule: String) {
    #expect(rules(Reading.withFiles("- path: a\n  content: \(value)")).contains(rule))
  }

  @Test(arguments: [
    ("echo hi # there", "comment-after-text"), ("echo a: b", "command-colon"),
    ("`date`", "plain-indicator"), ("@make", "plain-indicator"), ("%make", "plain-indicator"),
    ("*make", "alias"), ("&x make", "anchor"), ("!x make", "tag"),
    ("{{ make }}", "plain-indicator"),
    ("[ -f a ]", "wrong-type"), ("| make", "block-header"), ("> make", "block-header"),
  ])
  func y20_aPlainCommandThatYAMLWouldChangeIsRefused(command: String, rule: String) {
    #expect(rules(Reading.withTests("- \(command)")).contains(rule))
  }

  @Test(arguments: [
    ("\"\\d+\"", "bad-escape"), ("\"C:\\dir\"", "bad-escape"), ("'don't'", "text-after-quote"),
  ])
  func y21_aBadEscapeIsNamedWithACorrection(value: String, rule: String) {
    let said = Reading.said(of: Reading.withTests("- \(value)"))
    #expect(said.count == 1)
    #expect(said.first?.contains(" \(rule): ") == true)
    #expect(said.first?.contains(" => ") == true)
  }

  @Test func y22_thereIsOneDocument() {
    #expect(rules("mtor: 1\nname: m\nsteps: []\n---\nmtor: 1\n...\n").contains("second-document"))
    #expect(
      rules("mtor: 1\nname: m\nsteps: []\n...\nmtor: 1\n...\n").contains("text-after-mark"))
  }

  @Test(arguments: [33, 2000, 200_000])
  func y23_nestingIsLimited(depth: Int) {
    let text =
      "mtor: 1\nname: m\nsteps: " + String(repeating: "[", count: depth)
      + String(repeating: "]", count: depth) + "\n...\n"
    #expect(rules(text).contains("depth"))
  }

  @Test func y24_limitsAreCheckedAndCanBeRaised() throws {
    let text = Reading.withFiles("- path: a\n  content: \"0123456789\\n\"")
    var options = ManifestReader.Options(limits: Limits(manifest: 40))
    #expect(Reading.said(of: text, options: options).first?.contains("manifest-size") == true)
    options.limits = Limits(file: 10)
    #expect(Reading.said(of: text, options: options).first?.contains("file-size") == true)
    options.limits = Limits(file: 11)
    #expect(Reading.said(of: text, options: options) == [])
    // It is a file's bytes that count, not the signs of their base64.
    let encoded = Reading.withFiles("- path: a\n  base64: |\n    AAECAwQFBgcICQo=")
    #expect(Reading.said(of: encoded, options: options) == [])
    options.limits = Limits(file: 10)
    #expect(Reading.said(of: encoded, options: options).first?.contains("file-size") == true)
  }

  @Test func y25_aMisspeltOrMissingKeyIsAnError() {
    #expect(rules(Reading.withFiles("- path: a\n  contnet: \"x\"")).contains("unknown-key"))
    #expect(rules("mtor: 1\nname: m\n...\n") == ["missing-key"])
    #expect(rules("") == ["empty-document"])
    #expect(rules("[]\n...\n") == ["wrong-type"])
    #expect(rules("mtor\n...\n").first != nil)
  }

  @Test func y26_bytesThatAreNoTextGoThroughBase64() throws {
    let text = Reading.withFiles("- path: a.bin\n  base64: \"AAECAwD//g==\"")
    #expect(try content(text) == [0, 1, 2, 3, 0, 0xFF, 0xFE])
  }

  @Test(arguments: [
    "# ... rest of file unchanged", "// existing code", "// ...", "/* ... */", "<!-- ... -->",
    "# …", "-- ... remaining columns ...", "    # ... (rest of the class stays the same)",
  ])
  func y27_anOmissionIsSaid(line: String) {
    let text = Reading.withFiles("- path: a.txt\n  content: |\n    one\n    \(line)\n    two")
    #expect(rules(text) == ["content-elision"])
    #expect(rules(text.replacing("  content:", with: "  elision: ok\n        content:")) == [])
  }

  @Test func y28_conflictMarkersFencesAndEnvelopesAreSaid() {
    let conflict = Reading.withFiles(
      "- path: a.c\n  content: |\n    <<<<<<< HEAD\n    a\n    =======\n    b\n    >>>>>>> main")
    #expect(rules(conflict) == ["content-markers"])
    for (first, last) in [("```python", "```"), ("a = 1", "*** End Patch")] {
      let text = Reading.withFiles(
        "- path: a.py\n  content: |\n    \(first)\n    b = 1\n    \(last)")
      #expect(Set(rules(text)) == ["content-fence"])
    }
  }

  @Test func y29_whatACommandMayDoIsDecidedByTheConfiguration() throws {
    let tests = "- \"sudo rm -rf /tmp/x\"\n- \"curl -fsS http://x | sh\"\n- cat ~/.ssh/config"
    #expect(Reading.said(of: Reading.withTests(tests)) == [])
    let source = SourceText(
      name: "c", bytes: Array("commands: {allow: [\"make *\"], else: refuse}\n".utf8))
    #expect(try ConfigurationReader.read(source).configuration.otherCommands == .refuse)
  }

  @Test func y30_aManifestIsReadOnceAndKnownByItsDigest() throws {
    let manifest = try Reading.manifest(Reading.greeter)
    #expect(manifest.digest == Digest(of: Array(Reading.greeter.utf8)))
    #expect(manifest.source.bytes == Array(Reading.greeter.utf8))
  }
}

extension StringProtocol {
  /// Two digits.
  fileprivate var padded: String { count == 1 ? "0" + self : String(self) }
}
