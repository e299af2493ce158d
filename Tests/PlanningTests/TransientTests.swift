import Platform
import Testing

/// What one step makes and a later one takes away again.
@Suite struct TransientTests {
  private static let made = "{path: x, content: \"1\\n\"}"

  private static func steps(_ files: [String], tests: [Int: String] = [:]) -> String {
    "steps:\n"
      + files.enumerated().map { index, entries in
        "  - id: s\(index)\n    files: [\(entries)]\n"
          + (tests[index].map { "    tests: [\"\($0)\"]\n" } ?? "")
      }.joined()
  }

  private func twice(_ text: String, _ files: [String: String] = [:]) throws -> [String] {
    var planning = try Planning(files)
    try planning.apply(try planning.plan(text))
    return try planning.lines(text)
  }

  @Test(arguments: [
    ("{path: x, delete: true}", ["unchanged x", "unchanged x"]),
    ("{path: y, move_from: x}", ["unchanged x", "unchanged y"]),
    (
      "{path: y, move_from: x, edit: [{find: \"1\", replace: \"2\"}]}",
      ["unchanged x", "unchanged y"]
    ),
  ])
  func theSecondTimeIsFree(removal: String, lines: [String]) throws {
    #expect(try twice(Self.steps([Self.made, removal])) == lines)
    let edited = "{path: x, edit: [{append: \"3\\n\"}]}"
    #expect(
      try twice(Self.steps([Self.made, edited, removal])) == ["unchanged x"] + lines)
  }

  @Test func aWholeFolderGoes() throws {
    let text = Self.steps([
      "{path: tmp/a, content: \"1\\n\"}, {path: tmp/b/c, content: \"1\\n\"}",
      "{path: tmp, delete_tree: true}",
    ])
    #expect(try twice(text) == ["unchanged tmp/a", "unchanged tmp/b/c", "unchanged tmp"])
  }

  /// A folder stands in its place, and was wanted there.
  @Test(arguments: [made, "{path: x, symlink: z}"])
  func aFileBecomesAFolder(file: String) throws {
    let text = Self.steps([file, "{path: x, delete: true}, {path: x/b, content: \"1\\n\"}"])
    #expect(try twice(text) == ["unchanged x", "unchanged x", "unchanged x/b"])
    let moved = Self.steps([Self.made, "{path: y/x, move_from: x}, {path: x/b, symlink: ../y}"])
    #expect(try twice(moved) == ["unchanged x", "unchanged y/x", "unchanged x/b"])
    let other = Self.steps([Self.made, "{path: x, delete: true}"])
    #expect(
      try Planning(["x/z": ""]).lines(other).contains(
        "conflict conflict-folder x: 'x' is a folder"))
  }

  /// A command between the two may need the file: it is there for it each time.
  @Test func aCommandBetweenThemFindsTheFile() throws {
    let text = Self.steps([Self.made, "{path: x, delete: true}"], tests: [0: "cat x"])
    #expect(try twice(text) == ["created x", "deleted x"])
    let later = Self.steps([Self.made, "{path: x, delete: true}"], tests: [1: "make"])
    #expect(try twice(later) == ["unchanged x", "unchanged x"])
  }

  /// What stands at the path is replaced and removed as the entries say.
  @Test func aFileAtThePathIsNotPassedOver() throws {
    let text = Self.steps([Self.made, "{path: x, delete: true}"])
    #expect(try Planning(["x": "0\n"]).lines(text) == ["replaced x", "deleted x"])
    #expect(try Planning(["x": "1\n"]).lines(text) == ["unchanged x", "deleted x"])
  }

  /// Whatever else depends on the path keeps it from being passed over.
  @Test func otherUsesOfThePathAreSeen() throws {
    for other in [
      "{path: z, content: \"1\\n\", when: {exists: x}}",
      "{path: z, patch: \"diff --git a/x b/z\\ncopy from x\\ncopy to z\\n\"}",
    ] {
      let text = Self.steps([Self.made, other, "{path: x, delete: true}"])
      #expect(try Planning().lines(text) == ["created x", "created z", "deleted x"])
    }
    let again = Self.steps([Self.made, "{path: x, delete: true}", Self.made])
    #expect(try Planning().lines(again) == ["created x", "deleted x", "created x"])
  }
}
