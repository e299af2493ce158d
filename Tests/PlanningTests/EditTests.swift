import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct EditTests {
  /// What an edit of `f` makes of a text; nil where it stands, else the conflict or fault.
  private func result(of edits: String, on text: String) throws -> String {
    let planning = try Planning(["f": text])
    let entry = "      - {path: f, edit: [\(edits)]}\n"
    do {
      let plan = try planning.plan(files: entry)
      if let conflict = plan.conflicts.first { return "\(conflict.rule): \(conflict.message)" }
      return plan.steps[0].files[0].action == .unchanged
        ? "stands" : plan.steps[0].files[0].after.text ?? ""
    } catch let faults as DiagnosticList {
      return faults.all.map { "\($0.rule): \($0.message)" }.joined(separator: "; ")
    }
  }

  @Test(arguments: [
    // Find and replace: exactly once.
    (#"{find: "a", replace: "b"}"#, "xax\n", "xbx\n"),
    (#"{find: "a", replace: "b"}"#, "xbx\n", "stands"),
    (
      #"{find: "a", replace: "b"}"#, "aba\n",
      "conflict-count: the text to find occurs 2 times (lines 1, 1), and must occur once"
    ),
    (#"{find: "a", replace: "ab"}"#, "xab\n", "stands"),
    (
      #"{find: "a", replace: "b"}"#, "bcb\n",
      "conflict-no-match: the text to find does not occur in the file"
    ),
    (#"{find: "a", replace: "b", count: 2}"#, "aca\n", "bcb\n"),
    (#"{find: "a", replace: "b", count: 2}"#, "bcb\n", "stands"),
    (#"{find: "a", replace: "b", count: all}"#, "abba\n", "bbbb\n"),
    (#"{find: "a", replace: "b", count: all}"#, "bb\n", "stands"),
    (#"{find: "a", replace: "b", word: true}"#, "aa a\n", "aa b\n"),
    (#"{find: "a", replace: "b", word: true}"#, "aa b bb\n", "stands"),
    (
      #"{find: "aa", replace: "b"}"#, "aaa\n",
      "conflict-count: the text to find occurs 2 times (lines 1, 1), and must occur once"
    ),
    (
      #"{find: "aa", replace: "b", count: 3}"#, "aaaa\n",
      "conflict-count: the text to find occurs 3 times (lines 1, 1, 1) and overlaps itself: what is "
        + "meant is unclear"
    ),
    (
      #"{find: "aa", replace: "b", count: 2}"#, "aaaa\n",
      "conflict-count: the text to find occurs 3 times (lines 1, 1, 1) and overlaps itself: what is "
        + "meant is unclear"
    ),
    (#"{find: "aa", replace: "b", count: 2}"#, "aa aa\n", "b b\n"),
    (#"{find: "a", replace: ""}"#, "xax\n", "xx\n"),
    // What its own result would change again is refused.
    (
      #"{find: "ab", replace: "b"}"#, "aab\n",
      "edit-not-idempotent: f: applied to its own result, the edit would change it once more"
    ),
    // Inserts stand beside their anchor.
    (#"{after: "a\n", insert: "b\n"}"#, "a\nc\n", "a\nb\nc\n"),
    (#"{after: "a\n", insert: "b\n"}"#, "a\nb\nc\n", "stands"),
    (#"{before: "c\n", insert: "b\n"}"#, "a\nc\n", "a\nb\nc\n"),
    (#"{before: "c\n", insert: "b\n"}"#, "a\nb\nc\n", "stands"),
    (
      #"{after: "a", insert: "b\n"}"#, "x a\nc\n",
      "edit-joins-lines: f: the inserted lines would begin in the line that 'after' ends"
    ),
    // Ends of the file.
    (#"{append: "b\n"}"#, "a\n", "a\nb\n"), (#"{append: "b\n"}"#, "a\nb\n", "stands"),
    (#"{prepend: "b\n"}"#, "a\n", "b\na\n"), (#"{prepend: "b\n"}"#, "b\na\n", "stands"),
    (
      #"{append: "b\n"}"#, "a",
      "edit-joins-lines: f: the file does not end with a newline, so that the appended text would "
        + "join its last line"
    ),
    // Several edits: all or none.
    (#"{find: "a", replace: "b"}, {find: "b", replace: "c"}"#, "a\n", "c\n"),
    (#"{find: "a", replace: "b"}, {find: "b", replace: "c"}"#, "c\n", "stands"),
    (
      #"{find: "a", replace: "b"}, {append: "z\n"}"#, "b\n",
      "conflict-mix: of 2 edits one stands in the file already (1), the others do not"
    ),
    (#"{after: "a\n", insert: "x\n"}, {after: "a\n", insert: "y\n"}"#, "a\n", "a\ny\nx\n"),
    (#"{after: "a\n", insert: "x\n"}, {after: "a\n", insert: "y\n"}"#, "a\ny\nx\n", "stands"),
    // A pattern is never known to stand.
    (#"{match: "v(\\d+)", replace: "w$1"}"#, "v12\n", "w12\n"),
    (
      #"{match: "v(\\d+)", replace: "w$1"}"#, "w12\n",
      "conflict-no-match: the pattern matches nothing in the file"
    ),
    (
      #"{match: "v+", replace: "$0v"}"#, "v\n",
      "edit-not-idempotent: f: applied to its own result, the edit would change it once more"
    ),
    (
      #"{match: "v", replace: "w"}"#, "v v\nv\n",
      "conflict-count: the pattern matches 3 times (lines 1, 1, 2), and must match once"
    ),
    (#"{match: "v", replace: "w", count: all}"#, "v v\nv\n", "w w\nw\n"),
    // Newlines are those of the file.
    (#"{find: "a\nb\n", replace: "c\nd\n"}"#, "a\r\nb\r\n", "c\r\nd\r\n"),
    (#"{append: "b\n"}"#, "a\r\n", "a\r\nb\r\n"),
    (#"{append: "b\n"}"#, "a\r\nb\r\n", "stands"),
    (#"{match: "a", replace: "b\nc"}"#, "a\r\n", "b\r\nc\r\n"),
  ])
  func edits(edits: String, text: String, expected: String) throws {
    #expect(try result(of: edits, on: text) == expected)
  }

  @Test func nearestLinesAreShown() throws {
    let planning = try Planning(["f": "def f(x):\n    return x\n\ndef g(y):\n  return y\n"])
    let plan = try planning.plan(
      files: """
              - path: f
                edit: |
                  <<<<<<< SEARCH
                  def g(y):
                      return y
                  =======
                  def g(y):
                      return y + 1
                  >>>>>>> REPLACE

        """)
    #expect(
      plan.conflicts[0].hint == """
        the nearest begins at line 4; to replace it write
        <<<<<<< SEARCH
        def g(y):
          return y
        =======
        def g(y):
            return y + 1
        >>>>>>> REPLACE
        """)
  }

  @Test func memoryDecidesFirst() throws {
    let planning = try Planning(["f": "w12\n"])
    let text = "      - {path: f, edit: [{match: \"v\", replace: \"w\"}]}\n"
    let conflict = "conflict conflict-no-match f: the pattern matches nothing in the file"
    #expect(try planning.lines(files: text) == [conflict])
    let declared = try Planning(["f": "v"]).plan(files: text).steps[0].files[0].declared
    planning.owner.results = [
      .init(
        path: "f", declared: try #require(declared), present: Digest(of: Array("w12\n".utf8)))
    ]
    #expect(try planning.lines(files: text) == ["unchanged f"])
  }

  @Test func aChangedEditIsAppliedToTheBytesFromBefore() throws {
    // The first version appended "one", the corrected one appends "two".
    let planning = try Planning(["f": "a\none\n"])
    planning.owner.originals["f"] = .bytes(Array("a\n".utf8))
    let text = "      - {path: f, edit: [{append: \"two\\n\"}]}\n"
    let plan = try planning.plan(files: text)
    #expect(plan.lines == ["edited f"])
    #expect(plan.steps[0].files[0].after.text == "a\ntwo\n")
    planning.owner.originals["f"] = .gone(run: "r1")
    #expect(
      try planning.lines(files: text) == [
        "conflict conflict-original f: 'f' holds what an earlier version of this entry left in run "
          + "r1, and the bytes from before it are gone"
      ])
  }

  @Test func aChangedEditOfAMovedFileIsAppliedToTheBytesBeforeTheMove() throws {
    // The first version appended "one" to what it moved, the corrected one appends "two".
    let planning = try Planning(["g": "a\none\n"])
    let text = "      - {path: g, move_from: f, edit: [{append: \"two\\n\"}]}\n"
    planning.owner.originals["f -> g"] = .bytes(Array("a\n".utf8))
    let plan = try planning.plan(files: text)
    #expect(plan.lines == ["edited g"])
    #expect(plan.steps[0].files[0].after.text == "a\ntwo\n")
    planning.owner.originals["f -> g"] = .gone(run: "r1")
    #expect(try planning.plan(files: text).conflicts.map(\.rule) == ["conflict-original"])
  }

  /// Whatever the edits and the file: applied once they stand, or the plan refuses them.
  @Test(arguments: [11, 12, 13, 14]) func planningAgainChangesNothing(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<150 {
      func word(_ longest: Int) -> String {
        (0..<Int.random(in: 1...longest, using: &random)).map { _ in
          ["a", "b", "\\n"][Int.random(in: 0..<3, using: &random)]
        }.joined()
      }
      func edit() -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return "{append: \"\(word(3))\"}"
        case 1: return "{prepend: \"\(word(3))\"}"
        case 2: return "{after: \"\(word(2))\", insert: \"\(word(3))\"}"
        case 3: return "{find: \"\(word(2))\", replace: \"\(word(3))\", count: all}"
        default: return "{find: \"\(word(3))\", replace: \"\(word(3))\"}"
        }
      }
      let edits = (0..<Int.random(in: 1...3, using: &random)).map { _ in edit() }
      let entry = "      - {path: f, edit: [\(edits.joined(separator: ", "))]}\n"
      var planning = try Planning(["f": word(8).replacing("\\n", with: "\n")])
      let plan: Plan
      do {
        plan = try planning.plan(files: entry)
      } catch is DiagnosticList {
        continue
      }
      guard plan.conflicts.isEmpty else { continue }
      try planning.apply(plan)
      let after = try planning.text("f")
      // Without memory a second plan may fail to see it, but never changes it once more.
      if let again = try? planning.plan(files: entry), again.conflicts.isEmpty {
        try planning.apply(again)
      }
      #expect(try planning.text("f") == after, "seed \(seed): \(entry)")
    }
  }
}
