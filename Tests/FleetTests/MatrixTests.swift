import Platform
import Reporting
import Testing

@testable import Fleet

@Suite struct Matrices {
  private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

  private static func row(
    _ number: Int, _ state: Matrix.State, _ reason: String? = nil, steps: [String] = [],
    change: String? = nil
  ) -> Matrix.Row {
    var row = Matrix.Row("r\(number)", "/r\(number)", state, reason: reason)
    row.cells = steps.enumerated().map { index, text in
      Matrix.Cell(
        step: "\(index + 1)", outcome: "1 created", digest: digest(text), isRed: text == "red")
    }
    row.change = change.map(digest)
    return row
  }

  private static let matrix = Matrix(
    kind: .apply, manifest: "m <&>", file: "FLEET.yaml",
    rows: (0..<41).map { row($0, .passed, steps: ["a", "b", "c"], change: "one") }
      + (41..<47).map { row($0, .passed, steps: ["a", "b", "x"], change: "two") }
      + (47..<50).map { row($0, .refused, "dirty") },
    changes: [digest("one"): "+<b>one\u{1B}\n", digest("two"): "+two\n"])

  @Test func groupsSayHowManyAndWhereTheyDiffer() {
    #expect(Self.matrix.summary == "41 identical, 6 differ in step 3, 3 refused: dirty")
    #expect(Self.matrix.groups.map(\.rows.count) == [41, 6, 3])
  }

  @Test func howAStepBecameGreenIsNoDifference() {
    var rows = [
      Self.row(1, .repaired, steps: ["a"], change: "one"),
      Self.row(2, .repaired, steps: ["a"], change: "one"),
    ]
    rows[1].cells[0].outcome = "remembered"
    let matrix = Matrix(kind: .apply, manifest: "m", file: "f", rows: rows, changes: [:])
    #expect(matrix.summary == "2 identical: repaired")
  }

  /// What a killed process had landed is told otherwise by the next one.
  @Test func whatWasGoneOnWithIsNoDifference() {
    let usual = (1...6).map { Self.row($0, .passed, steps: ["a", "b"], change: "one") }
    let repaired = [
      Self.row(7, .repaired, steps: ["a, there already", "x"], change: "two"),
      Self.row(8, .repaired, steps: ["a", "x"], change: "two"),
    ]
    let red = [
      Self.row(9, .failed, "make", steps: ["a", "red"]),
      Self.row(10, .failed, "make", steps: ["a, there already", "red"]),
    ]
    let matrix = Matrix(
      kind: .apply, manifest: "m", file: "f", rows: usual + repaired + red, changes: [:])
    #expect(
      matrix.summary
        == "6 identical, 2 repaired (differ in step 2), 2 failed in step 2: make")
  }

  @Test func aRedGroupNamesItsStepAndReason() {
    let rows = [Self.row(1, .failed, "make", steps: ["a", "red"]), Self.row(2, .waiting)]
    let matrix = Matrix(kind: .apply, manifest: "m", file: "f", rows: rows, changes: [:])
    #expect(matrix.summary == "1 waiting, 1 failed in step 2: make")
  }

  /// The reason is a command of a report, which a worker elsewhere wrote.
  @Test func nothingOfAReportMovesTheTerminal() {
    var row = Self.row(1, .failed, "make\u{1B}]0;x\u{7}", steps: ["a", "red"])
    row.cells[1].step = "s\u{9B}2J"
    let matrix = Matrix(kind: .apply, manifest: "m", file: "f", rows: [row], changes: [:])
    let text = MatrixText(Style(isColored: false)).text(matrix)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Printable.isUnsafe($0) })
    let words = #"1 failed in step s\u{9B}2J: make\u{1B}]0;x\u{7}"#
    #expect(text.split(separator: words, omittingEmptySubsequences: false).count == 3)
  }

  @Test func costsThatCannotBeDoNotEndTheReport() {
    var rows = [Self.row(1, .passed), Self.row(2, .passed)]
    for index in rows.indices {
      rows[index].tokens = .max
      rows[index].usd = 1e18
    }
    var matrix = Matrix(kind: .apply, manifest: "m", file: "f", rows: rows, changes: [:])
    #expect(matrix.tokens == .max)
    let text = MatrixText(Style(isColored: false)).text(matrix)
    #expect(text.hasSuffix("· 9,223,372,036,854,775,807 tokens ($?)\n"), "\(text)")
    matrix.rows[0].usd = .nan
    #expect(MatrixText(Style(isColored: false)).text(matrix).hasSuffix(" tokens\n"))
  }

  @Test func thePageShowsEachDistinctChangeOnceAndTextStaysText() {
    let page = Self.matrix.html
    #expect(page.split(separator: "&lt;b&gt;one", omittingEmptySubsequences: false).count == 2)
    #expect(page.split(separator: "+two", omittingEmptySubsequences: false).count == 2)
    #expect(!page.contains("<b>one"))
    #expect(!page.unicodeScalars.contains("\u{1B}"))
    #expect(!page.contains("http://") && !page.contains("https://"))
  }

  @Test func otherProgramsGetTheSame() throws {
    let json = try JSON(parsing: Self.matrix.json(ok: false).text())
    #expect(json["summary"]?.string == Self.matrix.summary)
    #expect(json["groups"]?.array?.count == 3)
    #expect(json["changes"]?.object?.count == 2)
    #expect(json["ok"]?.bool == false)
    let junit = Self.matrix.junit
    // A case for each of three steps in 47 repositories, and for each of three refused.
    #expect(
      junit.contains(
        "<testsuites name=\"m &lt;&amp;&gt;\" tests=\"144\" failures=\"3\" errors=\"0\">"))
    #expect(Self.matrix.markdown.contains("| ! | 3 refused: dirty | r47, r48, r49 |"))
  }

  @Test func eachStepOfARepositoryIsACaseAndNoRedOneLooksGreen() {
    var failed = Self.row(1, .failed, "a<b>\n", steps: ["a", "red", "c"])
    failed.detail = "\"x\" & ]]>"
    failed.cells[1].outcome = "failed"
    var unpushed = Self.row(2, .failed, "push", steps: ["a"])
    unpushed.repository = "r<&>"
    let matrix = Matrix(
      kind: .apply, manifest: "m", file: "f",
      rows: [
        failed, unpushed, Self.row(3, .waiting), Self.row(4, .unselected, "no x"),
        Self.row(5, .unchanged),
      ], changes: [:])
    #expect(
      matrix.junit == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="m" tests="8" failures="2" errors="0">
          <testsuite name="r1" tests="3" failures="1" errors="0" skipped="1">
            <testcase classname="r1" name="1"/>
            <testcase classname="r1" name="2">
              <failure message="failed: a&lt;b&gt;\\n: &quot;x&quot; &amp; ]]&gt;" type="failed"/>
            </testcase>
            <testcase classname="r1" name="3">
              <skipped message="not tried"/>
            </testcase>
          </testsuite>
          <testsuite name="r&lt;&amp;&gt;" tests="2" failures="1" errors="0" skipped="0">
            <testcase classname="r&lt;&amp;&gt;" name="1"/>
            <testcase classname="r&lt;&amp;&gt;" name="repository">
              <failure message="push" type="failed"/>
            </testcase>
          </testsuite>
          <testsuite name="r3" tests="1" failures="0" errors="0" skipped="1">
            <testcase classname="r3" name="repository">
              <skipped message="waiting"/>
            </testcase>
          </testsuite>
          <testsuite name="r4" tests="1" failures="0" errors="0" skipped="1">
            <testcase classname="r4" name="repository">
              <skipped message="no x"/>
            </testcase>
          </testsuite>
          <testsuite name="r5" tests="1" failures="0" errors="0" skipped="0">
            <testcase classname="r5" name="repository"/>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func theShareWithoutAModelIsOfWhatWasDone() {
    var matrix = Self.matrix
    matrix.rows[0].needsModel = true
    matrix.rows[0].tokens = 1240
    matrix.rows[0].usd = 0.0021
    #expect(MatrixSums(matrix).text == "46 of 47 needed no model (97 %) · 1,240 tokens ($0.0021)")
    let text = MatrixText(Style(isColored: false)).text(matrix)
    #expect(text.contains("  r0  1,240 tokens ($0.0021)\n"))
  }

  /// As counts: groups and texts grow with what is distinct, not with the repositories.
  @Test func aThousandRepositoriesAreGroupedInOneWalk() {
    let rows = (0..<10_000).map { Self.row($0, .passed, steps: ["a"], change: "c\($0 % 7)") }
    let matrix = Matrix(kind: .plan, manifest: "m", file: "f", rows: rows, changes: [:])
    #expect(matrix.groups.count == 7)
    #expect(matrix.groups.map(\.rows.count).reduce(0, +) == 10_000)
  }
}
