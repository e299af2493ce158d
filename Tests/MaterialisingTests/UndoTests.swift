import Glibc
import Materialising
import Planning
import Platform
import Testing

@Suite struct UndoTests {
  let scene = Scene()

  @Test func aRunOfSeveralStepsIsUndoneAsAWhole() throws {
    scene.write("a", "0\n", time: 1_000_000_000)
    let before = scene.picture()
    try scene.land(scene.step("one", [scene.replace("a", "1\n"), scene.create("b", "1\n")]))
    try scene.land(scene.step("two", [scene.replace("a", "2\n"), scene.delete("b")]))
    try scene.land(scene.step("three", [scene.create("c/d", "3\n")]), run: "run-2")
    let undoable = try scene.state().undoable()
    #expect(undoable.map { "\($0.run) \($0.manifest) \($0.paths)" } == ["run-2 m 1", "run-1 m 2"])
    // An older run whose paths nobody touched since may go before a newer one.
    #expect(try scene.materialise { try $0.undo(run: "run-1") }?.paths.map(\.text) == ["a", "b"])
    #expect(scene.text("c/d") == "3\n")
    #expect(try scene.materialise { try $0.undo() }?.run == "run-2")
    #expect(scene.picture() == before)
  }

  @Test func whatWasChangedSinceIsRefusedByNameAndNothingIsTouched() throws {
    scene.furnish()
    try scene.land(scene.everything())
    scene.write("a.txt", "a person's\n")
    scene.write("src/gone.c", "back by hand\n")
    unlink(scene.path("top"))
    chmod(scene.path("src/x.c"), 0o600)
    let before = scene.picture()
    do {
      _ = try scene.materialise { try $0.undo() }
      Issue.record("undone")
    } catch TreeError.conflict(let conflicts) {
      #expect(conflicts.map(\.path) == ["a.txt", "src/gone.c", "src/x.c"])
      #expect(conflicts[0].message == "was changed since run run-1")
    }
    #expect(scene.picture() == before)
  }

  @Test func whatWasMovedAwaySinceIsNoObstacle() throws {
    scene.write("a", "0\n", mode: 0o640, time: 1_000_000_000)
    scene.write("d/b", "0\n", time: 1_000_000_000)
    let before = scene.picture()
    try scene.land(
      scene.step(
        "one", [scene.replace("a", "1\n"), scene.replace("d/b", "1\n"), scene.create("e/c", "1\n")])
    )
    try scene.land(scene.step("two", [scene.replace("a", "2\n"), scene.replace("e/c", "2\n")]))
    for name in ["a", "d/b", "e/c"] { unlink(scene.path(name)) }
    for name in ["d", "e"] { rmdir(scene.path(name)) }
    let report = try scene.materialise { try $0.undo() }
    #expect(report?.paths.map(\.text) == ["a", "d/b", "e/c"] && report?.left == [])
    #expect(scene.picture() == before)
    #expect(try scene.state().undoable().isEmpty)
  }

  @Test func aFolderThatMtorMadeAndAPersonFilledSurvives() throws {
    try scene.land(scene.step("s", [scene.create("new/deep/mine", "1\n")]))
    scene.write("new/deep/theirs", "2\n")
    scene.write("new/empty/.keep", "")
    let report = try scene.materialise { try $0.undo() }
    #expect(report?.kept == [])
    #expect(scene.text("new/deep/mine") == nil)
    #expect(scene.text("new/deep/theirs") == "2\n")
    #expect(scene.text("new/empty/.keep") == "")
  }

  @Test func whatTheStepsCommandsMadeOfAFileIsUndoneToo() throws {
    scene.write("a", "0\n", time: 1_000_000_000)
    let before = scene.picture()
    let step = try scene.step("s", [scene.replace("a", "1\n"), scene.create("b", "1\n")])
    try scene.materialise { materialiser in
      _ = try materialiser.land(step, run: "run-1", manifest: "m")
      // A formatter: a new inode, other bytes.
      scene.write("a", "formatted\n")
      scene.write("b", "formatted too\n")
      try materialiser.recordResults(of: step, run: "run-1", manifest: "m")
    }
    #expect(try scene.state().memory().isOurs(RelativePath("a"), holding: scene.present("a")))
    #expect(try scene.materialise { try $0.undo() }?.paths.map(\.text) == ["a", "b"])
    #expect(scene.picture() == before)
    #expect(try scene.state().undoable().isEmpty)
  }

  @Test func outputsAreUndone() throws {
    scene.write("dist/old", "0\n", mode: 0o640, time: 1_000_000_000)
    scene.write("dist/gone", "0\n", time: 1_000_000_000)
    scene.write("dist/same", "0\n", time: 1_000_000_000)
    let before = scene.picture()
    func paths(_ names: [String]) throws -> [RelativePath] {
      try names.map { try RelativePath($0) }
    }
    let changed = try scene.materialise { materialiser in
      let snapshot = try materialiser.beginOutputs(
        paths(["dist/old", "dist/gone", "dist/same"]), of: "s", run: "run-1", manifest: "m")
      scene.write("dist/old", "1\n")
      scene.write("dist/new", "1\n")
      unlink(scene.path("dist/gone"))
      return try materialiser.endOutputs(
        snapshot, paths(["dist/old", "dist/new", "dist/same"]))
    }
    #expect(changed.map(\.text) == ["dist/gone", "dist/new", "dist/old"])
    #expect(try scene.materialise { try $0.undo() }?.paths.count == 3)
    #expect(scene.picture() == before)
  }

  private func paths(_ names: [String]) throws -> [RelativePath] {
    try names.map { try RelativePath($0) }
  }

  @Test func foldersThatCommandsMadeForOutputsGoWithThem() throws {
    scene.write("src/a", "0\n", time: 1_000_000_000)
    let before = scene.picture()
    try scene.materialise { materialiser in
      let snapshot = try materialiser.beginOutputs(
        [], folders: Set(paths(["src"])), of: "s", run: "run-1", manifest: "m")
      for name in ["gen/deep/one", "gen/two", "src/three", "mixed/four"] {
        scene.write(name, "1\n")
      }
      scene.write("mixed/litter", "no output\n")
      let changed = try materialiser.endOutputs(
        snapshot, paths(["gen/deep/one", "gen/two", "src/three", "mixed/four"]))
      #expect(changed.count == 4)
    }
    #expect(try scene.materialise { try $0.undo() }?.paths.count == 4)
    // What is not the run's own keeps its folder.
    #expect(scene.text("mixed/litter") == "no output\n")
    unlink(scene.path("mixed/litter"))
    rmdir(scene.path("mixed"))
    #expect(scene.picture() == before)
  }

  @Test func foldersThatCommandsRemovedWithOutputsComeBack() throws {
    scene.write("dist/deep/old", "0\n", mode: 0o640, time: 1_000_000_000)
    chmod(scene.path("dist/deep"), 0o2750)
    let before = scene.picture()
    try scene.materialise { materialiser in
      let snapshot = try materialiser.beginOutputs(
        paths(["dist/deep/old"]), folders: Set(paths(["dist", "dist/deep"])), of: "s",
        run: "run-1", manifest: "m")
      unlink(scene.path("dist/deep/old"))
      rmdir(scene.path("dist/deep"))
      rmdir(scene.path("dist"))
      #expect(try materialiser.endOutputs(snapshot, []).map(\.text) == ["dist/deep/old"])
    }
    try scene.materialise { try $0.undo() }
    #expect(scene.picture() == before)
  }

  @Test func onlyTwentyRunsAreKeptButWhatTheyLeftIsRemembered() throws {
    for number in 1...23 {
      try scene.land(
        scene.step("s", [scene.create("f\(number)", "\(number)\n")]), run: "run-\(number)")
    }
    let undoable = try scene.state().undoable()
    #expect(undoable.count == 20 && undoable.last?.run == "run-4")
    let memory = try scene.state().memory()
    #expect(memory.isOurs(try RelativePath("f1"), holding: scene.present("f1")))
    #expect(
      try memory.original(
        of: RelativePath("f1"), holding: Digest(of: "1\n".utf8), manifest: "m") == .absent)
  }
}
