import Planning
import Testing

/// A patch that stands is known to stand by the file alone, as in a fresh clone.
@Suite struct PatchSecondTimeTests {
  private static func entry(_ patch: String) -> String {
    let body = patch.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "          \($0)" }.joined(separator: "\n")
    return "      - path: f\n        patch: |2\n\(body)"
  }

  private func diff(_ old: String, _ new: String) -> String {
    UnifiedDiff.hunks(from: Array(old.utf8), to: Array(new.utf8))
  }

  /// Lines as code has them: most stand once, closing brackets and empty ones often.
  private func lines(
    _ count: Int, _ random: inout SeededGenerator, _ serial: inout Int
  ) -> [String] {
    (0..<count).map { _ in
      serial += 1
      return ["}", ""].randomElement(using: &random).flatMap {
        Int.random(in: 0..<4, using: &random) == 0 ? $0 : nil
      } ?? "line \(serial)"
    }
  }

  /// Edits at the ends, too, and more than one hunk as a rule.
  private func texts(_ random: inout SeededGenerator) -> (old: String, new: String) {
    var serial = 0
    let old = lines(Int.random(in: 0...40, using: &random), &random, &serial)
    var new = old
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let ends = [0, new.count]
      let at =
        Bool.random(using: &random)
        ? ends.randomElement(using: &random) ?? 0 : Int.random(in: 0...new.count, using: &random)
      let end = min(new.count, at + Int.random(in: 0...2, using: &random))
      new.replaceSubrange(
        at..<end, with: lines(Int.random(in: 0...2, using: &random), &random, &serial))
    }
    func text(_ lines: [String]) -> String {
      let text = lines.map { $0 + "\n" }.joined()
      return Int.random(in: 0..<6, using: &random) == 0 ? String(text.dropLast()) : text
    }
    return (text(old), text(new))
  }

  @Test(arguments: [61, 62, 63, 64]) func randomEdits(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var unclear = 0
    for _ in 0..<250 {
      let (old, new) = texts(&random)
      let patch = diff(old, new)
      if patch.isEmpty { continue }
      let entry = Self.entry(patch)
      let first = try Planning(["f": old]).plan(files: entry)
      let second = try Planning(["f": new]).plan(files: entry)
      let said = (first.lines + second.lines).joined(separator: "\n")
      if said.contains("conflict-patch") {
        unclear += 1
        continue
      }
      #expect(first.lines == ["edited f"], "\(old)----\n\(new)----\n\(patch)")
      #expect(first.steps[0].files.first?.after.text == new)
      #expect(second.lines == ["unchanged f"], "\(old)----\n\(new)----\n\(patch)")
    }
    #expect(unclear <= 5)
  }

  @Test func aHunkAtTheEndStandsWithAnother() throws {
    let old = (1...20).map { "\($0)\n" }.joined()
    let new = old.replacing("\n2\n", with: "\ntwo\n") + "21\n"
    let patch = Self.entry(diff(old, new))
    #expect(try Planning(["f": new]).lines(files: patch) == ["unchanged f"])
    let half = old.replacing("\n2\n", with: "\ntwo\n")
    #expect(
      try Planning(["f": half]).lines(files: patch) == [
        "conflict conflict-mix f: of 2 hunks one stands in the file already (1), others do not"
      ])
  }

  /// What the last hunk removes stands with the lines above it, and they alone would do in reverse.
  @Test func aRemovalAtTheEndIsStillToCome() throws {
    let old = (1...20).map { "\($0)\n" }.joined()
    let new = old.replacing("\n2\n", with: "\ntwo\n").replacing("20\n", with: "")
    let patch = Self.entry(diff(old, new))
    #expect(try Planning(["f": new]).lines(files: patch) == ["unchanged f"])
    #expect(
      try Planning(["f": old.replacing("\n2\n", with: "\ntwo\n")]).lines(files: patch) == [
        "conflict conflict-mix f: of 2 hunks one stands in the file already (1), others do not"
      ])
  }

  /// Runs of the same line: where only the file's end tells.
  @Test(arguments: [4, 6, 9]) func runsOfOneLine(count: Int) throws {
    let old = String(repeating: "a\n", count: count)
    let patch = Self.entry(diff(old, old + "a\n"))
    #expect(
      try Planning(["f": old]).plan(files: patch).steps[0].files.first?.after.text == old + "a\n")
    #expect(try Planning(["f": old + "a\n"]).lines(files: patch) == ["unchanged f"])
  }
}
