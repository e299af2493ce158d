import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct PatchTests {
  private static func entry(_ path: String, _ patch: String) -> String {
    let body = patch.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "          \($0)" }.joined(separator: "\n")
    return "      - path: \(path)\n        patch: |2\n\(body)"
  }

  private func lines(_ planning: Planning, _ path: String, _ patch: String) throws -> [String] {
    try planning.lines(files: Self.entry(path, patch))
  }

  private let change = "@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n"
  private let old = "a\nb\nc\nd\ne\n"

  @Test func aHunkApplies() throws {
    var planning = try Planning(["f": old])
    let plan = try planning.plan(files: Self.entry("f", change))
    #expect(plan.lines == ["edited f"])
    #expect(plan.steps[0].files[0].after.text == "a\nb\nC\nd\ne\n")
    try planning.apply(plan)
    #expect(try lines(planning, "f", change) == ["unchanged f"])
  }

  @Test func anOffsetIsAllowedAndFuzzIsNot() throws {
    let moved = try Planning(["f": "1\n2\n3\n" + old]).plan(files: Self.entry("f", change))
    #expect(moved.steps[0].files[0].after.text == "1\n2\n3\na\nb\nC\nd\ne\n")
    let other = try Planning(["f": "a\nB\nc\nd\ne\n"]).plan(files: Self.entry("f", change))
    #expect(
      other.lines == [
        "conflict conflict-no-match f: hunk 1 (line 1 of the patch) does not fit the file"
      ])
    #expect(other.conflicts[0].hint == "line 2 is 'B' and was to be 'b'")
    let twice = try Planning(["f": "x\n" + old + old])
    #expect(
      try lines(twice, "f", change) == [
        "conflict conflict-patch f: hunk 1 (line 1 of the patch) fits at several places "
          + "(lines 3, 8)"
      ])
  }

  @Test func lineEndsAndLastLines() throws {
    let crlf = try Planning(["f": "a\r\nb\r\nc\r\nd\r\n"]).plan(files: Self.entry("f", change))
    #expect(crlf.steps[0].files[0].after.text == "a\r\nb\r\nC\r\nd\r\n")
    let patch = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
    let plan = try Planning(["f": "a"]).plan(files: Self.entry("f", patch))
    #expect(plan.steps[0].files[0].after.text == "a\n")
  }

  @Test func whereAFileEndsIsItsEnd() throws {
    let patch = "@@ -1 +1 @@\n-1\n+y\n\\ No newline at end of file\n"
    let other = try Planning(["f": "1\n2\n3\n"]).plan(files: Self.entry("f", patch))
    #expect(
      other.lines == [
        "conflict conflict-no-match f: hunk 1 (line 1 of the patch) does not fit the file"
      ])
    #expect(
      other.conflicts[0].hint == "the file goes on behind line 1, where it ends by the patch")
    let plan = try Planning(["f": "1\n"]).plan(files: Self.entry("f", patch))
    #expect(plan.steps[0].files[0].after.text == "y")
    #expect(try lines(Planning(["f": "y"]), "f", patch) == ["unchanged f"])
  }

  @Test(arguments: [
    "@@ -1,2 +1,2 @@\n-a\n+A\n\\ No newline at end of file\n b\n",
    "@@ -1,2 +1,2 @@\n-a\n\\ No newline at end of file\n-b\n+A\n+B\n",
    "@@ -1,2 +1,2 @@\n a\n\\ No newline at end of file\n-b\n+B\n",
  ])
  func aLineWithoutNewlineIsTheLast(patch: String) throws {
    let lines = try lines(Planning(["f": "a\nb\n"]), "f", patch)
    #expect(lines.count == 1)
    #expect(lines[0].contains("this line says that the file ends above it, and the hunk goes on"))
  }

  @Test func theSignatureOfAMailIsNoLine() throws {
    for end in ["-- \n2.39.5\n", "-- \n2.39.5\n\n", "--\n2.39.5 (Apple Git-154)\n"] {
      let plan = try Planning(["f": old]).plan(files: Self.entry("f", change + end))
      #expect(plan.steps[0].files.first?.after.text == "a\nb\nC\nd\ne\n")
    }
    // A removed line '- ', where the hunk still lacks lines, and where it has too many.
    let removed = "@@ -1,2 +1 @@\n a\n-- \n"
    let plan = try Planning(["f": "a\n- \n"]).plan(files: Self.entry("f", removed))
    #expect(plan.steps[0].files.first?.after.text == "a\n")
    for rest in ["+x\n", "", "-y\n"] {
      let lines = try lines(Planning(["f": old]), "f", change + "-- \n" + rest)
      #expect(lines.first?.contains("patch-count") == true)
    }
  }

  /// A patch that has both line ends is about them.
  @Test(arguments: [
    ("a\r\nb\r\nc\r\n", "@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\n c\r\n", "a\r\nB\nc\r\n"),
    ("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n-a\r\n-b\r\n+a\n+b\n", "a\nb\n"),
    ("a\nb\n", "@@ -1,2 +1,2 @@\n-a\n-b\n+a\r\n+b\r\n", "a\r\nb\r\n"),
    ("a\r\nb\n", "@@ -1,2 +1,2 @@\n a\r\n-b\n+b\r\n", "a\r\nb\r\n"),
  ])
  func aLineEndIsChanged(old: String, patch: String, new: String) throws {
    let quoted = patch.unicodeScalars.map { $0 == "\r" ? "\\r" : $0 == "\n" ? "\\n" : String($0) }
      .joined()
    let entry = "      - path: f\n        patch: \"\(quoted)\"\n"
    var planning = try Planning(["f": old])
    let plan = try planning.plan(files: entry)
    #expect(plan.steps[0].files[0].after.text == new)
    #expect(try Planning(["f": new]).plan(files: entry).lines == ["unchanged f"])
    try planning.apply(plan)
    #expect(try planning.plan(files: entry).lines == ["unchanged f"])
  }

  @Test func anEmptyFileIsFilledAndEmptied() throws {
    let fill = "@@ -0,0 +1,2 @@\n+a\n+b\n"
    let planning = try Planning(["f": ""])
    #expect(
      try planning.plan(files: Self.entry("f", fill)).steps[0].files[0].after.text == "a\nb\n")
    #expect(try lines(Planning(["f": "a\nb\n"]), "f", fill) == ["unchanged f"])
    #expect(
      try lines(Planning(["f": "c\n"]), "f", fill) == [
        "conflict conflict-no-match f: hunk 1 (line 1 of the patch) is for an empty file, and it is "
          + "not empty"
      ])
    let drain = "@@ -1,2 +0,0 @@\n-a\n-b\n"
    let full = try Planning(["f": "a\nb\n"]).plan(files: Self.entry("f", drain))
    #expect(full.steps[0].files[0].after.text == "")
    #expect(try lines(Planning(["f": ""]), "f", drain) == ["unchanged f"])
    // What holds something else is not empty.
    #expect(
      try lines(Planning(["f": "c\n"]), "f", drain) == [
        "conflict conflict-no-match f: hunk 1 (line 1 of the patch) does not fit the file"
      ])
  }

  @Test func halfOfItStands() throws {
    let two = "@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -4,2 +4,2 @@\n d\n-e\n+E\n"
    let planning = try Planning(["f": "A\nb\nc\nd\ne\n"])
    #expect(
      try lines(planning, "f", two) == [
        "conflict conflict-mix f: of 2 hunks one stands in the file already (1), others do not"
      ])
  }

  @Test func gitHeaders() throws {
    var planning = try Planning(["old": old, "gone": "x\n", "source": "s\n"])
    let text = [
      Self.entry(
        "new",
        "diff --git a/new b/new\nnew file mode 100755\nindex 0000000..1\n--- /dev/null\n"
          + "+++ b/new\n@@ -0,0 +1 @@\n+n\n"),
      Self.entry(
        "moved",
        "diff --git a/old b/moved\nsimilarity index 90%\nrename from old\nrename to moved\n"
          + "--- a/old\n+++ b/moved\n" + change),
      Self.entry(
        "gone",
        "diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n"
          + "@@ -1 +0,0 @@\n-x\n"),
      Self.entry(
        "copy",
        "diff --git a/source b/copy\nsimilarity index 100%\ncopy from source\ncopy to copy\n"),
      Self.entry(
        "link",
        "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n"
          + "@@ -0,0 +1 @@\n+new\n\\ No newline at end of file\n"),
      Self.entry("source", "diff --git a/source b/source\nold mode 100644\nnew mode 100755\n"),
    ].joined()
    let plan = try planning.plan(files: text)
    #expect(
      plan.lines == [
        "created new", "moved moved < old", "deleted old", "deleted gone", "created copy",
        "created link", "mode source",
      ])
    #expect(plan.steps[0].files[1].after.text == "a\nb\nC\nd\ne\n")
    try planning.apply(plan)
    #expect(
      try planning.lines(files: text) == [
        "unchanged new", "unchanged moved", "unchanged gone", "unchanged copy", "unchanged link",
        "unchanged source",
      ])
  }

  @Test func envelope() throws {
    let patch = """
      *** Begin Patch
      *** Update File: f
      @@ def two():
           x = 1
      -    y = 2
      +    y = 3
      *** End Patch

      """
    let text = "def one():\n    x = 1\n    y = 2\ndef two():\n    x = 1\n    y = 2\n"
    var planning = try Planning(["f": text])
    let plan = try planning.plan(files: Self.entry("f", patch))
    #expect(
      plan.steps[0].files.first?.after.text
        == "def one():\n    x = 1\n    y = 2\ndef two():\n    x = 1\n    y = 3\n")
    try planning.apply(plan)
    #expect(try lines(planning, "f", patch) == ["unchanged f"])
    let new = "*** Begin Patch\n*** Add File: g\n+one\n+two\n*** End Patch\n"
    #expect(
      try Planning().plan(files: Self.entry("g", new)).steps[0].files[0].after.text
        == "one\ntwo\n")
    let gone = "*** Begin Patch\n*** Delete File: f\n*** End Patch\n"
    #expect(try lines(planning, "f", gone) == ["deleted f"])
  }

  @Test(arguments: [
    (
      "@@ -1,2 +1 @@\n-a\n+b\n",
      "patch-count: hunk 1 has 1 old and 1 new lines, and its header says 2 and 1"
    ),
    ("@@ nonsense\n-a\n", "patch-hunk: the header of hunk 1 cannot be read"),
    ("hello\n", "patch-line: this line belongs to no part of a unified diff"),
    ("@@ -1 +1 @@\n-a\nb\n", "patch-line: this line of hunk 1 has no sign"),
    ("--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n", "patch-path: the patch is for 'g'"),
    ("@@ -1,0 +2 @@\n+b\n", "patch-context: hunk 1 has no line to find its place by"),
    ("diff --git a/f b/f\nGIT binary patch\n", "patch-binary: the patch holds a binary file"),
    (
      "diff --git a/f b/f\nnew file mode 160000\n",
      "patch-mode: the mode '160000' is none that a file can have"
    ),
    (
      "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n",
      "patch-files: the patch has a second file, and its entry names one"
    ),
    (
      "*** Begin Patch\n*** Update File: f\n@@\n-a\n+b\n",
      "patch-end: the patch does not end with '*** End Patch'"
    ),
  ])
  func faults(patch: String, expected: String) throws {
    let lines = try lines(try Planning(["f": "a\n"]), "f", patch)
    #expect(lines.count >= 1)
    let first = lines[0].split(separator: " ", maxSplits: 3)
    #expect("\(first[1]): \(first[3])" == expected)
  }

  /// The diff of two texts, applied to the first, is the second, and then it stands.
  @Test(arguments: [21, 22, 23]) func itsOwnDiffsApply(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      func text() -> String {
        (0..<Int.random(in: 1...30, using: &random)).map { _ in
          "\(Int.random(in: 0..<12, using: &random))\n"
        }.joined()
      }
      let (old, new) = (text(), text())
      let patch = UnifiedDiff.hunks(from: Array(old.utf8), to: Array(new.utf8))
      if patch.isEmpty { continue }
      var planning = try Planning(["f": old])
      let plan = try planning.plan(files: Self.entry("f", patch))
      guard plan.conflicts.isEmpty else {
        // A place that is not the only one, in both directions, is refused.
        #expect(plan.conflicts[0].rule == "conflict-patch", "seed \(seed)")
        continue
      }
      guard plan.steps[0].files[0].action == .edited else { continue }
      #expect(plan.steps[0].files[0].after.text == new, "seed \(seed)")
      try planning.apply(plan)
    }
  }

  /// Whatever the patch, it is read or refused.
  @Test(arguments: [31, 32]) func nothingTraps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "@@ -1 +1 @@\n", "@@ -1,2 +3,4 @@ x\n", "@@", "-a\n", "+b\n", " c\n", "\n", "\\ No\n",
      "--- a/f\n", "+++ b/f\n", "diff --git a/f b/f\n", "rename from x\n", "new file mode 100644\n",
      "*** Begin Patch\n", "*** Update File: f\n", "*** End of File\n", "*** End Patch\n", "x",
    ]
    for _ in 0..<300 {
      let patch = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }.joined()
      _ = try? lines(try Planning(["f": "a\nb\nc\n"]), "f", patch + "\n")
    }
  }
}
