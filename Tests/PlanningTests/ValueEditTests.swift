import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct ValueEditTests {
  private func result(_ pointer: String, _ value: String, on text: String) throws -> String {
    try result([(pointer, value)], on: text)
  }

  private func result(_ edits: [(String, String)], on text: String) throws -> String {
    let planning = try Planning(["f": text])
    let list = edits.map { "{set: {pointer: \($0), value: \($1)}}" }.joined(separator: ", ")
    do {
      let plan = try planning.plan(files: "      - {path: f, edit: [\(list)]}\n")
      if let conflict = plan.conflicts.first { return "\(conflict.rule): \(conflict.message)" }
      let file = plan.steps[0].files[0]
      return file.action == .unchanged ? "stands" : file.after.text ?? ""
    } catch let faults as DiagnosticList {
      return faults.all.map { "\($0.rule): \($0.message)" }.joined(separator: "; ")
    }
  }

  private static let package = """
    {
      "name": "x", // a comment
      "scripts": {
        "test": "old",
        "build": "make"
      },
      "files": [],
      "list": [1, 2]
    }

    """

  @Test(arguments: [
    ("/scripts/test", "\"new\"", "\"test\": \"old\"", "\"test\": \"new\""),
    ("/scripts/lint", "\"l\"", "\"build\": \"make\"", "\"build\": \"make\",\n    \"lint\": \"l\""),
    ("/scripts/n", "1.10", "\"build\": \"make\"", "\"build\": \"make\",\n    \"n\": 1.10"),
    ("/files/-", "\"a\"", "[]", "[\n    \"a\"\n  ]"),
    ("/list/2", "3", "[1, 2]", "[1, 2, 3]"), ("/list/0", "true", "[1, 2]", "[true, 2]"),
    ("/name", "{a: [1, \"b\"]}", "\"x\"", "{\n    \"a\": [\n      1,\n      \"b\"\n    ]\n  }"),
  ])
  func json(pointer: String, value: String, old: String, new: String) throws {
    let expected = Self.package.replacing(old, with: new)
    #expect(try result(pointer, value, on: Self.package) == expected)
    #expect(try result(pointer, value, on: expected) == "stands")
    let crlf = try result(pointer, value, on: Self.package.replacing("\n", with: "\r\n"))
    #expect(crlf == expected.replacing("\n", with: "\r\n"))
  }

  /// Several edits are what each makes on the result of the one before, whether they can be made in
  /// one reading (scalars of different places) or not.
  @Test(arguments: 0..<60)
  func severalAreOneAfterTheOther(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let places = ["/name", "/scripts/test", "/scripts/build", "/list/0", "/list/1"]
    let others = places + ["/list/-", "/scripts/new", "/files", "/scripts"]
    let values = ["7", "\"u\"", "null", "\"v w\"", "{a: 1}"]
    let isPlain = Bool.random(using: &random)
    let edits = (isPlain ? places : others).shuffled(using: &random).prefix(4).map { place in
      (place, values.prefix(isPlain ? 4 : 5).randomElement(using: &random) ?? "7")
    }
    var expected = Self.package
    for (pointer, value) in edits {
      let next = try result(pointer, value, on: expected)
      // `/scripts` may be a scalar by now, and the end of the list what is to be appended.
      if next.hasPrefix("conflict-set") || next == "stands" { return }
      expected = next
    }
    #expect(try result(edits, on: Self.package) == expected, "seed \(seed)")
    if isPlain {
      #expect(try result(edits, on: expected) == "stands", "seed \(seed)")
      #expect(
        try result(edits, on: try result(edits[1].0, edits[1].1, on: Self.package)) == """
          conflict-mix: of 4 edits one stands in the file already (2), the others do not
          """, "seed \(seed)")
    }
  }

  @Test func compactJSON() throws {
    #expect(try result("/b", "2", on: "{\"a\":1}") == "{\"a\":1,\"b\":2}")
    #expect(try result("/a", "{b: null}", on: "{}") == "{\"a\":{\"b\":null}}")
    #expect(try result("/a~1b~0", "1", on: "{\"a/b~\":0}") == "{\"a/b~\":1}")
  }

  private static let workflow = """
    # A comment
    name: CI
    on: [push, "pull"]
    env: {A: 1}
    jobs:
      test:
        steps:
          - run: make   # why
          - run: |
              a

        empty:
        quoted: 'x'
    last: 1

    """

  @Test(arguments: [
    ("/name", "Build", "name: CI", "name: Build"),
    ("/name", "\"yes\"", "name: CI", "name: \"yes\""),
    ("/on/1", "\"p\"", "\"pull\"", "\"p\""), ("/on/-", "\"t\"", "\"pull\"]", "\"pull\", \"t\"]"),
    ("/env/B", "2", "{A: 1}", "{A: 1, B: 2}"),
    ("/jobs/test/steps/0/run", "\"make all\"", "make   # why", "make all   # why"),
    (
      "/jobs/test/steps/-", "{run: \"b\"}", "          a\n",
      "          a\n      - {\"run\": \"b\"}\n"
    ),
    ("/jobs/test/empty", "1", "empty:", "empty: 1"),
    ("/jobs/test/quoted", "\"y z\"", "'x'", "'y z'"),
    ("/jobs/test/new", "1", "'x'\n", "'x'\n    new: 1\n"),
    ("/more", "text", "last: 1\n", "last: 1\nmore: text\n"),
  ])
  func yaml(pointer: String, value: String, old: String, new: String) throws {
    let expected = Self.workflow.replacing(old, with: new)
    #expect(try result(pointer, value, on: Self.workflow) == expected)
    #expect(try result(pointer, value, on: expected) == "stands")
  }

  @Test(arguments: [
    (
      "/a/b", "1", "{\"x\": 1}",
      "conflict-set: '/a/b' does not exist in the file: what it names ends at '/'"
    ),
    (
      "/a", "1", "{\"x\": 1",
      "conflict-set: the file is no JSON: line 1: a bracket is not closed"
    ),
    (
      "/a", "1", "a: |\n  text\n",
      "conflict-set: '/a' cannot be set without touching other bytes"
    ),
    (
      "/a", "1", "a: &x 1\n",
      "conflict-set: the file is not YAML that can be edited exactly: line 1: "
    ),
    ("/a", "0x1F", "{\"a\": 1}", "set-number: f: '0x1F' is no number of JSON"),
  ])
  func refusals(pointer: String, value: String, text: String, expected: String) throws {
    #expect(try result(pointer, value, on: text).hasPrefix(expected))
  }

  /// A comment stays behind the value that it is about.
  @Test(arguments: [
    ("/b", "{\n  \"a\": 1 // one\n}\n", "{\n  \"a\": 1, // one\n  \"b\": 9\n}\n"),
    (
      "/b", "{\n  \"a\": 1 /* one */ // more\n}\n",
      "{\n  \"a\": 1, /* one */ // more\n  \"b\": 9\n}\n"
    ),
    ("/b", "{\"a\": 1 /* one */}\n", "{\"a\": 1, /* one */ \"b\": 9}\n"),
    ("/b", "{\n  \"a\": 1\n  // below\n}\n", "{\n  \"a\": 1,\n  \"b\": 9\n  // below\n}\n"),
    ("/-", "[\n  \"//\" // one\n]\n", "[\n  \"//\", // one\n  9\n]\n"),
    ("/x/b", "x: {\n  a: 1 # one\n}\n", "x: {\n  a: 1, # one\n  b: 9\n}\n"),
    ("/x/b", "x: {\n  a: 1, # one\n}\n", "x: {\n  a: 1, # one\n  b: 9,\n}\n"),
    ("/x/-", "x: [1, # one\n  2 # two\n  ]\n", "x: [1, # one\n  2, # two\n  9\n  ]\n"),
  ])
  func commentsStay(pointer: String, text: String, expected: String) throws {
    #expect(try result(pointer, "9", on: text) == expected)
    #expect(try result(pointer, "9", on: expected) == "stands")
  }

  /// Readers of JSON take the first, the last, or neither.
  @Test(arguments: ["/a", "/a/b", "/o/k"]) func aKeyThatStandsTwice(pointer: String) throws {
    let text = "{\"a\": 1, \"o\": {\"k\": 1,\n\"k\": 1},\n\"a\": 2}\n"
    let (key, line) = pointer == "/o/k" ? ("k", 2) : ("a", 3)
    #expect(
      try result(pointer, "1", on: text)
        == "conflict-set: the key '\(key)' stands twice in the file, again in line \(line)")
    #expect(try result([("/a", "1"), ("/o", "2")], on: text).hasPrefix("conflict-set"))
    #expect(try result("/o", "2", on: "{\"o\": {\"k\": 1, \"k\": 1}}") == "{\"o\": 2}")
  }

  /// Whatever the text, it is set exactly or refused.
  @Test(arguments: [41, 42, 43]) func nothingTraps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "{", "}", "[", "]", "\"a\"", ":", ": ", ",", "1", "a", "- ", "\n", "  ", "\"", "|", "#", "é",
      "//", "/*", "\\u00", "'", "a: b\n",
    ]
    for _ in 0..<300 {
      let text = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }.joined()
      _ = try result("/a", "\"x\"", on: text)
    }
  }
}
