import Planning
import Platform
import Testing
import YAMLTree

/// What other entries of a step may say below the target of a `move_tree`.
@Suite struct MovedPathsTests {
  private func lines(_ entries: [String]) throws -> [String] {
    let planning = try Planning(["g/a": "a\n", "g/s/b": "b\n", "h/old": "o\n", "q": "q\n"])
    do {
      let files = entries.map { "      - {\($0)}\n" }.joined()
      return try planning.plan(files: files).lines
    } catch let error as DiagnosticList {
      return error.all.map { "\($0.rule): \($0.message)" }
    }
  }

  @Test(arguments: [
    "path: h/a, delete: true", "path: h/a, content: \"x\\n\"",
    "path: h/a, edit: [{append: \"x\\n\"}]", "path: h/a, mode: \"0600\"",
    "path: h/a, symlink: old", "path: h/a, move_from: q",
  ])
  func whatTheMoveMakes(entry: String) throws {
    for entries in [["path: h, move_tree: g", entry], [entry, "path: h, move_tree: g"]] {
      let lines = try lines(entries)
      #expect(lines.count == 1)
      #expect(
        lines[0].hasPrefix("path-twice: h/a: named twice in this step: the move of 'g' (line "))
    }
  }

  @Test func aFolderThatComesAlong() throws {
    #expect(
      try lines(["path: h, move_tree: g", "path: h/s, delete_tree: true"])[0]
        .hasPrefix("path-twice: h/s: "))
  }

  @Test func whatTheMoveDoesNotMake() throws {
    #expect(
      try lines(["path: h, move_tree: g", "path: h/s/new, content: \"x\\n\""]).last
        == "created h/s/new")
    #expect(
      try lines(["path: h, move_tree: g", "path: h/old, delete: true"]).last == "deleted h/old")
    #expect(
      try lines(["path: h, move_tree: g", "path: h/none, delete: true"]).last == "unchanged h/none")
  }

  /// Removals run first: what is in the way of the move may go in its step.
  @Test func whatIsInTheWay() throws {
    let planning = try Planning(["g/a": "a\n", "h/a": "o\n"])
    let plan = try planning.plan(
      files: "      - {path: h, move_tree: g}\n      - {path: h/a, delete: true}\n")
    #expect(plan.lines == ["moved h/a < g/a", "deleted g/a", "deleted h/a"])
  }
}
