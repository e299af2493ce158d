import Testing

@testable import Reporting

@Suite struct SideBySideTests {
  private func sides(_ old: String, _ new: String) -> SideBySide {
    SideBySide(from: Array(old.utf8), to: Array(new.utf8))
  }

  private func row(
    _ old: (Int, String)?, _ new: (Int, String)?, isChange: Bool = true
  ) -> SideBySide.Row {
    SideBySide.Row(
      old: old.map { SideBySide.Cell(number: $0.0, text: $0.1) },
      new: new.map { SideBySide.Cell(number: $0.0, text: $0.1) }, isChange: isChange)
  }

  @Test func whatReplacesStandsBesideWhatGoes() {
    let sides = sides("a\nb\nc\n", "a\nB\nB2\nc\n")
    #expect(
      sides.parts == [
        [
          row((1, "a"), (1, "a"), isChange: false), row((2, "b"), (2, "B")), row(nil, (3, "B2")),
          row((3, "c"), (4, "c"), isChange: false),
        ]
      ])
    #expect(sides.added == 2)
    #expect(sides.removed == 1)
  }

  @Test func farPartsStandAlone() {
    let old = (1...40).map { "\($0)\n" }
    var new = old
    new[2] = "three\n"
    new.remove(at: 30)
    let sides = sides(old.joined(), new.joined())
    #expect(sides.parts.count == 2)
    #expect(sides.parts[0][2].isChange == false || sides.parts[0][3].isChange == false)
    #expect(sides.parts[0].first == row((1, "1"), (1, "1"), isChange: false))
    #expect(sides.parts[0].contains(row((3, "3"), (3, "three"))))
    #expect(sides.parts[1].contains(row((31, "31"), nil)))
    #expect(sides.parts[1].last == row((34, "34"), (33, "34"), isChange: false))
  }

  @Test func aNewFileHasNoLeftSide() {
    let sides = sides("", "x\n\ny")
    #expect(sides.parts == [[row(nil, (1, "x")), row(nil, (2, "")), row(nil, (3, "y"))]])
  }

  @Test func linesThatLookLikeADiffAreText() {
    let sides = sides("-- a\n@@ -1 +1 @@\n", "++ b\n@@ -1 +1 @@\r\n")
    #expect(
      sides.parts == [
        [
          row((1, "-- a"), (1, "++ b")), row((2, "@@ -1 +1 @@"), (2, #"@@ -1 +1 @@\r"#)),
        ]
      ])
  }

  @Test func equalTextsHaveNoPart() {
    #expect(sides("a\n", "a\n").parts.isEmpty)
    #expect(sides("", "").parts.isEmpty)
  }
}
