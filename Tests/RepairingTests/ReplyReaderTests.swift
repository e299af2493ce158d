import Platform
import Testing

@testable import Repairing

private let original = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return a * 2\n"
private let repaired = "def add(a, b):\n    return a + b\n\n\ndef twice(a):\n    return a * 2\n"

func judge(
  _ reply: String, files: [String: String] = ["app/calc.py": original],
  editable: [String] = ["app/calc.py"]
) throws(Rejection) -> [String: String] {
  var contents: [RelativePath: [UInt8]] = [:]
  for (name, text) in files { contents[path(name)] = Array(text.utf8) }
  let scope: RepairScope
  do { scope = try openScope(editable) } catch { preconditionFailure("\(error)") }
  let proposal = try ReplyJudge(scope: scope, files: contents)
    .judge(ReplyReader.read(reply, of: Set(files.keys)))
  var result: [String: String] = [:]
  for file in proposal.files {
    result[file.path.text] = String(decoding: file.after, as: UTF8.self)
  }
  return result
}

/// Judges a reply to the one file that is shown.
private func judge(
  _ reply: String, of files: [String: String]
) throws(Rejection) -> [String: String] {
  try judge(reply, files: files, editable: Array(files.keys))
}

private func openScope(_ editable: [String]) throws -> RepairScope {
  try scope(own: editable)
}

struct ReplyReaderTests {
  private static let whole = "```\n\(repaired)```\n"
  private static let block =
    "<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n"

  @Test(arguments: ["my notes/read me.txt", "app/(shop)/page.tsx", "LICENSE", "a.verylongending"])
  func aFileThatWasShownIsNamedHoweverItIsCalled(name: String) throws {
    let files = [name: original, "other.py": original]
    for form in [
      "\(name)\n\(Self.whole)", "**\(name)**\n\(Self.whole)", "File: `\(name)`\n\(Self.whole)",
      "\(name)\n\(Self.block)", "\(name)\n```python\n\(Self.block)```\n",
    ] where name != "LICENSE" || form.hasPrefix(name) {
      let reply = "other.py\n```\n\(repaired)```\n\n\(form)END_REPAIR\n"
      let proposed = try judge(reply, files: files, editable: [name, "other.py"])
      #expect(proposed == [name: repaired, "other.py": repaired], "\(form)")
    }
  }

  @Test(arguments: ["my notes/read me.txt", "app/(shop)/page.tsx"])
  func theInfoStringOfAFenceNamesAFileThatWasShown(name: String) throws {
    let files = [name: original, "other.py": original]
    for info in ["text \(name)", "python path=\"\(name)\""] {
      let reply = "other.py\n```\n\(repaired)```\n```\(info)\n\(repaired)```\nEND_REPAIR\n"
      let proposed = try judge(reply, files: files, editable: [name, "other.py"])
      #expect(proposed == [name: repaired, "other.py": repaired], "\(info)")
    }
  }

  static let forms: [(String, String)] = [
    ("a path line and a fence", "app/calc.py\n\(whole)END_REPAIR\n"),
    ("bold", "Here is the fix:\n\n**app/calc.py**\n\n\(whole)"),
    ("backticks", "`app/calc.py`:\n\(whole)"), ("a heading", "### app/calc.py\n\(whole)"),
    ("a label", "File: app/calc.py\n\(whole)"),
    ("a bold label", "**File:** `app/calc.py`\n\(whole)"),
    ("the info string", "```python app/calc.py\n\(repaired)```\n"),
    ("an attribute", "```python path=\"app/calc.py\"\n\(repaired)```\n"),
    ("a colon", "```python:app/calc.py\n\(repaired)```\n"),
    ("tildes", "app/calc.py\n~~~~\n\(repaired)~~~~\n"),
    ("a longer fence", "app/calc.py\n`````python\n\(repaired)`````\n"),
    ("a comment in the fence", "```python\n# app/calc.py\n\(repaired)```\n"),
    ("no name, one file", "The sign was wrong.\n```python\n\(repaired)```\nEND_REPAIR"),
    ("a dot before the path", "./app/calc.py\n\(whole)"),
    ("thinking", "<think>\n```\nnonsense\n```\n</think>\napp/calc.py\n\(whole)"),
    (
      "carriage returns",
      "app/calc.py\r\n```\r\n\(repaired.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))```\r\n"
    ),
    ("a block", "app/calc.py\n\(block)END_REPAIR\n"),
    ("a block without a name", block),
    ("a block in a fence", "app/calc.py\n```python\n\(block)```\n"),
    ("a path inside the fence", "```\napp/calc.py\n\(block)```\n"),
    (
      "fewer signs",
      "app/calc.py\n<<<<< SEARCH\n    return a - b\n=====\n    return a + b\n>>>>> REPLACE\n"
    ),
    (
      "trailing spaces",
      "app/calc.py\n<<<<<<< SEARCH\n    return a - b  \n=======\n    return a + b\n>>>>>>> REPLACE\n"
    ),
    (
      "another indent",
      "app/calc.py\n<<<<<<< SEARCH\nreturn a - b\n=======\nreturn a + b\n>>>>>>> REPLACE\n"
    ),
    (
      "a unified diff",
      "```diff\n--- a/app/calc.py\n+++ b/app/calc.py\n@@ -1,3 +1,3 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n \n```\n"
    ),
    (
      "a bare diff",
      "diff --git a/app/calc.py b/app/calc.py\nindex 1..2 100644\n--- a/app/calc.py\n+++ b/app/calc.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\nEND_REPAIR\n"
    ),
    (
      "the envelope",
      "*** Begin Patch\n*** Update File: app/calc.py\n@@ def add\n def add(a, b):\n-    return a - b\n+    return a + b\n*** End Patch\n"
    ),
    (
      "a fenced envelope",
      "```\n*** Begin Patch\n*** Update File: app/calc.py\n-    return a - b\n+    return a + b\n*** End Patch\n```\n"
    ),
  ]

  @Test(arguments: forms)
  func readsEveryNotation(_ name: String, _ reply: String) throws {
    #expect(try judge(reply) == ["app/calc.py": repaired], "\(name)")
  }

  @Test func aFileKeepsItsLineEndsAndItsMissingNewline() throws {
    let files = ["app/calc.py": "a = 1\r\nb = 2\r\nc = 3"]
    #expect(
      try judge("```\na = 1\nb = 9\nc = 3\n```\n", files: files)
        == ["app/calc.py": "a = 1\r\nb = 9\r\nc = 3"])
    let block = "<<<<<<< SEARCH\nb = 2\nc = 3\n=======\nb = 9\nc = 3\n>>>>>>> REPLACE\n"
    #expect(
      try judge(block, files: files) == ["app/calc.py": "a = 1\r\nb = 9\r\nc = 3"])
  }

  @Test func blocksApplyInOrderEachOnTheResultBefore() throws {
    let reply = """
      <<<<<<< SEARCH
      def twice(a):
      =======
      def double(a):
      >>>>>>> REPLACE
      <<<<<<< SEARCH
      def double(a):
          return a * 2
      =======
      def double(a):
          return a + a
      >>>>>>> REPLACE
      """
    #expect(
      try judge(reply)["app/calc.py"]?.hasSuffix("def double(a):\n    return a + a\n") == true)
  }

  /// A heading's underline is no divider where the markers are longer, or where its reading would make
  /// the divider a line of the file.
  @Test(arguments: ["=====", "======="])
  func aHeadingInABlockIsNoDivider(line: String) throws {
    let file = "Usage\n\(line)\nadd(a, b) adds.\n\nreturn a - b\n"
    let reply =
      "a.py\n<<<<<<< SEARCH\nUsage\n\(line)\nadd(a, b) adds.\n=======\nUsage\n\(line)\n"
      + "add(a, b) adds two.\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nreturn a - b\n=======\n"
      + "return a + b\n>>>>>>> REPLACE\n"
    #expect(
      try judge(reply, of: ["a.py": file])
        == ["a.py": "Usage\n\(line)\nadd(a, b) adds two.\n\nreturn a + b\n"])
    let removed =
      "a.py\n<<<<<<< SEARCH\nUsage\n\(line)\n=======\nUsage\n>>>>>>> REPLACE\n"
    #expect(
      try judge(removed, of: ["a.py": file])
        == ["a.py": "Usage\nadd(a, b) adds.\n\nreturn a - b\n"])
  }

  /// Read by the first line of signs the block would fit, and its divider would land.
  @Test func aBlockWhoseDividerIsInDoubtIsRefused() throws {
    let wrong =
      "a.py\n<<<<<<< SEARCH\nUsage\n=======\nno such line\n=======\nx\n>>>>>>> REPLACE\n"
    #expect(
      throws: Rejection(
        .malformed,
        "'a.py': a line of equal signs in a SEARCH block may be its divider; write all markers of "
          + "that block with eight signs")
    ) { try judge(wrong, of: ["a.py": "Usage\n=======\nline\n"]) }
    let longer =
      "a.py\n<<<<<<<< SEARCH\nline\n========\nTitle\n=======\nline\n>>>>>>>> REPLACE\n"
    #expect(try judge(longer, of: ["a.py": "line\n"]) == ["a.py": "Title\n=======\nline\n"])
  }

  /// What cannot be shown cannot be written again: a whole file would lose it.
  @Test(arguments: ["a = '\u{1B}[1m'\nb\n", "a\r\nb\n", "a\rb\n"])
  func aWholeFileOverHiddenCharactersIsRefused(file: String) throws {
    #expect(
      throws: Rejection(
        .malformed,
        "'a.py' has characters that cannot be shown, which a whole file would lose; change its "
          + "lines by SEARCH blocks")
    ) { try judge("a.py\n```\nc\n```\n", of: ["a.py": file]) }
  }

  @Test func aFenceOfCommandsIsTheFileOnlyWhereThatIsAScript() throws {
    let reply = "```bash\nexit 0\n```\n"
    #expect(try judge(reply, of: ["lib.sh": "exit 1\n"]) == ["lib.sh": "exit 0\n"])
    #expect(
      try judge(reply, of: ["bin/run": "#!/bin/sh\nexit 1\n"]) == ["bin/run": "exit 0\n"])
    #expect(throws: Rejection(.monologue, "the reply has no file and no edit")) {
      try judge(reply, of: ["a.py": "x\n"])
    }
    #expect(throws: Rejection(.monologue, "the reply has no file and no edit")) {
      try judge(reply + "\n" + reply, of: ["lib.sh": "exit 1\n"])
    }
  }

  @Test func notesBesideTheEditsAreRead() {
    let reply = ReplyReader.read("x\nBLOCKED: the test is wrong\nSURPRISE: odd\nEND_REPAIR\n")
    #expect(reply.blocked == "the test is wrong")
    #expect(reply.surprise == "odd")
    #expect(reply.hasEnd)
    #expect(reply.items.isEmpty)
  }

  @Test func aRepeatedTestIsNoEditOfIt() throws {
    let files = ["app/calc.py": original, "tests/test_calc.py": "assert add(1, 2) == 3\n"]
    let reply = "app/calc.py\n\(Self.whole)\ntests/test_calc.py\n```\nassert add(1, 2) == 3\n```\n"
    #expect(try judge(reply, files: files) == ["app/calc.py": repaired])
  }

  private static let rejections: [(String, Rejection.Kind, String)] = [
    ("no idea", .monologue, "the reply has no file and no edit"),
    ("", .monologue, "the reply has no file and no edit"),
    ("```\n\(original)```\n", .unchanged, "the reply leaves every file as it is"),
    ("```\nx\n", .truncated, "the fence on line 1 is not closed: the reply is not whole"),
    (
      "<<<<<<< SEARCH\n    return a - b\n=======\n", .truncated,
      "the SEARCH block on line 1 is not closed: the reply is not whole"
    ),
    (
      "*** Begin Patch\n*** Update File: app/calc.py\n-    return a - b\n+x\n", .truncated,
      "the patch (no *** End Patch) is not closed: the reply is not whole"
    ),
    (
      "<<<<<<< SEARCH\n    return\n=======\nx\n>>>>>>> REPLACE\n", .mismatch,
      "'app/calc.py': the SEARCH text does not stand in the file"
    ),
    (
      "<<<<<<< SEARCH\n\n=======\nx\n>>>>>>> REPLACE\n", .mismatch,
      "'app/calc.py': the SEARCH text matches 2 places (lines 3, 4); add lines around it until it matches one"
    ),
    (
      "<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n", .mismatch,
      "'app/calc.py': a SEARCH text is empty, but the file is not"
    ),
    (
      "app/calc.py\n```\na\n```\napp/calc.py\n```\nb\n```\n", .malformed,
      "'app/calc.py' stands twice in the reply"
    ),
    ("```\nx\u{0}y\n```\n", .suspicious, "'app/calc.py' would hold a NUL byte"),
    (
      "*** Begin Patch\nwhat\n*** End Patch\n", .malformed,
      "line 2 of the patch is not understood"
    ),
    (
      "*** Begin Patch\n*** Update File: app/calc.py\n--- a/app/calc.py\n+++ b/app/calc.py\n"
        + "*** End Patch\n", .malformed, "line 3 of the patch is not understood"
    ),
  ]

  @Test(arguments: rejections)
  func aRejectionSaysExactlyWhy(_ reply: String, _ kind: Rejection.Kind, _ reason: String) {
    do throws(Rejection) {
      _ = try judge(reply)
      Issue.record("taken: \(reply)")
    } catch {
      #expect(error.kind == kind)
      #expect(error.reason == reason)
    }
  }

  @Test func aMismatchShowsTheNearestRealLines() {
    do throws(Rejection) {
      _ = try judge("<<<<<<< SEARCH\n    return a * 3\n=======\nx\n>>>>>>> REPLACE\n")
      Issue.record("taken")
    } catch {
      #expect(error.nearest == "    return a * 2")
    }
  }

  @Test func aChangeWithoutANameIsRefusedWhereThereAreTwoFiles() {
    do throws(Rejection) {
      _ = try judge(
        "```\nx\n```\n", files: ["a.py": "", "b.py": ""], editable: ["a.py", "b.py"])
      Issue.record("taken")
    } catch {
      #expect(
        error.reason == "a change names no file; write its path on the line before it")
    }
  }
}
