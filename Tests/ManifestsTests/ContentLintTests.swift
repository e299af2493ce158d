import Manifests
import Testing
import YAMLTree

@Suite struct ContentLinting {
  private func said(
    _ text: String, _ path: String = "a.txt", old: ContentLints.Replaced = .unknown,
    excuses: ContentLints.Excuses = .init()
  ) -> [String] {
    ContentLints.findings(in: Array(text.utf8), path: path, excuses: excuses, replacing: old)
      .map { "\($0.line):\($0.column) \($0.severity.rawValue) \($0.rule)" }
  }

  @Test(arguments: [
    "# ...", "// ...", "//...", "# …", "/* ... */", "<!-- ... -->", "-- ...", "; ...", "% ...",
    "{/* ... */}", "(* ... *)", "## ...", "/// ...", "REM ...", "# ....", "  \t# ...",
    "# ... existing code ...", "// ... rest of the file unchanged", "// … rest of file unchanged",
    "// existing code", "# existing code here", "# (rest of the code remains the same)",
    "# [rest of file unchanged]", "// ... other imports ...",
    "<!-- rest of the document unchanged -->",
    "# rest of the class stays the same", "// remaining methods unchanged", "# unchanged",
    "# ... same as before ...", "/* existing code */", "# omitted for brevity", "// ... more tests",
    "# Rest of the implementation is unchanged.", "// No changes here", "... rest of the file ...",
    "# ... keep existing code ...", "# rest of the file", "// the rest of the file is the same",
    "{/* ... existing JSX ... */}", "-- remaining columns omitted",
    "[... rest of file unchanged ...]",
  ])
  func aLineThatLeavesTextOutIsSaid(line: String) {
    let column = 1 + line.prefix { $0 == " " || $0 == "\t" }.count
    if line == "-- remaining columns omitted" {
      // Columns are no part of a file that the rule knows.
      #expect(said("a\n\(line)\nb\n") == [])
    } else {
      #expect(said("a\n\(line)\nb\n") == ["2:\(column) warning content-elision"])
    }
  }

  @Test(arguments: [
    "...", "x = ...", "# Loading...", "# the rest of the arguments are passed on to the parser",
    "# existing users keep their name", "# This is unchanged since 1.0", "// wait for more...",
    "# ...and then some", "// spread: [...rest]", "# remaining time in seconds", "- ...",
    "def f(...): ...", "print('...')", "# other code paths are tested elsewhere", "----", "####",
    "/**", " */", "# e.g. a, b, ...", "// TODO: remove", "# unchanged_count = 0 by default",
    "% of the rest", "// --- rest ---", "\"...\"", "'''", "\"\"\"", "* ...", "#", "//",
  ])
  func aLineThatOnlyLooksSoIsNone(line: String) {
    #expect(said("a\n\(line)\nb\n").filter { $0.contains("elision") } == [])
  }

  @Test func anElisionIsAnErrorInATreeUnlessTheOldFileHasIt() {
    let text = "a\n  # ...\nb\n"
    #expect(said(text, old: .nothing) == ["2:3 error content-elision"])
    #expect(said(text, old: .file(Array("a\nx\nb\nc\n".utf8))) == ["2:3 error content-elision"])
    #expect(said(text, old: .file(Array("a\n# ...\n".utf8))) == [])
    #expect(said(text, old: .nothing, excuses: .init(elision: true)) == [])
  }

  private static let conflict = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n"

  @Test func conflictMarkersAreThreeInOrderAtLineStarts() {
    #expect(said(Self.conflict) == ["2:1 error content-markers"])
    #expect(said(Self.conflict.replacing("=======\n", with: "||||||| x\nz\n=======\n")).count == 1)
    #expect(said(Self.conflict + Self.conflict).count == 2)
    #expect(said(Self.conflict.replacing("<<<<<<<", with: " <<<<<<<")) == [])
    #expect(said(Self.conflict.replacing("=======", with: "========")) == [])
    #expect(said(Self.conflict.replacing(">>>>>>>", with: ">>>>>>")) == [])
    #expect(said("Title\n=======\n\ntext\n") == [])
    #expect(said(">>>>>>> a\n=======\n<<<<<<< b\n") == [])
    #expect(said(Self.conflict, old: .file(Array(Self.conflict.utf8))) == [])
    #expect(said(Self.conflict, excuses: .init(markers: true)) == [])
  }

  @Test func anEditInAContentIsSaidToBeOne() {
    let text = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    let finding = ContentLints.findings(in: Array(text.utf8), path: "a", replacing: .unknown).first
    #expect(finding?.hint == "SEARCH/REPLACE blocks go into 'edit: |', not into a content")
  }

  @Test func aFenceAtEitherEndIsSaid() {
    #expect(
      said("```python\na\n```\n", "a.py") == [
        "1:1 warning content-fence", "3:1 warning content-fence",
      ])
    #expect(said("a\n```\n", "a.py") == ["2:1 warning content-fence"])
    #expect(said("~~~\na\n", "a.py") == ["1:1 warning content-fence"])
    #expect(said("\n\n```\na\n\n", "a.py").contains("3:1 warning content-fence"))
    #expect(said("a\n```\nb\n```\nc\n", "a.py") == [])
    #expect(said("```sh\na\n```\n", "a.md") == [])
    #expect(said("# T\n\n```sh\na\n```\n```\n", "a.md") == ["6:1 warning content-fence"])
  }

  @Test func lineEndsAndTheLastLine() {
    #expect(said("a") == ["1:1 warning content-final-newline"])
    #expect(said("a\nb") == ["2:1 warning content-final-newline"])
    #expect(said("") == [])
    #expect(said("\n") == [])
    #expect(said("a\n\n") == ["2:1 warning content-blank-end"])
    #expect(said("a\r\nb\r\n") == [])
    #expect(said("a\r\nb\n") == ["2:1 warning content-mixed-eol"])
    #expect(said("a\nb\r\n") == ["2:1 warning content-mixed-eol"])
    #expect(said("a\rb\n") == ["1:1 warning content-mixed-eol"])
    #expect(said("a\r\nb\n", excuses: .init(lineEnds: true)) == [])
    #expect(said("\0\u{1}a") == [])
  }

  @Test func aMakefileWantsTabs() {
    #expect(said("all: a.o\n    cc a.o\n", "Makefile") == ["2:1 warning content-makefile-tabs"])
    #expect(said("all:\n  cc a.o\n", "lib/rules.mk") == ["2:1 warning content-makefile-tabs"])
    #expect(said("all:\n\tcc a.o\n", "Makefile") == [])
    #expect(said("A = b\n  C = d\nD := \\\n  e\nall: ;\n\techo\n", "Makefile") == [])
    #expect(said("all:\n\techo \\\n    a\n", "Makefile") == [])
    #expect(said("ifdef A\n  B = c\nendif\n", "Makefile") == [])
    #expect(said(".RECIPEPREFIX = >\nall:\n    cc\n", "Makefile") == [])
    #expect(said("all:\n    cc a.o\n", "a.py") == [])
  }

  @Test func hiddenCharactersAreSaidWithTheirPlace() {
    #expect(said("\u{FEFF}a\n") == ["1:1 warning content-bom"])
    #expect(said("a\nbé\u{202E}c\n") == ["2:3 warning content-bidi"])
    #expect(said("\u{2066}\u{2069}\n") == ["1:1 warning content-bidi", "1:2 warning content-bidi"])
    #expect(said("a \u{2026} \u{201C}b\u{201D}\n") == [])
  }

  @Test func jsonAndYAMLAreParsed() {
    #expect(said("{\"a\": [1, 2}\n", "a.json") == ["1:12 warning content-json"])
    #expect(said("{\"a\": 1}\n", "a.json") == [])
    #expect(said("// c\n{}\n", "tsconfig.json") == [])
    #expect(said("// c\n{}\n", ".vscode/launch.json") == [])
    #expect(said("{\"a\": {{ b }}}\n", "a.json") == [])
    #expect(said("a: [1\n", "a.yaml") == ["2:1 warning content-yaml"])
    #expect(said("a: &x 1\nb: *x\n---\nc: !t d\n", "a.yml") == [])
    #expect(said("a: {{ b }}\n", "chart/a.yaml") == [])
    #expect(said(String(repeating: "[", count: 100_000) + "\n", "a.yaml") == [])
  }

  @Test func whatReplacesAFileIsComparedWithIt() {
    let old = Array(String(repeating: "line\n", count: 100).utf8)
    #expect(said("line\n", old: .file(old)) == ["1:1 warning content-shrinks"])
    #expect(said(String(repeating: "line\n", count: 50), old: .file(old)) == [])
    #expect(said("a\nb\n", old: .file(Array("a\r\nc\r\n".utf8))) == ["1:1 warning content-eol"])
    #expect(said("a\nb\n", old: .file(Array("a\r\nc\n".utf8))) == [])
    #expect(
      said("a\nb\n", old: .file(Array("a\r\nc\r\n".utf8)), excuses: .init(lineEnds: true)) == [])
    #expect(said("a\r\nb\r\n", old: .file(Array("a\r\nc\r\n".utf8))) == [])
  }

  @Test func aFindingPointsIntoTheManifest() {
    let text = Reading.withFiles("- path: a.py\n  content: |\n    a = 1\n\n      # ...\n    b = 2")
    let diagnostic = Reading.diagnostics(of: text).first
    #expect(diagnostic?.mark == Mark(line: 10, column: 13))
    #expect(diagnostic?.excerpt == "            # ...")
    #expect(diagnostic?.width == 5)
  }
}
