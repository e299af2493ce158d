import Glibc
import Planning
import Platform
import TestSupport
import Testing
import YAMLTree

@testable import Fleet

@Suite struct Parameters {
  private let folder = TemporaryFolder()

  private func read(
    _ value: ParameterSource.Value, fallback: String? = nil
  ) throws -> Result<String, ParameterReading.Faults> {
    let source = ParameterSource(
      name: "P", value: value, fallback: fallback, mark: Mark(line: 1, column: 1))
    let reading = ParameterReading(tree: try RootTree(path: folder.path))
    return Result { () throws(ParameterReading.Faults) in
      try reading.values([source])["P"] ?? ""
    }
  }

  private func pointer(_ file: String, _ pointer: String) -> ParameterSource.Value {
    .pointer(file: file, pointer: pointer, format: DocumentFile.format(of: file) ?? .json)
  }

  @Test func valuesOfJSONAndYAMLAndTOMLAreReadAsTheyAreWritten() throws {
    try folder.write("a.json", "{\"version\": 1.10, \"a\": [true, {\"b/c\": \"x\"}]}")
    try folder.write("a.yaml", "version: 1.10\na:\n  - true\n  - b/c: \"x\"\n")
    try folder.write(
      "a.toml", "version = 1.10\n[[a]]\n[[a]]\n\"b/c\" = \"x\"\n[package]\nname.first = 'n'\n")
    for file in ["a.json", "a.yaml", "a.toml"] {
      #expect(try read(pointer(file, "/version")).get() == "1.10", "\(file)")
      #expect(try read(pointer(file, "/a/1/b~1c")).get() == "x", "\(file)")
    }
    #expect(try read(pointer("a.json", "/a/0")).get() == "true")
    #expect(try read(pointer("a.toml", "/package/name/first")).get() == "n")
  }

  @Test func aGroupOfAPatternIsRead() throws {
    try folder.write("LICENSE", "MIT\nCopyright 2019 Jane\n")
    let pattern = #"Copyright (\d{4}) (?<who>\w+)"#
    #expect(try read(.match(file: "LICENSE", pattern: pattern, group: "1")).get() == "2019")
    #expect(try read(.match(file: "LICENSE", pattern: pattern, group: "2")).get() == "Jane")
  }

  @Test func whatFindsNothingSaysWhere() throws {
    try folder.write("a.json", "{\"package\": {\"name\": \"n\", \"list\": []}}")
    try folder.write("bad.json", "{\n,}")
    try folder.write("bad.toml", "a = \n")
    try folder.write("text", "one\n")
    func message(_ value: ParameterSource.Value) throws -> [String] {
      switch try read(value) {
      case .success(let text): [text]
      case .failure(let faults): faults.messages
      }
    }
    #expect(
      try message(pointer("a.json", "/package/version")) == [
        "P: a.json: '/package/version' finds nothing: what it names ends at '/package' (known "
          + "there: name, list)"
      ])
    #expect(
      try message(pointer("a.json", "/package/list")) == [
        "P: a.json: '/package/list' names a list, not a text"
      ])
    #expect(try message(pointer("none.json", "/a")) == ["P: there is no file 'none.json'"])
    #expect(
      try message(pointer("bad.json", "/a")).first?.hasPrefix(
        "P: bad.json: the file is no JSON: line 2:") == true)
    #expect(
      try message(pointer("bad.toml", "/a")) == [
        "P: bad.toml: the file is no TOML: line 1: a value is expected"
      ])
    #expect(
      try message(.match(file: "text", pattern: "(two)", group: "1")) == [
        "P: text: the pattern finds nothing"
      ])
    #expect(try read(pointer("none.json", "/a"), fallback: "else").get() == "else")
  }

  @Test func aLinkOutOfTheRepositoryIsNotFollowed() throws {
    symlink("/etc/passwd", folder.file("a.json"))
    symlink("/etc", folder.file("etc"))
    #expect(throws: ParameterReading.Faults.self) {
      try read(.match(file: "a.json", pattern: "root", group: "0")).get()
    }
    #expect(throws: ParameterReading.Faults.self) {
      try read(.match(file: "etc/passwd", pattern: "root", group: "0")).get()
    }
  }

  @Test(arguments: [
    ("a = 1\na = 2", "line 2: 'a' is there already"), ("[a]\n[a]", "line 2: 'a' is there already"),
    ("a = 1\n[a.b]", "line 2: 'a' is a value, not a table"),
    ("a = \"x", "line 1: a text is not closed"),
    ("a = [1", "line 1: ',' or ']' is expected"), ("a", "line 1: '=' is expected"),
    ("a = \"\\q\"", "line 1: an unknown escape in a text"),
    ("a = what", "line 1: 'what' is no value"),
    ("a = 1 b", "line 1: text after the end of the value"),
    ("a = 1.2.3", "line 1: '1.2.3' is no value"), ("a = 1abc", "line 1: '1abc' is no value"),
    ("a = 0x", "line 1: '0x' is no value"), ("a = 1__0", "line 1: '1__0' is no value"),
    ("a = 01", "line 1: '01' is no value"), ("a = 1.", "line 1: '1.' is no value"),
    ("a = 2026-13-01", "line 1: '2026-13-01' is no value"),
    ("a = 25:00:00", "line 1: '25:00:00' is no value"),
    ("a = 'x\u{1}'", "line 1: a control character stands in a text or a comment"),
    ("# \u{7F}", "line 1: a control character stands in a text or a comment"),
    ("a = 1\rb = 2", "line 1: text after the end of the value"),
    ("a = {b = 1,}", "line 1: a key is expected"),
    ("a = \"\"\"x\"\"\"\"\"\"", "line 1: text after the end of the value"),
    ("a = \"\"\"x \\ y\"\"\"", "line 1: an unknown escape in a text"),
  ])
  func brokenTOMLIsRefused(text: String, message: String) {
    #expect(throws: DataPointer.Fault("the file is no TOML: " + message)) {
      try TOMLReader.read(Array(text.utf8))
    }
  }

  @Test func deepTOMLEndsInTime() {
    let text = "a = " + String(repeating: "[", count: 200_000)
    #expect(throws: DataPointer.Fault("the file is no TOML: line 1: nesting is too deep")) {
      try TOMLReader.read(Array(text.utf8))
    }
  }

  /// Keys with dots in tables with dots: each few, together deeper than any stack.
  @Test func depthIsCountedOverKeysAndTables() {
    let key = Array(repeating: "a", count: 100).joined(separator: ".")
    var text = "[\(key)]\nx = "
    for _ in 0..<100 { text += "{ \(key) = " }
    text += "1" + String(repeating: "}", count: 100)
    #expect(throws: DataPointer.Fault("the file is no TOML: line 2: nesting is too deep")) {
      try TOMLReader.read(Array(text.utf8))
    }
  }

  @Test(arguments: [
    "1_000", "-0.5e-3", "+inf", "0xdead_BEEF", "0o17", "0b1", "0", "6.626e-34", "1979-05-27",
    "07:32:00.999", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5-07:00",
  ])
  func wordsOfTOMLStayAsTheyAreWritten(word: String) throws {
    try folder.write("a.toml", "a = \(word)\r\n")
    #expect(try read(pointer("a.toml", "/a")).get() == word)
  }

  /// What cannot be read may be there: a default stands for what is not there alone.
  @Test func aDefaultStandsForNothingElseThanNothing() throws {
    try folder.write("null.json", "{\"a\": null, \"list\": []}")
    try folder.write("bad.json", "{")
    try folder.write("dir/x", "x")
    try folder.write("x", "y")
    for value in [
      pointer("null.json", "/a"), pointer("null.json", "/b"), pointer("x/a.json", "/b"),
      .match(file: "x", pattern: "(z)|y", group: "1"), .match(file: "x", pattern: "z", group: "0"),
    ] { #expect(try read(value, fallback: "else").get() == "else", "\(value)") }
    for value in [
      pointer("bad.json", "/a"), pointer("null.json", "/list"), pointer("dir", "/a"),
    ] {
      #expect(throws: ParameterReading.Faults.self, "\(value)") {
        try read(value, fallback: "else").get()
      }
    }
  }

  @Test func whatIsNoTextIsNoValue() throws {
    try ReplacedFile.write([0x61, 0xFF, 0x62], to: folder.file("bytes"), mode: 0o644)
    let found = try read(.match(file: "bytes", pattern: #"a(\C)b"#, group: "1"), fallback: "else")
    guard case .failure(let faults) = found else { return #expect(Bool(false), "\(found)") }
    #expect(faults.messages.count == 1)
  }

  @Test func aPatternThatNeverEndsIsEnded() throws {
    try folder.write("long", String(repeating: "a", count: 40_000) + "b")
    let found = try read(.match(file: "long", pattern: "(a+)+$", group: "0"), fallback: "else")
    guard case .failure(let faults) = found else { return #expect(Bool(false), "\(found)") }
    #expect(faults.messages.first?.hasPrefix("P: long: ") == true)
  }

  @Test func tomlTextsHaveTheirEscapes() throws {
    try folder.write(
      "a.toml",
      "a = \"\"\"\none \\\n   two\"\"\"\nb = '''\nC:\\x'''\nc = \"\\u00e9\\t\"\nd = 2026-01-31 10:00:00\n"
        + "e = { x = 1, y = [ 'p', # c\n 'q' ] }\n")
    #expect(try read(pointer("a.toml", "/a")).get() == "one two")
    #expect(try read(pointer("a.toml", "/b")).get() == "C:\\x")
    #expect(try read(pointer("a.toml", "/c")).get() == "é\t")
    #expect(try read(pointer("a.toml", "/d")).get() == "2026-01-31 10:00:00")
    #expect(try read(pointer("a.toml", "/e/y/1")).get() == "q")
  }
}
