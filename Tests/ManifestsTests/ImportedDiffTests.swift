import Testing
import YAMLTree

@testable import Manifests

/// Diffs as git and diff write them, whatever they were told.
@Suite struct ImportedDiffTests {
  private func read(_ text: String) -> Result<[FileEntry], DiagnosticList> {
    do throws(DiagnosticList) {
      let source = SourceText(name: "in", bytes: Array(text.utf8))
      return .success(
        try Importer.read(source, from: .diff, name: "in").manifest.steps.flatMap(\.files))
    } catch {
      return .failure(error)
    }
  }

  private func faults(_ text: String) -> [String] {
    switch read(text) {
    case .success: []
    case .failure(let error): error.all.map { "\($0.rule)@\($0.mark?.line ?? 0)" }
    }
  }

  /// Each entry as `verb path`; a patch is read as it will be when it is applied.
  private func entries(_ text: String) throws -> [String] {
    try read(text).get().map { entry in
      switch entry.action {
      case .content: "write \(entry.path)"
      case .delete: "delete \(entry.path)"
      case .move(let source, _): "move \(source) \(entry.path)"
      case .patch(let text):
        switch FilePatch.read(text.decoded(), for: entry.path) {
        case .success(let patch):
          if case .rename(let source) = patch.kind {
            "rename \(source) \(entry.path)"
          } else {
            "patch \(entry.path)"
          }
        case .failure(let faults): "wrong \(entry.path): \(faults.all[0].rule)"
        }
      default: "other \(entry.path)"
      }
    }
  }

  private static let hunk = "@@ -1 +1 @@\n-a\n+b\n"

  // MARK: Prefixes

  static let prefixes: [(String, [String])] = [
    // As a rule.
    ("diff --git a/x b/x\n--- a/x\n+++ b/x\n" + hunk, ["patch x"]),
    ("--- a/x\n+++ b/x\n" + hunk, ["patch x"]),
    // None: folders of these names.
    (
      "diff --git b/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n",
      ["write b/n"]
    ),
    (
      "diff --git a/n a/n\ndeleted file mode 100644\n--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
      ["delete a/n"]
    ),
    ("diff --git a/e a/e\nnew file mode 100644\nindex 0000000..e69de29\n", ["write a/e"]),
    ("diff --git a/x a/x\n--- a/x\n+++ a/x\n" + hunk, ["patch a/x"]),
    ("diff --git x x\n--- x\n+++ x\n" + hunk, ["patch x"]),
    (
      "diff --git a/x b/x\nsimilarity index 100%\nrename from a/x\nrename to b/x\n",
      ["move a/x b/x"]
    ),
    (
      "diff --git a/x b/x\nsimilarity index 90%\nrename from a/x\nrename to b/x\n--- a/x\n+++ b/x\n"
        + hunk,
      ["rename a/x b/x"]
    ),
    // diff.mnemonicPrefix, --src-prefix.
    (
      "diff --git i/n w/n\nnew file mode 100644\n--- /dev/null\n+++ w/n\n@@ -0,0 +1 @@\n+a\n",
      ["write n"]
    ),
    ("diff --git i/n w/n\n--- i/n\n+++ w/n\n" + hunk, ["patch n"]),
    ("diff --git old/d/n new/d/n\n--- old/d/n\n+++ new/d/n\n" + hunk, ["patch d/n"]),
    (
      "diff --git i/o w/n\nsimilarity index 90%\nrename from o\nrename to n\n--- i/o\n+++ w/n\n"
        + hunk,
      ["rename o n"]
    ),
    // Names in quotes.
    (
      "diff --git \"a/\\303\\251\" \"b/\\303\\251\"\n--- \"a/\\303\\251\"\n+++ \"b/\\303\\251\"\n"
        + hunk, ["patch é"]
    ),
    ("diff --git \"b/\\303\\251\" \"b/\\303\\251\"\nnew file mode 100644\n", ["write b/é"]),
  ]

  @Test(arguments: prefixes)
  func pathsAreThoseOfTheTree(text: String, expected: [String]) throws {
    #expect(try entries(text) == expected)
  }

  // MARK: What diff -r says beside changes

  @Test(arguments: [
    ("Binary files a/x.png and b/x.png differ\n", "import-cannot@1"),
    ("diff -ru a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n", "import-cannot@2"),
    (
      "diff -ru a/x.png b/x.png\nBinärdateien a/x.png und b/x.png sind verschieden.\n",
      "import-cannot@1"
    ),
    ("Only in b: new.txt\n", "import-cannot@1"), ("Files a/x and b/x differ\n", "import-cannot@1"),
    ("Symbolic links a/l and b/l differ\n", "import-cannot@1"),
  ])
  func aChangeThatIsNotShownIsRefused(line: String, fault: String) {
    #expect(faults(line + "diff -ru a/y b/y\n--- a/y\n+++ b/y\n" + Self.hunk) == [fault])
  }

  @Test func aCommitsMessageIsNone() throws {
    let text = "Subject: Only in b: c\n\nOnly in debug: x\n\n"
    #expect(faults("--- a/y\n+++ b/y\n" + Self.hunk + text) == ["import-cannot@8"])
    let mail = "diff --git a/y b/y\n--- a/y\n+++ b/y\n" + Self.hunk + text
    #expect(
      try entries(mail + "diff --git a/z b/z\n--- a/z\n+++ b/z\n" + Self.hunk) == [
        "patch y", "patch z",
      ])
  }

  // MARK: Hunks

  @Test func aRemovedLineMayLookLikeAHeader() throws {
    let hunk = "@@ -1,3 +1,3 @@\n x\n--- old\n+++ new\n y\n"
    #expect(try entries("--- a/q.sql\n+++ b/q.sql\n" + hunk) == ["patch q.sql"])
    // Where the hunk is full, it is one: a second file.
    let two = hunk + "--- a/r\n+++ b/r\n" + Self.hunk
    guard case .failure(let faults) = FilePatch.read(Array(two.utf8), for: nil) else {
      Issue.record("read as one file")
      return
    }
    #expect(faults.all.map(\.rule) == ["patch-files"])
  }

  @Test func theCountsOfAHunkAreHeld() {
    for text in [
      "@@ -1,2 +1 @@\n-a\n+b\n", "@@ -1 +1 @@\n-a\n-c\n+b\n",
      "@@ -1,2 +1,2 @@\n x\n@@ -9 +9 @@\n-a\n+b\n",
    ] {
      guard case .failure(let faults) = FilePatch.read(Array(text.utf8), for: nil) else {
        Issue.record("\(text) is read")
        continue
      }
      #expect(faults.all[0].rule == "patch-count")
    }
  }

  @Test(arguments: [
    "+c\n", "-c\n", " c\n", "-- c\n", "---\n", "\n+c\n", "\n-c\n", "\n-  c\n",
    "\\ No newline at end of file\n+c\n", "-- \n+c\n", "@@ ... @@\n-c\n+d\n",
  ])
  func moreLinesThanAHunkSaysAreRefused(rest: String) {
    let isSecond = ["\n", "\\", "-- \n"].contains { rest.hasPrefix($0) }
    let line = isSecond ? 7 : 6
    for head in ["", "diff --git a/x b/x\n"] {
      #expect(
        faults(head + "--- a/x\n+++ b/x\n" + Self.hunk + rest).first
          == "diff-hunk@\(line + (head.isEmpty ? 0 : 1))")
    }
    #expect(faults("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n+c\n") == ["diff-hunk@5"])
  }

  @Test(arguments: [
    "-- \n2.39.2\n\nFrom 1234\nSubject: + x\n\n+ y\n- z\n---\n x | 2 +-\n\n", "--\n2.39.2\n",
    "\n- Then change y:\n", "\n  Then this:\n", "Index: y\n=====\n", "\n\n", "Then y:\n+ it\n",
  ])
  func textBetweenFilesIsAllowed(text: String) throws {
    for head in ["", "diff --git a/y b/y\n"] {
      let file = head + "--- a/y\n+++ b/y\n" + Self.hunk
      let first = file.replacing("y\n", with: "x\n").replacing("a/y ", with: "a/x ")
      #expect(try entries(first + text + file) == ["patch x", "patch y"])
    }
  }

  // MARK: Lints

  @Test func whatADiffHoldsIsMeant() throws {
    let text =
      "--- /dev/null\n+++ b/x.py\n@@ -0,0 +1,7 @@\n+a\n+# ... rest of the file unchanged\n"
      + "+<<<<<<< a\n+x\n+=======\n+y\n+>>>>>>> b\n"
    let entry = try #require(try read(text).get().first)
    #expect(entry.elisionIsFine && entry.markersAreFine)
    // A reply's may be what a model left out.
    let reply = SourceText(name: "in", bytes: Array("```diff\n\(text)```\n".utf8))
    let other = try Importer.read(reply, name: "in").manifest.steps[0].files[0]
    #expect(!other.elisionIsFine && !other.markersAreFine)
  }

  @Test func anEmptyFileIsAPlace() throws {
    let head =
      "diff --git a/__init__.py b/__init__.py\nindex e69de29..587be6b 100644\n--- a/__init__.py\n+++ b/__init__.py\n"
    #expect(try entries(head + "@@ -0,0 +1 @@\n+x\n") == ["patch __init__.py"])
    // At the line of the diff, which is what the reader has before them.
    #expect(faults("message\n" + head + "@@ -3,0 +4 @@\n+x\n") == ["patch-context@6"])
    #expect(
      faults(head + "@@ -0,0 +1 @@\n+x\n@@ -0,0 +2 @@\n+y\n")
        == ["patch-context@5", "patch-context@7"])
  }

  @Test func lineEndsAreContent() throws {
    let text = "diff --git a/w b/w\n--- a/w\n+++ b/w\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+B\r\n"
    let entry = try #require(try read(text).get().first)
    guard case .patch(let patch) = entry.action else {
      Issue.record("no patch")
      return
    }
    #expect(patch.string == text)
    let new =
      "diff --git a/w b/w\nnew file mode 100644\n--- /dev/null\n+++ b/w\n@@ -0,0 +1,2 @@\n+a\r\n+b\n"
    guard case .content(let content) = try #require(try read(new).get().first).action else {
      Issue.record("no content")
      return
    }
    #expect(content.string == "a\r\nb\n")
  }

  // MARK: diff -ruN old new

  /// Files that are there on one side only have the first second of 1970 on the other, in whatever
  /// zone it is written.
  @Test(arguments: [
    "1970-01-01 00:00:00.000000000 +0000", "1969-12-31 19:00:00.000000000 -0500",
    "1970-01-01 05:30:00 +0530",
  ])
  func firstFoldersDiffer(epoch: String) throws {
    let time = "2026-01-02 03:04:05.678 +0000"
    let text =
      "diff -ruN old/a new/a\n--- old/a\t\(time)\n+++ new/a\t\(time)\n" + Self.hunk
      + "diff -ruN old/d/n new/d/n\n--- old/d/n\t\(epoch)\n+++ new/d/n\t\(time)\n"
      + "@@ -0,0 +1 @@\n+n\ndiff -ruN old/o new/o\n--- old/o\t\(time)\n+++ new/o\t\(epoch)\n"
      + "@@ -1 +0,0 @@\n-o\n"
    #expect(try entries(text) == ["patch a", "write d/n", "delete o"])
  }

  @Test func whatIsNoDifferenceOfFirstFoldersStays() throws {
    func names(_ old: String, _ new: String) throws -> [String] {
      try entries("--- \(old)\n+++ \(new)\n" + Self.hunk)
    }
    #expect(try names("x/a", "x/a") == ["patch x/a"])
    #expect(try names("a/x/f", "b/x/f") == ["patch x/f"])
    // A file of that time, with lines.
    let old = "1970-01-01 00:00:00 +0000"
    #expect(try names("old/f\t\(old)", "new/f\t\(old)") == ["patch f"])
    // An empty one that was written at another time.
    #expect(
      try entries("--- o/f\t2026-01-02 00:00:00 +0000\n+++ n/f\n@@ -0,0 +1 @@\n+x\n")
        == ["patch f"])
  }

  @Test func anEndWithinAHunkIsRefused() {
    let new = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n"
    #expect(
      faults(new + "@@ -0,0 +1,2 @@\n+a\n\\ No newline at end of file\n+b\n") == ["patch-line@7"])
  }
}
