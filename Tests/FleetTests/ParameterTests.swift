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
