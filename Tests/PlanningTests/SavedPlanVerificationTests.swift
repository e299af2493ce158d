import Planning
import Platform
import Testing

/// A saved plan and the tree that it meets: as it was, as the plan leaves it, or moved on.
@Suite struct SavedPlanVerificationTests {
  private static func steps(_ files: [String]) -> String {
    "steps:\n"
      + files.enumerated().map { index, entries in
        "  - id: s\(index)\n    files: [\(entries)]\n    tests: [\"true\"]\n"
      }.joined()
  }

  private func saved(_ planning: Planning, _ files: [String]) throws -> SavedPlan {
    SavedPlan(
      root: .init(path: "/r", device: 1, inode: 1), plans: [try planning.plan(Self.steps(files))])
  }

  /// What the plan does, then what stands in its way.
  private func lines(_ plan: SavedPlan, on tree: MemoryTree) -> [String] {
    let (verified, deviations) = plan.verified(against: tree)
    return verified.plans.flatMap(\.lines)
      + deviations.map {
        "\($0.path) expected \($0.expected.short), found \($0.found.short), "
          + "wanted \($0.wanted.short)"
      }
  }

  private static let towards: [[String]] = [
    ["{path: u, move_from: t}", "{path: v, move_from: u}"],
    ["{path: u, move_from: t}", "{path: u, delete: true}"],
    ["{path: u, move_tree: d}", "{path: u/a, delete: true}"],
    ["{path: t, delete: true}, {path: t/b, content: \"x\\n\"}"],
    ["{path: l, delete: true}, {path: l/b, content: \"x\\n\"}"],
    ["{path: t/b, move_from: t}"],
    ["{path: d, delete_tree: true}", "{path: d, content: \"x\\n\"}"],
    [
      "{path: n, content: \"x\\n\"}", "{path: n, delete: true}, {path: n/b, content: \"y\\n\"}",
    ],
  ]

  @Test(arguments: towards)
  func firstAllIsToDoAndThenNothing(files: [String]) throws {
    var planning = try Planning(["t": "t\n", "d/a": "a\n", "d/b": "b\n"])
    planning.tree.link(try RelativePath("l"), to: "t")
    let plan = try saved(planning, files)
    #expect(lines(plan, on: planning.tree) == plan.plans.flatMap(\.lines))
    // What a plan of many steps makes and takes away must be there for its commands.
    try planning.apply(plan.plans[0])
    let (again, deviations) = plan.verified(against: planning.tree)
    #expect(deviations.isEmpty)
    let actions = again.plans[0].steps.flatMap(\.files).map(\.action)
    #expect(actions.allSatisfy { $0 == .unchanged })
  }

  @Test func aRunThatStoppedGoesOnWithTheNextStep() throws {
    var planning = try Planning(["t": "t\n"])
    let plan = try saved(planning, Self.towards[0])
    planning.tree.remove(try RelativePath("t"))
    planning.tree.write("t\n", to: try RelativePath("u"))
    #expect(
      lines(plan, on: planning.tree) == [
        "unchanged u", "unchanged t", "moved v < u", "deleted u",
      ])
  }

  @Test func aFileThatBecomesAFolderIsStillCompared() throws {
    var planning = try Planning(["t": "t\n"])
    let plan = try saved(planning, Self.towards[3])
    let text = try RelativePath("t")
    planning.tree.write("other\n", to: text)
    #expect(lines(plan, on: planning.tree).last?.hasPrefix("t expected ") == true)
    planning.tree.remove(text)
    planning.tree.link(text, to: "elsewhere")
    #expect(lines(plan, on: planning.tree).last?.contains("link to elsewhere") == true)
    planning.tree.remove(text)
    planning.tree.write("mine\n", to: try RelativePath("t/b"))
    #expect(plan.verified(against: planning.tree).deviations.map(\.path.text) == ["t/b"])
  }

  /// A folder of somebody else is in the way of a file.
  @Test func aFolderWithoutPlannedFilesIsADeviation() throws {
    var planning = try Planning()
    let plan = try saved(planning, ["{path: n, content: \"x\\n\"}", "{path: m/b, symlink: x}"])
    planning.tree.makeFolder(try RelativePath("n"))
    planning.tree.write("f", to: try RelativePath("m"))
    #expect(
      lines(plan, on: planning.tree).suffix(2) == [
        "n expected absent, found a folder, wanted \(Digest(of: "x\n".utf8).hex.short)",
        "m/b expected absent, found below 'm', a file, wanted link to x",
      ])
  }

  // MARK: Modes

  @Test(
    arguments: [
      ("{path: k, mode: \"0600\", content: \"x\\n\"}", 0o644, 0o600),
      ("{path: k, executable: true, content: \"x\\n\"}", 0o644, 0o755),
      ("{path: k, executable: false, content: \"x\\n\"}", 0o755, 0o644),
    ] as [(String, UInt32, UInt32)])
  func theDeclaredModeIsSetAgain(entry: String, present: UInt32, wanted: UInt32) throws {
    var planning = try Planning()
    let created = try saved(planning, [entry])
    try planning.apply(created.plans[0])
    let path = try RelativePath("k")
    let standing = try saved(planning, [entry])
    for plan in [created, standing] {
      planning.tree.write("x\n", to: path, mode: wanted)
      #expect(lines(plan, on: planning.tree) == ["unchanged k"])
      planning.tree.write("x\n", to: path, mode: present)
      #expect(lines(plan, on: planning.tree) == ["mode k"])
      var again = planning
      try again.apply(plan.verified(against: again.tree).plan.plans[0])
      #expect(try again.tree.status(of: path)?.mode == wanted)
    }
  }

  /// The second time, or where the manifest takes no chances: there is nothing to remove.
  @Test(
    arguments: [
      (["t": "x\n"], ["{path: t/b, delete: true}"]),
      (["t": "x\n"], ["{path: t/b/c, delete_tree: true}"]),
      (["t/c": "x\n"], ["{path: t, delete: true}", "{path: t/b, delete_tree: true}"]),
      (["t/c": "x\n"], ["{path: t, delete: true}, {path: u, move_from: t/c}"]),
    ])
  func aRemovalOfNothingFits(tree: [String: String], entries: [String]) throws {
    let planning = try Planning(tree)
    let plan = try saved(planning, entries)
    #expect(plan.verified(against: planning.tree).deviations == [])
  }

  /// Who says nothing of the mode leaves it.
  @Test func anotherModeIsLeftAlone() throws {
    var planning = try Planning()
    let plan = try saved(planning, ["{path: k, content: \"x\\n\"}"])
    planning.tree.write("x\n", to: try RelativePath("k"), mode: 0o600)
    #expect(lines(plan, on: planning.tree) == ["unchanged k"])
  }

  /// The plan would put the mode back that the file had when it was made.
  @Test func aModeThatMovedOnIsADeviation() throws {
    var planning = try Planning(["k": "x\n"])
    let plan = try saved(planning, ["{path: k, edit: [{append: \"y\\n\"}]}"])
    planning.tree.write("x\n", to: try RelativePath("k"), mode: 0o600)
    let digest = Digest(of: "x\n".utf8).hex.short
    #expect(
      lines(plan, on: planning.tree).last
        == "k expected \(digest) with mode 644, found \(digest) with mode 600, "
        + "wanted \(Digest(of: "x\ny\n".utf8).hex.short)")
    let removal = try saved(planning, ["{path: k, delete: true}"])
    planning.tree.write("x\n", to: try RelativePath("k"), mode: 0o644)
    #expect(lines(removal, on: planning.tree) == ["deleted k"])
  }
}

extension String {
  /// Digests cut to eight digits.
  fileprivate var short: String {
    let words = split(separator: " ", omittingEmptySubsequences: false)
    return words.map { $0.count == 64 ? $0.prefix(8) : $0 }.joined(separator: " ")
  }
}
