import Glibc
import Materialising
import Planning
import Platform
import Testing

@Suite struct LandingTests {
  let scene = Scene()

  @Test func everyKindOfOperationLandsAndIsUndoneExactly() throws {
    scene.furnish()
    let before = scene.picture()
    let inode = scene.status("a.txt").st_ino
    let landed = try scene.land(scene.everything())
    #expect(landed.count == 13)
    #expect(
      scene.picture() == [
        "a.txt 100644 now \"new a\\n\"",
        "another -> new/three",
        "bin/ 40755",
        "bin/run.sh 100700 1100000000 \"#!/bin/sh\\necho old\\n\"",
        "keep.md 100444 1400000000 \"untouched\\n\"",
        "link -> keep.md",
        "names.py 100644 1500000000 \"name\\n\"",
        "new/ 40755",
        "new/deep/ 40755",
        "new/deep/one 100755 now \"1\\n\"",
        "new/deep/two 100644 now \"\"",
        "new/three 100644 now \"3\"",
        "src/ 40755",
        "src/x.c 100640 now \"int y;\\n\"",
        "top 100644 now \"top\\n\"",
      ])
    let report = try scene.materialise { try $0.undo() }
    #expect(report?.run == "run-1" && report?.kept == [])
    #expect(report?.paths.count == 13)
    #expect(scene.picture() == before)
    #expect(scene.status("a.txt").st_ino == inode)
    #expect(try scene.materialise { try $0.undo() } == nil)
  }

  @Test func aStepThatChangesNothingWritesNothing() throws {
    scene.write("a", "a\n")
    let step = try scene.step("s", [scene.file("a", .unchanged, Scene.text("a\n"))])
    #expect(try scene.land(step) == [])
    #expect(scene.text(".mtor/state/.gitignore") == nil)
    #expect(access(scene.path(".mtor"), F_OK) != 0)
  }

  @Test func aFileMayBecomeAFolderAndAFolderAFile() throws {
    scene.write("a", "file\n", time: 1_000_000_000)
    scene.write("b/c", "below\n", time: 1_000_000_000)
    let before = scene.picture()
    try scene.land(
      scene.step(
        "s",
        [
          scene.delete("a"), scene.create("a/b", "now below\n"),
          scene.delete("b/c"), scene.create("b", "now a file\n"),
        ], emptied: ["b"]))
    #expect(scene.text("a/b") == "now below\n" && scene.text("b") == "now a file\n")
    try scene.materialise { try $0.undo() }
    #expect(scene.picture() == before)
  }

  @Test func modesFollowTheContract() throws {
    scene.write("old", "x", mode: 0o640)
    scene.write("exec", "x", mode: 0o750)
    scene.write("setid", "x", mode: 0o4755)
    try scene.land(
      scene.step(
        "s",
        [
          scene.create("plain", "1"), scene.create("run", "1", executable: true),
          scene.file("exact", .created, Scene.text("1", mode: 0o604)),
          scene.file("old", .replaced, Scene.text("2", executable: true)),
          scene.file("exec", .replaced, Scene.text("2", executable: false)),
          scene.replace("setid", "2"),
        ]))
    let mask = umask(0)
    umask(mask)
    #expect(scene.mode("plain") == 0o666 & ~mask && scene.mode("run") == 0o777 & ~mask)
    #expect(scene.mode("exact") == 0o604)
    #expect(scene.mode("old") == 0o750)
    #expect(scene.mode("exec") == 0o640)
    // Set-id bits are never given, not even kept.
    #expect(scene.mode("setid") == 0o755)
  }

  @Test func attributesAreKept() throws {
    scene.write("a", "old")
    try #require(Attributes.set(scene.path("a"), "user.mark", "value"))
    try scene.land(scene.step("s", [scene.replace("a", "new")]))
    #expect(Attributes.get(scene.path("a"), "user.mark") == "value")
  }

  @Test func whatThePlanDidNotSeeIsAConflictAndNothingLands() throws {
    scene.furnish()
    let step = try scene.everything()
    scene.write("a.txt", "a person's\n")
    scene.write("top", "a person's too\n")
    unlink(scene.path("src/gone.c"))
    let before = scene.picture()
    do {
      try scene.land(step)
      Issue.record("landed")
    } catch TreeError.conflict(let conflicts) {
      #expect(
        conflicts.map { "\($0.path) \($0.message)" } == [
          "src/gone.c is gone since the plan was made",
          "a.txt was changed since the plan was made",
          "top is there now (a file) and was not when the plan was made",
        ])
    }
    #expect(scene.picture() == before)
    #expect(access(scene.folder.file("root/.mtor/state/roots/build"), F_OK) != 0)
  }

  @Test func hardLinkedAndSpecialTargetsAreRefused() throws {
    scene.write("a", "x")
    let step = try scene.step("s", [scene.replace("a", "y")])
    link(scene.path("a"), scene.path("b"))
    #expect(conflict(step) == "a has 2 names (hard links)")
    #expect(scene.text("b") == "x")
    unlink(scene.path("b"))
    unlink(scene.path("a"))
    mkfifo(scene.path("a"), 0o644)
    #expect(conflict(step) == "a is now a FIFO, socket or device, which the plan did not expect")
    unlink(scene.path("a"))
    symlink("c", scene.path("a"))
    #expect(conflict(step) == "a is now a symbolic link, which the plan did not expect")
  }

  private func conflict(_ step: PlannedStep) -> String {
    do {
      try scene.land(step)
      return "landed"
    } catch {
      return "\(error)"
    }
  }

  @Test func mtorsOwnStateAndGitsOwnFolderAreRefused() throws {
    let separate = Scene()
    mkdir(separate.path("meta"), 0o755)
    separate.write("meta/HEAD", "ref: refs/heads/main\n")
    separate.write(".git", "gitdir: meta\n")
    func picture() -> [String] { separate.picture().filter { !$0.hasPrefix("meta/mtor/") } }
    let before = picture()
    let steps = try separate.step(
      "s",
      [
        separate.create(".mtor/state/roots/x", "1"), separate.create(".MTOR/State", "1"),
        separate.create("META/hooks/pre-commit", "1"), separate.delete("meta/HEAD"),
        separate.create("metadata", "1"),
      ])
    do {
      try separate.land(steps)
      Issue.record("landed")
    } catch TreeError.conflict(let conflicts) {
      #expect(
        conflicts.map { "\($0.rule): \($0.path) \($0.message); \($0.hint ?? "")" } == [
          "path-protected: .MTOR/State is mtor's own state; mtor never writes there",
          "path-protected: .mtor/state/roots/x is mtor's own state; mtor never writes there",
          "path-protected: META/hooks/pre-commit is inside git's own folder; "
            + "mtor never writes there",
          "path-protected: meta/HEAD is inside git's own folder; mtor never writes there",
        ])
    }
    #expect(picture() == before)
    #expect(try separate.land(separate.step("s", [separate.create("metadata", "1")])).count == 1)
  }

  @Test func manyFilesInNewFolders() throws {
    let files = try (0..<1000).map { try scene.create("d\($0 % 10)/e/f\($0)", "text \($0)\n") }
    try scene.land(scene.step("s", files))
    #expect(scene.text("d7/e/f997") == "text 997\n")
    let index = try scene.state().index
    let tree = try RootTree(path: scene.root)
    let path = try RelativePath("d7/e/f997")
    let status = try #require(try tree.status(of: path))
    let known = index.digest(of: path, status: status)
    #expect(known == nil || known == Digest(of: "text 997\n".utf8))
    try scene.materialise { try $0.undo() }
    #expect(scene.picture() == [])
  }
}
