import Testing
import YAMLTree

@testable import Manifests

@Suite struct ImporterTests {
  private func imported(
    _ text: String, from kind: Importer.Kind? = nil
  ) throws(DiagnosticList) -> Imported {
    try Importer.read(SourceText(name: "in", bytes: Array(text.utf8)), from: kind, name: "in")
  }

  private func faults(_ text: String, from kind: Importer.Kind? = nil) -> [String] {
    do throws(DiagnosticList) {
      _ = try imported(text, from: kind)
      return []
    } catch {
      return error.all.map { "\($0.rule)@\($0.mark?.line ?? 0)" }
    }
  }

  private func contents(_ imported: Imported) -> [String: String] {
    var result: [String: String] = [:]
    for entry in imported.manifest.steps.flatMap(\.files) {
      if case .content(let text) = entry.action { result[entry.path] = text.string }
    }
    return result
  }

  /// The ways in which a block names its file.
  static let spellings: [(String, before: String, info: String, firstLine: String)] = [
    ("path attribute", "", "python path=app/a.py", ""),
    ("file attribute", "", "python file=app/a.py", ""),
    ("filename attribute", "", "python filename=\"app/a.py\"", ""),
    ("title attribute", "", "python title=\"app/a.py\"", ""),
    ("name attribute", "", "python name='app/a.py'", ""),
    ("tangle attribute", "", "python :tangle yes tangle=app/a.py", ""),
    ("pandoc attributes", "", "{.python file=app/a.py}", ""),
    ("attributes in braces", "", "python {file=app/a.py}", ""),
    ("behind the language", "", "python:app/a.py", ""),
    ("after the language", "", "python app/a.py", ""),
    ("alone", "", "app/a.py", ""),
    ("heading", "### app/a.py\n\n", "python", ""),
    ("heading with backticks", "## `app/a.py`\n", "python", ""),
    ("heading with words", "### 1. Create `app/a.py`\n", "python", ""),
    ("bold", "**app/a.py**\n\n", "python", ""),
    ("bold with colon", "**app/a.py:**\n", "python", ""),
    ("bold label", "**File:** app/a.py\n", "python", ""),
    ("backticks", "`app/a.py`\n", "python", ""),
    ("backticks in a sentence", "Put this into `app/a.py`:\n", "python", ""),
    ("label", "File: app/a.py\n", "python", ""),
    ("filename label", "Filename: `app/a.py`\n", "python", ""),
    ("plain", "app/a.py:\n", "python", ""),
    ("numbered", "1. **app/a.py**\n\n", "python", ""),
    ("hash comment", "", "python", "# app/a.py\n"),
    ("slash comment", "", "js", "// file: app/a.py\n"),
    ("html comment", "", "html", "<!-- app/a.py -->\n"),
    ("c comment", "", "css", "/* app/a.py */\n"),
    ("sql comment", "", "sql", "-- app/a.py\n"),
  ]

  @Test(arguments: spellings)
  func findsTheName(_ name: String, before: String, info: String, firstLine: String) throws {
    let text = "Here it is.\n\n\(before)```\(info)\n\(firstLine)x = 1\n\n\n\ny = 2\n```\n"
    let result = try imported(text)
    #expect(contents(result) == ["app/a.py": "\(firstLine)x = 1\n\n\n\ny = 2\n"], "\(name)")
    #expect(result.remarks.count == 1)
  }

  @Test func leavesOutWhatHasNoNameAndSaysSo() throws {
    let result = try imported("```sh\nmake\n```\n\n`a.py`\n```\nx\n```\n")
    #expect(contents(result) == ["a.py": "x\n"])
    #expect(
      result.remarks == [
        .init("the block (sh) names no file and is left out", line: 1),
        .init("the file a.py, named on the line before, in backticks", line: 6),
      ])
  }

  @Test func takesABlockOutOfAList() throws {
    let text = "- `a.py`:\n\n  ```python\n  def f():\n\n\n      pass\n  ```\n"
    #expect(contents(try imported(text)) == ["a.py": "def f():\n\n\n    pass\n"])
    let quote = "> `a.py`:\n>\n> ```python\n> x\n>\n>  y\n> ```\n"
    #expect(contents(try imported(quote)) == ["a.py": "x\n\n y\n"])
  }

  @Test func refusesWhatIsCutOffTwiceOrOutside() {
    #expect(faults("`a.py`\n```\nx\n") == ["fence-open@2"])
    #expect(faults("`a.py`\n```\nx\n```\n`a.py`\n```\ny\n```\n") == ["path-twice@6"])
    #expect(faults("```py path=../a.py\nx\n```\n") == ["path-parent@1"])
    #expect(faults("nothing\n") == ["import-empty@0"])
  }

  @Test func readsTheFileFormat() throws {
    let result = try imported(
      """
      # a comment
      FILE: app/a.py
      RUN: not a directive here
        x
      END_FILE
      RUN: make one
      FIX_IF_FAILING
      RUN: make two
      FILE: b.txt
      END_FILE
      RUN: make three
      COMMIT: All of it

      """)
    #expect(
      contents(result) == ["app/a.py": "RUN: not a directive here\n  x\n", "b.txt": ""])
    #expect(
      result.manifest.steps.map { $0.tests.map(\.run) } == [
        ["make one"], ["make two"], ["make three"],
      ])
    #expect(result.manifest.steps.map(\.repair.isOff) == [false, true, true])
    #expect(result.manifest.commit?.value == "All of it")
  }

  @Test func refusesTheFaultsOfTheFileFormat() {
    #expect(faults("FILE: ../x\na\nEND_FILE\n") == ["path-parent@1"])
    #expect(faults("FILE: x\na\n") == ["import-open@1"])
    #expect(faults("FILES: x\na\nEND_FILE\n", from: .files).first == "import-line@1")
    #expect(faults("FILE: x\nEND_FILE\nRUNN: make\n") == ["import-line@3"])
    #expect(faults("FILE: x\nEND_FILE\nFIX_IF_FAILING\n") == ["import-line@3"])
    #expect(faults("FILE: x\nEND_FILE\nEND_FILE\n") == ["import-line@3"])
    #expect(faults("FILE: x\nEND_FILE\nCOMMIT: a\nCOMMIT: b\n") == ["import-line@4"])
  }

  @Test func readsADiff() throws {
    let result = try imported(
      """
      From: somebody

      diff --git a/new.sh b/new.sh
      new file mode 100755
      index 0000000..e69de29
      --- /dev/null
      +++ b/new.sh
      @@ -0,0 +1,2 @@
      +-- x
      +y
      \\ No newline at end of file
      diff --git a/old b/old
      deleted file mode 100644
      --- a/old
      +++ /dev/null
      @@ -1 +0,0 @@
      --- looks like a header
      diff --git a/from b/to
      similarity index 100%
      rename from from
      rename to to
      diff --git a/ch b/ch
      --- a/ch
      +++ b/ch
      @@ -1,2 +1,2 @@
       a
      -b
      +c

      """)
    #expect(contents(result) == ["new.sh": "-- x\ny"])
    let files = result.manifest.steps.flatMap(\.files)
    #expect(files.map(\.path) == ["new.sh", "old", "to", "ch"])
    #expect(files[0].isExecutable == true)
    guard case .delete = files[1].action, case .move("from", _) = files[2].action,
      case .patch(let patch) = files[3].action
    else {
      Issue.record("other actions: \(files.map(\.action))")
      return
    }
    #expect(patch.string.hasPrefix("diff --git a/ch b/ch\n"))
    #expect(patch.string.hasSuffix("+c\n"))
  }

  @Test func refusesWhatADiffCannotSay() {
    #expect(
      faults("diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n")
        == ["import-cannot@1"])
    #expect(faults("--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-a\n+b\n") == ["diff-hunk@3"])
    #expect(
      faults(
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+x\n")
        == ["import-cannot@1"])
  }

  @Test func readsAnEnvelope() throws {
    let result = try imported(
      """
      *** Begin Patch
      *** Add File: a.txt
      +one
      +
      *** Update File: b.txt
      @@
       x
      -y
      +z
      *** Delete File: c.txt
      *** End Patch

      """)
    #expect(contents(result) == ["a.txt": "one\n\n"])
    let files = result.manifest.steps.flatMap(\.files)
    #expect(files.map(\.path) == ["a.txt", "b.txt", "c.txt"])
    guard case .edit(let edits) = files[1].action,
      case .replace(let find, let with, .exactly(1), .lines) = edits[0].operation
    else {
      Issue.record("no edit")
      return
    }
    #expect(find.string == "x\ny\n" && with.string == "x\nz\n")
  }

  /// Each entry's patch, or another word for what it is.
  private func patches(_ hunks: String, move: String = "") throws -> [String] {
    let text = "*** Begin Patch\n*** Update File: b\n\(move)\(hunks)*** End Patch\n"
    return try imported(text).manifest.steps.flatMap(\.files).map { entry in
      switch entry.action {
      case .patch(let patch): patch.string == text ? "patch" : patch.string
      case .edit(let edits): "edit \(edits.count)"
      case .move(let source, let edits): "move \(source) \(edits.count)"
      default: "other"
      }
    }
  }

  @Test func whatOnlyAnEnvelopeCanSayStaysAPatch() throws {
    let hunk = "-y\n+z\n"
    #expect(try patches("@@\n" + hunk) == ["edit 1"])
    #expect(try patches("@@ -3,7 +3,7 @@\n" + hunk) == ["edit 1"])
    #expect(try patches("@@ def f():\n" + hunk) == ["patch"])
    #expect(try patches("@@\n x\n" + hunk + "*** End of File\n") == ["patch"])
    #expect(try patches("@@\n" + hunk + "@@ g\n" + hunk) == ["patch"])
    #expect(try patches("@@ g\n" + hunk, move: "*** Move to: c\n") == ["patch"])
    #expect(try patches("@@\n" + hunk, move: "*** Move to: c\n") == ["move b 1"])
    // Blocks could not hold these lines, and a list would find them in the middle of others.
    #expect(try patches("@@\n-Title\n+Title\n+=======\n") == ["patch"])
    // Lines at the end of a file that is not known.
    #expect(try patches("@@\n+z\n*** End of File\n") == ["edit 1"])
    #expect(try patches("@@\n x\r\n-y\r\n+z\n") == ["edit 1"])
  }

  @Test func refusesWhatAnEnvelopeDoesNotPlace() {
    func faults(_ hunks: String) -> [String] {
      self.faults("*** Begin Patch\n*** Update File: b\n\(hunks)*** End Patch\n")
    }
    #expect(faults("@@\n+z\n") == ["patch-context@3"])
    #expect(faults("@@ class A\n@@ def f\n-y\n+z\n") == ["patch-empty@3"])
    #expect(faults("@@ f\n x\n") == ["import-line@2"])
    #expect(faults("@@ f\ny\n+z\n") == ["import-line@4"])
  }

  @Test func refusesAnEnvelopeThatIsCutOff() {
    #expect(faults("*** Begin Patch\n*** Delete File: c\n") == ["import-open@2"])
    #expect(faults("*** Begin Patch\n*** Add File: c\nx\n*** End Patch\n") == ["import-line@3"])
  }

  @Test func whatIsImportedIsAManifest() throws {
    let result = try imported("`a.py`\n```\nx = 1\n```\n")
    for notation in Notation.allCases {
      let text = result.manifest.written(in: notation)
      let source = SourceText(name: "m.\(notation.rawValue)", bytes: text)
      let manifest = try ManifestReader.read(source).manifest
      #expect(manifest.canonicalDigest == result.manifest.canonicalDigest)
    }
  }
}
