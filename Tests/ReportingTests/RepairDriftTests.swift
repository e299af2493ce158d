import Platform
import Testing

@testable import Reporting

private func kinds(_ old: String?, _ new: String?, _ path: String = "a.py") -> [RepairDrift.Kind] {
  RepairDrift.places(
    of: RepairDrift.Change(
      run: "r", step: "s", path: path, declared: old.map { Array($0.utf8) },
      content: new.map { Array($0.utf8) })
  ).map(\.kind)
}

struct RepairDriftTests {
  @Test(
    arguments: [
      ("return a - b\n", "return a + b\n", RepairDrift.Kind.sign),
      ("if a <= b:\n", "if a < b:\n", .sign), ("x = 1\n", "x = 2\n", .literal),
      ("x = 'a'\n", "x = 'b c'\n", .literal), ("return foo(a)\n", "return bar(a)\n", .name),
      ("return a\n", "return a + 1\n", .expression), ("x=1\n", "x = 1\n", .spacing),
      ("a\n", "a\n\n\n", .spacing), ("x = 1\n", "import os\nx = 1\n", .importAdded),
      ("import os\nx = 1\n", "x = 1\n", .importRemoved),
      ("import os\nx = 1\n", "from os import path\nx = 1\n", .importChanged),
      ("x = 1\n", "# why\nx = 1\n", .comments), ("a = 1\n", "a = 1\nb = 2\n", .linesAdded),
      ("a = 1\nb = 2\n", "a = 1\n", .linesRemoved),
      ("a = one(two)\n", "for x in range(9):\n    print(x)\n", .linesChanged),
      ("return total\n", "raise ValueError(\"no\")\n", .expression),
    ] as [(String, String, RepairDrift.Kind)])
  func aPlaceHasItsKind(_ old: String, _ new: String, _ kind: RepairDrift.Kind) {
    #expect(kinds(old, new) == [kind])
  }

  @Test func otherFilesHaveTheirs() {
    #expect(kinds("a\n", nil) == [.fileRemoved])
    #expect(kinds(nil, "a\n") == [.fileAdded])
    #expect(kinds("a\n", "a\n") == [])
    #expect(kinds("a\0", "b\0") == [.bytes])
    #expect(kinds("x();\n", "// x\nx();\n", "a.js") == [.comments])
    #expect(kinds("x();\n", "# x\nx();\n", "a.js") == [.linesAdded])
    #expect(kinds("a\n", "a", "a") == [.spacing])
  }

  @Test func theMostFrequentComesFirst() {
    func change(_ run: String, _ old: String, _ new: String, _ path: String = "a.py")
      -> RepairDrift.Change
    {
      RepairDrift.Change(
        run: run, step: "s", path: path, declared: Array(old.utf8), content: Array(new.utf8))
    }
    let drift = RepairDrift(
      [
        change("r1", "x = 1\n", "x = 2\n"), change("r1", "a - b\n", "a + b\n", "b.go"),
        change("r2", "a - b\nsame\na < b\n", "a + b\nsame\na <= \u{1B}b\n"),
      ], repairs: 2)
    #expect(drift.rows.map(\.kind) == [.sign, .literal, .expression])
    #expect(drift.rows[0].places == 2 && drift.rows[0].runs == 2)
    #expect(
      DriftText.text(drift, Style(isColored: false), width: nil) == """
        2 repairs changed 4 places

        what                        places  runs  files
        a sign was wrong                 2     2  .go .py
        a number or text was wrong       1     1  .py
        an expression was wrong          1     1  .py

        a sign was wrong, last in a.py, run r2
          - a - b
          + a + b

        a number or text was wrong, last in a.py, run r1
          - x = 1
          + x = 2

        an expression was wrong, last in a.py, run r2
          - a < b
          + a <= \\u{1B}b

        """)
    let none = RepairDrift([], repairs: 0)
    #expect(
      DriftText.text(none, Style(isColored: false), width: nil)
        == "no repair has changed a byte of a manifest\n")
    #expect(DriftText.json(drift)["kinds"]?.array?.first?["last"]?["after"] == "a + b")
  }
}
