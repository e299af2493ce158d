import Glibc
import Materialising
import Planning
import Platform
import Testing

/// What a report can still show of a run.
@Suite struct RunChangesTests {
  let scene = Scene()

  private func changes(_ run: String, limit: Int = 1 << 20, total: Int = 1 << 20) throws -> [String]
  {
    let tree = try RootTree(path: scene.root)
    return try scene.state().changes(of: run, in: tree, limit: limit, total: total).map {
      change in
      "\(change.step) \(change.path): \(text(change.old)) -> \(text(change.new))"
    }
  }

  private func text(_ side: RunChange.Side) -> String {
    switch side {
    case .absent: "absent"
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .withheld(let reason): "\(reason)"
    }
  }

  @Test func oldAndNewBytesOfEveryStep() throws {
    scene.write("a", "0")
    try scene.land(scene.step("one", [scene.replace("a", "1"), scene.create("new/b", "1")]))
    try scene.land(scene.step("two", [scene.replace("a", "2"), scene.delete("new/b")]))
    #expect(
      try changes("run-1") == [
        "one a: 0 -> 1", "one new/b: absent -> 1", "two new/b: 1 -> absent", "two a: 1 -> 2",
      ])
  }

  @Test func whatALaterRunReplacedComesFromItsStore() throws {
    try scene.land(scene.step("one", [scene.create("a", "1")]))
    try scene.land(scene.step("two", [scene.replace("a", "2")]), run: "run-2")
    #expect(try changes("run-1") == ["one a: absent -> 1"])
    #expect(try changes("run-2") == ["two a: 1 -> 2"])
  }

  @Test func whatAPersonChangedIsNotShown() throws {
    try scene.land(scene.step("one", [scene.create("a", "1"), scene.create("big", "12345")]))
    scene.write("a", "a person's")
    #expect(
      try changes("run-1", limit: 4) == [
        "one a: absent -> gone", "one big: absent -> large",
      ])
    #expect(try changes("never") == [])
  }

  @Test func allFilesTogetherHaveALimit() throws {
    try scene.land(
      scene.step(
        "one", [scene.create("a", "12"), scene.create("b", "345"), scene.create("c", "6")]))
    #expect(
      try changes("run-1", total: 4) == [
        "one a: absent -> 12", "one b: absent -> beyondTotal", "one c: absent -> 6",
      ])
  }
}
