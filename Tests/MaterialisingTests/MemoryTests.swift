import Glibc
import Materialising
import Planning
import Platform
import Testing

@Suite struct MemoryTests {
  let scene = Scene()

  private func digest(_ text: String) -> Digest { Digest(of: text.utf8) }
  private func path(_ text: String) throws -> RelativePath { try RelativePath(text) }

  private func edit(
    _ name: String, _ text: String, declared: String, repair: Bool = false
  ) throws -> PlannedFile {
    var file = try scene.file(name, .edited, Scene.text(text))
    file.declared = digest(declared)
    if repair { file.repairedIn = "this" }
    return file
  }

  @Test func oursIsWhatWasLastLeftUntilItIsUndone() throws {
    scene.write("a", "person's\n")
    let ours = { (text: String) in
      try scene.state().memory().isOurs(path("a"), holding: Scene.text(text))
    }
    #expect(try !ours("person's\n"))
    try scene.land(scene.step("s", [scene.replace("a", "1\n")]), run: "one")
    #expect(try ours("1\n") && !ours("person's\n"))
    try scene.land(scene.step("s", [scene.replace("a", "2\n")]), run: "two")
    #expect(try ours("2\n") && !ours("1\n"))
    try scene.materialise { try $0.undo() }
    // As it counted before that run.
    #expect(try ours("1\n") && !ours("2\n"))
    try scene.materialise { try $0.undo() }
    #expect(try !ours("person's\n"))
    try scene.land(scene.step("s", [scene.delete("a")]), run: "three")
    #expect(try scene.state().memory().isOurs(path("a"), holding: .absent))
    try scene.land(
      scene.step("s", [scene.file("l", .created, .symlink(target: "a"))]), run: "four")
    let memory = try scene.state().memory()
    #expect(memory.isOurs(try path("l"), holding: .symlink(target: "a")))
    #expect(!memory.isOurs(try path("l"), holding: .symlink(target: "b")))
  }

  @Test func theOriginalIsFromBeforeTheFirstVersionOfTheManifest() throws {
    scene.write("a", "0\n")
    try scene.land(scene.step("s", [edit("a", "1\n", declared: "v1")]), run: "one")
    try scene.land(scene.step("s", [edit("a", "2\n", declared: "v2")]), run: "two")
    let original = { (present: String, manifest: String) in
      try scene.state().memory().original(
        of: path("a"), holding: digest(present), manifest: manifest)
    }
    #expect(try original("2\n", "m") == .bytes(Array("0\n".utf8)))
    #expect(try original("1\n", "m") == .unknown)
    #expect(try original("2\n", "another") == .unknown)
    try scene.land(
      scene.step("s", [edit("a", "3\n", declared: "w")]), run: "three", manifest: "another")
    #expect(try original("3\n", "another") == .bytes(Array("2\n".utf8)))
    #expect(try original("3\n", "m") == .unknown)
  }

  @Test func theOriginalOfAMovedFileIsWhatStoodAtItsSource() throws {
    scene.write("a", "0\n")
    try scene.land(
      scene.step("s", [scene.delete("a"), edit("b", "1\n", declared: "v1")]), run: "one")
    try scene.land(scene.step("s", [edit("b", "2\n", declared: "v2")]), run: "two")
    let original = { (present: String, source: String, manifest: String) in
      try scene.state().memory().original(
        of: path("b"), movedFrom: path(source), holding: digest(present), manifest: manifest)
    }
    #expect(try original("2\n", "a", "m") == .bytes(Array("0\n".utf8)))
    #expect(try original("1\n", "a", "m") == .unknown)
    #expect(try original("2\n", "c", "m") == .unknown)
    #expect(try original("2\n", "a", "another") == .unknown)
  }

  @Test func resultsAndRepairsAreFoundByTheirDeclaration() throws {
    scene.write("a", "0\n")
    try scene.land(scene.step("s", [edit("a", "1\n", declared: "v1")]), run: "one")
    try scene.land(
      scene.step("s", [edit("a", "repaired\n", declared: "v1", repair: true)]), run: "two")
    let memory = try scene.state().memory()
    let a = try path("a")
    #expect(memory.isResult(of: a, declared: digest("v1"), present: digest("repaired\n")))
    #expect(!memory.isResult(of: a, declared: digest("v1"), present: digest("1\n")))
    #expect(!memory.isResult(of: a, declared: digest("v2"), present: digest("repaired\n")))
    #expect(memory.repair(of: a, declared: digest("v1"), present: digest("repaired\n")) == "two")
    #expect(memory.repair(of: a, declared: digest("v2"), present: digest("repaired\n")) == nil)
    #expect(memory.repair(of: a, declared: digest("v1"), present: digest("1\n")) == nil)
  }

  @Test func theIndexIsNeverWrong() throws {
    try scene.land(scene.step("s", [scene.create("a", "1\n")]))
    let tree = try RootTree(path: scene.root)
    let state = try scene.state()
    let indexed = IndexedTree(tree, index: state.index)
    let a = try path("a")
    let status = try #require(try tree.status(of: a))
    #expect(try indexed.digest(of: a, status: status) == digest("1\n"))
    scene.write("a", "2\n")
    let changed = try #require(try tree.status(of: a))
    #expect(state.index.digest(of: a, status: changed) == nil)
    #expect(try indexed.digest(of: a, status: changed) == digest("2\n"))
  }
}
