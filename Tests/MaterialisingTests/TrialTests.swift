import Materialising
import Planning
import Platform
import Testing

/// Repairs that stand in the tree before the commands have passed there.
@Suite struct TrialTests {
  let scene = Scene()

  /// A step, then two repairs on trial; what `end` does not settle is cut off.
  private func run(
    unit: Bool = false, _ end: (Materialiser) throws -> Void = { _ in }
  ) throws {
    scene.write("a", "0\n", mode: 0o640, time: 1_000_000_000)
    try scene.materialise { materialiser in
      if unit { materialiser.beginUnit(run: "run-1") }
      _ = try materialiser.land(
        scene.step("one", [scene.replace("a", "1\n"), scene.create("new/b", "1\n")]),
        run: "run-1", manifest: "m")
      for content in ["2\n", "3\n"] {
        try materialiser.beginTrial(run: "run-1")
        var file = try scene.replace("a", content)
        file.repairedIn = "run-1"
        _ = try materialiser.land(scene.step("one", [file]), run: "run-1", manifest: "m")
      }
      try end(materialiser)
    }
  }

  private func repaired() throws -> Set<String> {
    Set(try scene.state().memory().repairs(of: "m").map(\.text))
  }

  @Test func aTrialThatWasCutOffIsTakenBackAndTheStepStays() throws {
    try run()
    #expect(scene.text("a") == "3\n")
    #expect(
      try scene.state().unfinished()
        == "an earlier run was cut off; mtor recover puts its files right")
    let tree = try RootTree(path: scene.root)
    let materialiser = try Materialiser(
      tree: tree, state: StateFolder.open(root: tree, stateHome: scene.home.path))
    #expect(
      try materialiser.recover() == [
        "a repair of run run-1 was cut off before its tests had passed in the tree and was taken "
          + "back: the files are as before it"
      ])
    #expect(scene.text("a") == "1\n" && scene.text("new/b") == "1\n")
    #expect(try materialiser.recover() == [])
    #expect(try repaired().isEmpty)
    #expect(try scene.state().undoable().map(\.run) == ["run-1"])
  }

  @Test func oneThatIsAcceptedStays() throws {
    try run { try $0.acceptTrial() }
    #expect(try scene.state().unfinished() == nil)
    #expect(scene.text("a") == "3\n")
    #expect(try repaired() == ["a"])
    _ = try scene.materialise { try $0.undo() }
    #expect(scene.text("a") == "0\n")
  }

  @Test func oneThatIsTakenBackLeavesTheRunAUnit() throws {
    try run(unit: true) {
      let report = try $0.takeBackTrial()
      #expect(report?.paths.map(\.text) == ["a"])
      #expect($0.isUnitOpen)
      let again = try $0.takeBackTrial()
      #expect(again == nil)
    }
    #expect(scene.text("a") == "1\n")
    // The unit itself was cut off.
    try scene.materialise { _ in }
    #expect(scene.text("a") == "0\n")
    #expect(try scene.state().unfinished() == nil)
  }

  @Test func aUnitThatWasCutOffTakesItsTrialWithIt() throws {
    try run(unit: true)
    try scene.materialise { _ in }
    #expect(scene.text("a") == "0\n")
    #expect(try scene.state().unfinished() == nil)
    #expect(try scene.state().undoable().isEmpty)
  }

  @Test func oneThatLandedNothingLeavesNoRecord() throws {
    try scene.materialise { try $0.beginTrial(run: "run-1") }
    #expect(try scene.state().unfinished() != nil)
    #expect(try scene.materialise { try $0.recover() } == [])
    #expect(try scene.state().unfinished() == nil)
  }
}
