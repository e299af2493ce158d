import Testing
import YAMLTree

@testable import Manifests

@Suite struct NotationTests {
  private func read(
    _ bytes: [UInt8], _ name: String, isStream: Bool = false
  ) throws(DiagnosticList) -> Manifest {
    try ManifestReader.read(
      SourceText(name: name, bytes: bytes), options: .init(isStream: isStream)
    ).manifest
  }

  private static let markdown = """
    ---
    mtor: 1
    name: add-greeter
    commit: "Add a greeter"
    ---
    # Greets people by name

    ## Greeter
    A pure function; no I/O.

    ~~~~python path=app/greeter.py
    def greet(name: str) -> str:
        return f"Hello, {name}!"
    ~~~~

    ~~~~edit path=app/__init__.py
    <<<<<<< SEARCH
    __all__ = []
    =======
    from app.greeter import greet
    __all__ = ["greet"]
    >>>>>>> REPLACE
    ~~~~

    ~~~~files
    delete app/old.py
    move app/name.py -> app/names.py
    ~~~~

    ~~~~sh test
    python3 -m pytest -q tests/test_greeter.py
    ~~~~

    <!-- end -->

    """

  private static let yaml = """
    mtor: 1
    name: add-greeter
    description: Greets people by name
    steps:
      - id: greeter
        intent: A pure function; no I/O.
        files:
          - path: app/greeter.py
            content: |
              def greet(name: str) -> str:
                  return f"Hello, {name}!"
          - path: app/__init__.py
            edit: |
              <<<<<<< SEARCH
              __all__ = []
              =======
              from app.greeter import greet
              __all__ = ["greet"]
              >>>>>>> REPLACE
          - path: app/old.py
            delete: true
          - path: app/names.py
            move_from: app/name.py
        tests:
          - python3 -m pytest -q tests/test_greeter.py
    commit: Add a greeter
    ...

    """

  @Test func bothNotationsSayTheSame() throws {
    let one = try read(Array(Self.markdown.utf8), "m.md")
    let two = try read(Array(Self.yaml.utf8), "m.yaml")
    #expect(one.canonicalDigest == two.canonicalDigest)
    #expect(one.isWhole && two.isWhole)
    #expect(String(decoding: one.yaml, as: UTF8.self) == Self.yaml)
    #expect(
      String(decoding: two.markdown, as: UTF8.self)
        == Self.markdown.replacing(
          "commit: \"Add a greeter\"", with: "commit: Add a greeter"))
  }

  @Test(arguments: ["y\\r\\n", "\\ty\\n", "y\\r\\nz\\n"])
  func blocksStayBlocks(_ text: String) throws {
    let manifest = try read(
      Array(
        Reading.withFiles(
          "- path: f\n  edit: \"<<<<<<< SEARCH\\nx\\n=======\\n\(text)>>>>>>> REPLACE\\n\""
        ).utf8), "m.yaml")
    for notation in Notation.allCases {
      let again = try read(manifest.written(in: notation), "m.\(notation.rawValue)")
      #expect(again.canonicalDigest == manifest.canonicalDigest)
      guard case .edit(let edits) = again.steps[0].files[0].action,
        case .replace(_, let with, _, .lines) = edits[0].operation
      else {
        Issue.record("no block")
        continue
      }
      #expect(with.string.contains("y"))
    }
  }

  /// A block finds whole lines, an item of a list any bytes: the canonical form tells them apart.
  @Test func aBlockIsNoItemOfAList() throws {
    func manifest(_ extent: Edit.Extent, _ text: String) throws -> Manifest {
      var manifest = try read(
        Array(Reading.withFiles("- path: f\n  edit: [{find: \"x\\n\", replace: \"y\\n\"}]").utf8),
        "m.yaml")
      let text = Text(Array(text.utf8))
      manifest.steps[0].files[0].action = .edit([
        Edit(
          .replace(find: text, with: text, count: .exactly(1), extent: extent),
          at: Mark(line: 1, column: 1))
      ])
      return manifest
    }
    #expect(
      try manifest(.bytes, "=======\n").canonicalDigest
        != manifest(.lines, "=======\n").canonicalDigest)
  }

  @Test func noPrefixPassesForWhole() throws {
    for text in [Self.markdown, Self.yaml] {
      let bytes = Array(text.utf8)
      for count in 0..<bytes.count {
        let prefix = Array(bytes.prefix(count))
        #expect(throws: DiagnosticList.self, "\(count) bytes") {
          _ = try read(prefix, "<stdin>", isStream: true)
        }
        let name = text == Self.markdown ? "m.md" : "m.yaml"
        if let manifest = try? read(prefix, name) { #expect(!manifest.isWhole) }
      }
      #expect(try read(bytes, "<stdin>", isStream: true).isWhole)
    }
  }

  @Test func frontMatterTellsMarkdownOnStandardInput() {
    func notation(_ text: String, isStream: Bool = true, name: String = "<stdin>") -> Notation {
      Notation(of: SourceText(name: name, bytes: Array(text.utf8)), isStream: isStream)
    }
    #expect(notation("---\na: b\n---\n") == .markdown)
    #expect(notation("---\na: b\n") == .yaml)
    #expect(notation("a: b\n---\n---\n") == .yaml)
    #expect(notation("", isStream: false, name: "x.MD") == .markdown)
    #expect(notation("", isStream: false, name: "x.yml") == .yaml)
  }
}
