import Testing
import YAMLTree

@testable import Manifests

/// Chat replies and FILE: texts whose blocks are not as they should be.
@Suite struct ImportedMarkdownTests {
  private func imported(_ text: String) throws(DiagnosticList) -> Imported {
    try Importer.read(SourceText(name: "in", bytes: Array(text.utf8)), name: "in")
  }

  private func faults(_ text: String) -> [String] {
    do throws(DiagnosticList) {
      _ = try imported(text)
      return []
    } catch {
      return error.all.map { "\($0.rule)@\($0.mark?.line ?? 0)" }
    }
  }

  /// Each path with its text, or with `patch` or `edit` before it.
  private func files(_ text: String) throws -> [String: String] {
    var result: [String: String] = [:]
    for entry in try imported(text).manifest.steps.flatMap(\.files) {
      switch entry.action {
      case .content(let text): result[entry.path] = text.string
      case .patch(let text): result[entry.path] = "patch " + text.string
      default: result[entry.path] = "other"
      }
    }
    return result
  }

  // MARK: Diffs

  @Test func aNamedDiffIsAPatchOfItsFile() throws {
    let hunk = "@@ -1,2 +1,2 @@\n-old\n+new\n x\n"
    #expect(try files("**src/a.py**\n\n```diff\n\(hunk)```\n") == ["src/a.py": "patch " + hunk])
    #expect(try files("```diff path=src/a.py\n\(hunk)```\n") == ["src/a.py": "patch " + hunk])
    // The comment that names a file elsewhere is a removed line here.
    #expect(faults("```diff\n-- a.sql\n+b\n```\n") == ["import-empty@0", "import-remark@1"])
  }

  @Test func aDiffWithoutPlacesIsRefused() {
    #expect(faults("**src/a.py**\n\n```diff\n-old\n+new\n x\n```\n") == ["import-cannot@3"])
    #expect(faults("**a.py**\n\n```diff\n@@ ... @@\n-old\n+new\n```\n") == ["import-cannot@3"])
    #expect(faults("**a.py**\n\n```diff\n@@ -1,9 +1 @@\n-old\n+new\n```\n") == ["patch-count@4"])
  }

  @Test func aFileThatIsADiffIsTakenAsItIs() throws {
    #expect(try files("`fix.patch`\n```diff\n-old\n+new\n```\n") == ["fix.patch": "-old\n+new\n"])
  }

  // MARK: Indentation

  @Test func theIndentationOfAFenceIsNotItsTexts() throws {
    #expect(
      try files("x\n\n  ```python path=a.py\n  def f():\n      return 1\n\n y\n  ```\n")
        == ["a.py": "def f():\n    return 1\n\ny\n"])
    #expect(try files("   ~~~ path=Makefile\n   a:\n\tb\n   ~~~\n") == ["Makefile": "a:\n\tb\n"])
  }

  @Test func aFenceInAListMayBeIndentedByTabs() throws {
    let list = "1. In x:\n\n\t```python path=a.py\n\tif x:\n\t\ty\n\n    z\n\t```\n"
    #expect(try files(list) == ["a.py": "if x:\n\ty\n\nz\n"])
    #expect(
      try files("> - x\n>\n>   ```text path=a\n>   b\n>    c\n>   ```\n") == ["a": "b\n c\n"])
  }

  @Test func aTabThatIsHalfTheListsIsRefused() {
    let text = "1. In x:\n\n   ```make path=Makefile\n   a:\n\tb\n   ```\n"
    #expect(faults(text) == ["fence-indent@5"])
  }

  // MARK: Ends

  @Test func aLongerFenceInAListIsClosedByAsManySigns() throws {
    let text = "1. `a.md`\n\n   ````md path=a.md\n   text\n   ```\n"
    #expect(faults(text) == ["fence-open@3"])
    #expect(try files(text + "   ````\n") == ["a.md": "text\n```\n"])
    #expect(try files(text + "   `````  \n") == ["a.md": "text\n```\n"])
    #expect(faults(text + "   ~~~~\n") == ["fence-open@3"])
  }

  @Test func aFenceInsideAFenceIsNoText() throws {
    let text =
      "### README.md\n```markdown\n# T\n```sh\nmake\n```\nMore.\n```\n\n`b.py`\n```\nx\n```\n"
    // What follows it is no second fault.
    #expect(faults(text) == ["fence-nested@4"])
    do throws(DiagnosticList) {
      _ = try imported(text)
    } catch {
      #expect(error.all[0].notes.map(\.mark?.line) == [2])
      #expect(error.all[0].hint == "close that one before it, or open and end it by 4 backticks")
    }
    #expect(faults("~~~~md path=a\n~~~~sh\nx\n~~~~\n") == ["fence-nested@2"])
    #expect(faults("- `a.md`:\n\n  ```md\n  ```sh\n  x\n  ```\n") == ["fence-nested@4"])
    // Also in a block that is left out: the ones behind it are read the other way round.
    #expect(faults("```md\n```sh\nx\n```\n```\n`a`\n```\ny\n```\n") == ["fence-nested@2"])
    // Other signs, fewer of them, deeper ones and code in a sentence open none.
    for inner in ["~~~sh", "    ```sh", "```sh``` is code", "``x"] {
      #expect(try files("`a.md`\n```md\n\(inner)\n```\n") == ["a.md": inner + "\n"])
    }
    #expect(try files("`a.md`\n````md\n```sh\nx\n```\n````\n") == ["a.md": "```sh\nx\n```\n"])
  }

  // MARK: Line ends

  @Test func mixedLineEndsAreTheFiles() throws {
    #expect(
      try files("Hi\n\n**a.py**\r\n\n```python\r\nx\r\ny\n```\r\n") == ["a.py": "x\r\ny\n"])
    #expect(try files("FILE: a\r\nx\r\nEND_FILE\r\nRUN: make\n") == ["a": "x\r\n"])
    #expect(
      try files("*** Begin Patch\n*** Add File: a\n+x\r\n+y\n*** End Patch\n") == ["a": "x\r\ny\n"])
    // Where all are the same, the text was saved so.
    #expect(try files("FILE: a\r\nx\r\nEND_FILE\r\n") == ["a": "x\n"])
    #expect(faults("`a.py`\n```\nx\ry\n```\n").contains("lone-cr@3"))
  }

  // MARK: Names

  @Test(arguments: [
    "### Input/Output\n\n```\nx\n```\n", "**Before/After**\n```\nx\n```\n",
    "```python\n# TODO/FIXME\n```\n", "Client/server:\n```\nx\n```\n",
    "Run the tests in `tests/test_a.py`:\n\n```sh\nmake\n```\n",
    "Then `src/main.rs`:\n```console\n$ cargo run\n```\n",
  ])
  func wordsAreNoNames(text: String) {
    #expect(
      faults(text) == [
        "import-empty@0",
        "import-remark@\(text.contains("\n\n") ? 3 : text.hasPrefix("```") ? 1 : 2)",
      ])
  }

  @Test(arguments: [
    ("### bin/run\n```sh\nx\n```\n", "bin/run"),
    ("**File: Input/Output**\n```\nx\n```\n", "Input/Output"),
    ("`a/b`\n```\nx\n```\n", "a/b"), ("```sh a/b\nx\n```\n", "a/b"),
    ("`run.sh`\n```bash\nx\n```\n", "run.sh"),
    ("### docs/Makefile\n```\nx\n```\n", "docs/Makefile"),
    ("### .github/CODEOWNERS\n```\nx\n```\n", ".github/CODEOWNERS"),
    ("### ./a/go\n```\nx\n```\n", "a/go"),
  ])
  func namesWithoutAnEndingAreFound(text: String, name: String) throws {
    #expect(try files(text) == [name: "x\n"])
  }

  // MARK: The FILE: format

  /// The steps as `run/tests repair`.
  private func steps(_ text: String) throws -> [String] {
    try imported(text).manifest.steps.map { step in
      "\(step.id): \(step.run.map(\.run).joined(separator: " "))/"
        + step.tests.map(\.run).joined(separator: " ")
        + (step.repair.isOff == false ? " repair" : "")
    }
  }

  @Test(arguments: [
    ("RUN: a\nFIX_IF_FAILING\n", ["import: /a repair"]),
    ("RUN: a\n", ["import: /a"]),
    ("RUN: a\nRUN: b\nFIX_IF_FAILING\n", ["import: a/b repair"]),
    ("RUN: a\nFIX_IF_FAILING\nRUN: b\n", ["import: /a repair", "step: /b"]),
    (
      "RUN: a\nRUN: b\nFIX_IF_FAILING\nRUN: c\nRUN: d\nFIX_IF_FAILING\n",
      ["import: a/b repair", "step: /c d"]
    ),
    ("RUN: a\nFIX_IF_FAILING: no\nRUN: b\nFIX_IF_FAILING\n", ["import: a/b repair"]),
    (
      "RUN: a\nFIX_IF_FAILING\nRUN: b\nFILE: y\nEND_FILE\nRUN: c\n",
      ["import: /a repair", "step-2: /b", "step: /c"]
    ),
  ])
  func repairIsForWhatAsksForIt(text: String, expected: [String]) throws {
    #expect(try steps("FILE: x\nEND_FILE\n" + text) == expected)
  }

  @Test func whatIsNotRepairedIsSaid() throws {
    let text = "FILE: x\nEND_FILE\nRUN: a\nRUN: b\nFIX_IF_FAILING\nRUN: c\nRUN: d\nFIX_IF_FAILING\n"
    #expect(
      try imported(text).remarks.suffix(2) == [
        .init(
          "a command without FIX_IF_FAILING in the step 'import': 'run', not a test", line: 3),
        .init(
          "repair is off in the step 'step', also for this command: one before it has no "
            + "FIX_IF_FAILING", line: 7),
      ])
  }

  @Test func manyStepsHaveTheirOwnIDs() throws {
    let text = (0..<400).map { "RUN: a\($0)\nFILE: f\($0)\nEND_FILE\n" }.joined()
    let ids = try imported(text).manifest.steps.map(\.id)
    #expect(ids.prefix(3) == ["import", "step", "step-2"] && Set(ids).count == ids.count)
  }
}
