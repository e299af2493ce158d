import Testing
import YAMLTree

@Suite struct DocumentTests {
  @Test func readsBlockAndFlowCollections() throws {
    let document = try #require(
      read("mtor: 1\nsteps:\n  - id: a\n    files: [{path: x, content: \"y\\n\"}]\n").document)
    let fields = try #require(
      Fields(document.root, "a manifest", known: ["mtor", "steps"], Diagnostics(document.source)))
    #expect(fields.int("mtor") == 1)
    #expect(fields.list("steps")?.count == 1)
  }

  @Test func reportsDuplicateKeysWithBothPlaces() throws {
    let (_, faults) = read("a: 1\nb: 2\na: 3\n")
    #expect(faults.map(\.rule) == ["duplicate-key"])
    #expect(faults[0].mark == Mark(line: 3, column: 1))
    #expect(faults[0].notes.first?.mark == Mark(line: 1, column: 1))
  }

  @Test func suggestsTheNearestKey() throws {
    let source = SourceText(name: "m.yaml", bytes: Array("contnet: x\n".utf8))
    let diagnostics = Diagnostics(source)
    let document = try #require(Document.read(source, into: diagnostics))
    _ = Fields(document.root, "a file", known: ["content", "path"], diagnostics)
    #expect(diagnostics.all.map(\.hint) == ["did you mean 'content'?"])
  }
}

/// Reads a text; its tree, and what was reported in the order of places.
func read(_ text: String, limits: Limits = Limits()) -> (document: Document?, faults: [Diagnostic])
{
  read(Array(text.utf8), limits: limits)
}

func read(_ bytes: [UInt8], limits: Limits = Limits()) -> (
  document: Document?, faults: [Diagnostic]
) {
  let source = SourceText(name: "m.yaml", bytes: bytes)
  let diagnostics = Diagnostics(source)
  let document = Document.read(source, limits: limits, into: diagnostics)
  return (document, diagnostics.sorted)
}
