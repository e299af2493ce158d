import Manifests
import Planning
import Platform
import Testing

/// SEARCH blocks are lines, and what is said where an edit finds nothing can be written as it is.
@Suite struct BlockTests {
  /// What a block makes of `f`: its text, `stands`, or the rule of the conflict.
  private func block(_ search: String, _ replacement: String, on text: String) throws -> String {
    let plan = try plan(Self.block(search, replacement), on: text)
    if let conflict = plan.conflicts.first { return conflict.rule }
    return plan.steps[0].files[0].action == .unchanged
      ? "stands" : plan.steps[0].files[0].after.text ?? ""
  }

  private static func block(_ search: String, _ replacement: String) -> String {
    let lines = "<<<<<<< SEARCH\n\(search)=======\n\(replacement)>>>>>>> REPLACE\n"
    let body = lines.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "          \($0)" }.joined(separator: "\n")
    return "      - path: f\n        edit: |2\n\(body)"
  }

  private func plan(_ entry: String, on text: String) throws -> Plan {
    try Planning(["f": text]).plan(files: entry)
  }

  @Test func aBlockBeginsAtALine() throws {
    let search = "return 1\n"
    #expect(
      try block(search, "return 2\n", on: "def f():\n    return 1\n") == "conflict-no-match")
    #expect(try block(search, "return 2\n", on: "x\nreturn 1\n") == "x\nreturn 2\n")
    #expect(try block(search, "return 2\n", on: "return 1\ny\n") == "return 2\ny\n")
  }

  @Test func anotherLinesEndIsNoSecondPlace() throws {
    #expect(try block("a\n", "b\n", on: "xa\na\n") == "xa\nb\n")
    #expect(try block("a\n", "b\n", on: "xa\nb\n") == "stands")
    #expect(try block("a\n", "b\n", on: "xb\r\na\r\n") == "xb\r\nb\r\n")
    // The end of a line that is the replacement's is not the replacement.
    #expect(try block("a\n", "b\n", on: "a\nxb\n") == "b\nxb\n")
  }

  @Test func aTextToFindMayStandAnywhere() throws {
    let entry = "      - {path: f, edit: [{find: \";\\n\", replace: \"\\n\"}]}\n"
    #expect(try plan(entry, on: "a;\nb\n").steps[0].files[0].after.text == "a\nb\n")
  }

  // MARK: What is said

  private func hint(_ entry: String, on text: String) throws -> String? {
    let plan = try plan(entry, on: text)
    return plan.conflicts.first?.hint
  }

  @Test func theIndentationIsShownAsItIs() throws {
    #expect(
      try hint(Self.block("    if x:\n", "    if y:\n"), on: "def f():\n\tif x:\n")
        == "the nearest is line 2; to replace it write\n<<<<<<< SEARCH\n\tif x:\n=======\n"
        + "    if y:\n>>>>>>> REPLACE")
  }

  @Test(arguments: [
    ("b\n", "c\n", "a\nb", #"- {find: "b", replace: "c"}"#, "a\nc"),
    ("b\n", "c\n", "xb\na\nb", #"- {find: "\nb", replace: "\nc"}"#, "xb\na\nc"),
    ("a\nb\n", "c\n", "a\r\nb", #"- {find: "a\nb", replace: "c"}"#, "c"),
  ])
  func aMissingLastNewlineIsSaid(
    search: String, replacement: String, text: String, entry: String, after: String
  ) throws {
    #expect(
      try hint(Self.block(search, replacement), on: text)
        == "the file ends without a newline, and a block's last line has one; write\n" + entry)
    // What is said to be written does what was wanted.
    let plan = try plan("      - path: f\n        edit:\n          \(entry)\n", on: text)
    #expect(plan.steps[0].files[0].after.text == after)
  }

  @Test(arguments: [
    (
      #"{find: "clas A:", replace: "class B:"}"#, #"- {find: "class A:", replace: "class B:"}"#,
      "the nearest is line 2; to replace it write\n"
    ),
    (
      #"{find: "clas A:", replace: "B", count: 1, word: true}"#,
      #"- {find: "class A:", replace: "B", word: true}"#,
      "the nearest is line 2; to replace it write\n"
    ),
    (
      #"{after: "clas A:", insert: "  # é\u200B"}"#,
      #"- {after: "class A:", insert: "  # é\u200B"}"#,
      "the nearest is line 2; to insert after it write\n"
    ),
    (
      #"{before: "clas A:\n", insert: "\"q\"\n"}"#,
      #"- {before: "  class A:\n", insert: "\"q\"\n"}"#,
      "the nearest is line 2; to insert before it write\n"
    ),
  ])
  func theCorrectedEntryIsShown(edit: String, corrected: String, text: String) throws {
    let file = "import os\n  class A:\n"
    #expect(
      try hint("      - {path: f, edit: [\(edit)]}\n", on: file) == text + corrected)
    let plan = try plan("      - path: f\n        edit:\n          \(corrected)\n", on: file)
    #expect(plan.conflicts.isEmpty && plan.steps[0].files[0].action != .unchanged)
  }

  @Test(arguments: [
    (" def f():\n-    if x:\n+    if y:\n", #"line 2 is "\tif x:" and was to be "    if x:""#),
    (
      " def f():\n-\tif x:\n\\ No newline at end of file\n+b\n",
      #"line 2 has a newline at its end: leave out '\ No newline at end of file' below it"#
    ),
    (
      " def f():\n-\tif x:\n-end\n+b\n",
      "line 3 has no newline at its end: write '\\ No newline at end of file' below it in the patch"
    ),
  ])
  func aPatchSaysWhichWhiteSpaceDiffers(lines: String, hint: String) throws {
    let counts = lines.hasSuffix("-end\n+b\n") ? "@@ -1,3 +1,2 @@\n" : "@@ -1,2 +1,2 @@\n"
    let body = (counts + lines).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "          \($0)" }.joined(separator: "\n")
    let entry = "      - path: f\n        patch: |2\n\(body)"
    #expect(try self.hint(entry, on: "def f():\n\tif x:\nend") == hint)
  }
}
