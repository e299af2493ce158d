import Glibc
import Materialising
import Planning
import Platform
import Testing

/// Runs that stand as a whole or not at all.
@Suite struct UnitTests {
  let scene = Scene()

  /// Two steps of one run that is a unit; what `end` does not complete is cut off.
  private func run(_ end: (Materialiser) throws -> Void = { _ in }) throws {
    try scene.materialise { materialiser in
      materialiser.beginUnit(run: "run-1")
      _ = try materialiser.land(
        scene.step("one", [scene.replace("a", "1\n"), scene.create("new/b", "1\n")]),
        run: "run-1", manifest: "m")
      _ = try materialiser.land(
        scene.step("two", [scene.replace("a", "2\n"), scene.delete("gone")]),
        run: "run-1", manifest: "m")
      try end(materialiser)
    }
  }

  private func furnish() -> [String] {
    scene.write("a", "0\n", mode: 0o640, time: 1_000_000_000)
    scene.write("gone", "0\n", time: 1_100_000_000)
    return scene.picture()
  }

  @Test func aUnitThatWasCutOffIsTakenBackWhole() throws {
    let before = furnish()
    try run()
    #expect(scene.text("a") == "2\n")
    #expect(
      try scene.state().unfinished()
        == "an earlier run was cut off; mtor recover puts its files right")
    let tree = try RootTree(path: scene.root)
    let materialiser = try Materialiser(
      tree: tree, state: StateFolder.open(root: tree, stateHome: scene.home.path))
    #expect(
      try materialiser.recover() == [
        "run run-1 was to land whole or not at all and was cut off: all of it was taken back, "
          + "the tree is as before it"
      ])
    #expect(scene.picture() == before)
    #expect(try materialiser.recover() == [])
    #expect(try scene.state().undoable().isEmpty)
  }

  @Test func whatAPersonChangedSinceIsLeftAndCountsAsLeft() throws {
    _ = furnish()
    try run()
    scene.write("a", "a person's\n")
    scene.write("gone", "a person's too\n")
    let tree = try RootTree(path: scene.root)
    let materialiser = try Materialiser(
      tree: tree, state: StateFolder.open(root: tree, stateHome: scene.home.path))
    let told = try materialiser.recover()
    #expect(
      told.first == "run run-1 was to land whole or not at all and was cut off: it was taken back, "
        + "but for what was changed meanwhile")
    #expect(told.dropFirst().allSatisfy { $0.contains(" was changed meanwhile and was left") })
    let report = try #require(materialiser.recovered)
    #expect(report.paths.map(\.text) == ["new/b"])
    #expect(report.left.map(\.text) == ["a", "gone"])
    #expect(scene.text("a") == "a person's\n")
    #expect(scene.text("gone") == "a person's too\n")
    #expect(scene.text("new/b") == nil)
  }

  @Test func aUnitThatIsCompleteStays() throws {
    _ = furnish()
    try run { try $0.completeUnit() }
    #expect(try scene.state().unfinished() == nil)
    #expect(try scene.materialise { try $0.recover() } == [])
    #expect(scene.text("a") == "2\n")
    #expect(try scene.materialise { try $0.undo() }?.run == "run-1")
  }

  @Test func aUnitThatWasUndoneLeavesNoRecord() throws {
    let before = furnish()
    try run { _ = try $0.undo(run: "run-1") }
    #expect(scene.picture() == before)
    #expect(try scene.state().unfinished() == nil)
  }

  @Test func earlierRunsStayWhenAUnitIsTakenBack() throws {
    _ = furnish()
    try scene.land(scene.step("s", [scene.create("kept", "k\n")]), run: "run-0")
    try run()
    try scene.materialise { _ in }
    #expect(scene.text("kept") == "k\n" && scene.text("a") == "0\n")
    #expect(try scene.state().undoable().map(\.run) == ["run-0"])
  }

  @Test func whatAPersonChangedSinceIsLeftAndNamed() throws {
    _ = furnish()
    try run()
    scene.write("a", "a person's\n")
    let tree = try RootTree(path: scene.root)
    let materialiser = try Materialiser(
      tree: tree, state: StateFolder.open(root: tree, stateHome: scene.home.path))
    let done = try materialiser.recover()
    #expect(done.count == 3)
    #expect(
      done.dropFirst().allSatisfy {
        $0.hasPrefix("a was changed meanwhile and was left; what stood there before is in ")
      }, "\(done)")
    #expect(scene.text("a") == "a person's\n")
    #expect(scene.text("gone") == "0\n")
    #expect(access(scene.path("new"), F_OK) != 0)
  }

  @Test func aUnitThatChangesNothingWritesNothing() throws {
    scene.write("a", "a\n")
    try scene.materialise { materialiser in
      materialiser.beginUnit(run: "run-1")
      let step = try scene.step("s", [scene.file("a", .unchanged, Scene.text("a\n"))])
      _ = try materialiser.land(step, run: "run-1", manifest: "m")
      try materialiser.completeUnit()
    }
    #expect(access(scene.path(".mtor"), F_OK) != 0)
  }

  @Test func aLookWhileARunIsUnderWayDoesNotCallItCutOff() throws {
    _ = furnish()
    try run { _ in
      let said = try scene.state().unfinished()
      #expect(
        said
          == "another run is at work in the tree, and is not at its end")
    }
  }
}
