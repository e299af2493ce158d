import Planning
import Platform
import Testing
import YAMLTree

@Suite struct UnifiedDiffTests {
  private func hunks(_ old: String, _ new: String) -> String {
    UnifiedDiff.hunks(from: Array(old.utf8), to: Array(new.utf8))
  }

  @Test func oneHunkWithContext() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"
    #expect(hunks(old, new) == "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n")
  }

  @Test func nearChangesAreOneHunkAndFarOnesTwo() {
    let old = (1...20).map { "\($0)\n" }.joined()
    let near = old.replacing("\n5\n", with: "\nA\n").replacing("\n11\n", with: "\nB\n")
    #expect(hunks(old, near).split(separator: "\n").count { $0.hasPrefix("@@") } == 1)
    let far = old.replacing("\n5\n", with: "\nA\n").replacing("\n13\n", with: "\nB\n")
    #expect(hunks(old, far).split(separator: "\n").count { $0.hasPrefix("@@") } == 2)
  }

  @Test func endsOfFiles() {
    #expect(hunks("", "a\n") == "@@ -0,0 +1 @@\n+a\n")
    #expect(hunks("a\n", "") == "@@ -1 +0,0 @@\n-a\n")
    #expect(
      hunks("a", "a\n") == "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n")
    #expect(hunks("a\n", "a\n") == "")
  }

  @Test func controlsAreEscaped() {
    #expect(hunks("a\n", "\u{1B}[31m\t\r\n") == "@@ -1 +1 @@\n-a\n+\\u{1B}[31m\t\\r\n")
  }

  @Test func headers() throws {
    var planning = try Planning(["old": "a\n", "gone": "x\n", "mode": "m\n", "edited": "1\n"])
    planning.tree.write([0, 1, 2], to: try RelativePath("binary"))
    planning.options.keepsReplaced = true
    let plan = try planning.plan(
      files: """
              - {path: new, content: "n\\n", executable: true}
              - {path: moved, move_from: old, edit: [{append: "b\\n"}]}
              - {path: gone, delete: true}
              - {path: mode, executable: true}
              - {path: edited, content: "2\\n"}
              - {path: link, symlink: edited}
              - {path: binary, base64: "AAEC/w=="}

        """)
    #expect(
      UnifiedDiff.text(of: plan.steps[0]) == """
        diff --git a/new b/new
        new file mode 100755
        --- /dev/null
        +++ b/new
        @@ -0,0 +1 @@
        +n
        diff --git a/old b/moved
        rename from old
        rename to moved
        --- a/old
        +++ b/moved
        @@ -1 +1,2 @@
         a
        +b
        diff --git a/gone b/gone
        deleted file mode 100644
        --- a/gone
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        diff --git a/mode b/mode
        old mode 100644
        new mode 100755
        diff --git a/edited b/edited
        --- a/edited
        +++ b/edited
        @@ -1 +1 @@
        -1
        +2
        diff --git a/link b/link
        new file mode 120000
        --- /dev/null
        +++ b/link
        @@ -0,0 +1 @@
        +edited
        \\ No newline at end of file
        diff --git a/binary b/binary
        Binary files a/binary and b/binary differ

        """)
  }

  /// The hunks, taken as a patch, must turn the old text into the new one, whatever the texts.
  @Test(arguments: [1, 2, 3, 4, 5]) func hunksTurnOldIntoNew(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let alphabet = Int.random(in: 2...8, using: &random)
      func text() -> String {
        (0..<Int.random(in: 0...40, using: &random)).map { _ in
          "\(Int.random(in: 0..<alphabet, using: &random))\n"
        }.joined()
      }
      let (old, new) = (text(), text())
      #expect(Self.patch(old, with: hunks(old, new)) == new, "seed \(seed)")
    }
  }

  @Test func hugeDifferentFilesEnd() {
    let old = (0..<60_000).map { "\($0 % 7)\n" }.joined()
    let new = (0..<60_000).map { "\($0 % 5)\n" }.joined()
    #expect(Self.patch(old, with: hunks(old, new)) == new)
  }

  /// A simple applier: hunks in order, every line as it says.
  private static func patch(_ old: String, with hunks: String) -> String {
    let lines = old.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    var result: [Substring] = []
    var next = 0
    for line in hunks.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      switch line.first {
      case "@":
        let span = line.dropFirst(4).prefix { $0 != " " }.split(separator: ",")
        let count = span.count > 1 ? Int(span[1]) ?? -1 : 1
        let start = (Int(span[0]) ?? 0) - (count == 0 ? 0 : 1)
        result += lines[next..<start]
        next = start
      case "-": next += 1
      case "+": result.append(line.dropFirst())
      default:
        result.append(lines[next])
        next += 1
      }
    }
    result += lines[next...]
    return result.map { $0 + "\n" }.joined()
  }
}
