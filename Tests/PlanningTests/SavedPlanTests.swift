import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct SavedPlanTests {
  private let text = """
    params: {who: {default: fred}}
    base: 1a2b3c4
    env: {A: "${{ params.who }}"}
    setup:
      - {run: "make venv", creates: venv, timeout: 90s}
    steps:
      - id: one
        intent: "First"
        files:
          - {path: a, content: "a\\n", executable: true, was: absent}
          - {path: b, base64: "AAEC/w==", frozen: true}
          - {path: c, symlink: a}
          - {path: old, delete: true}
          - {path: new, move_from: from, edit: [{append: "x\\n"}]}
          - path: venv/x
            edit:
              - {find: "1", replace: "2", count: all, word: true}
              - {after: "3", insert: "4"}
              - {before: "5", insert: "6"}
              - {prepend: "7"}
              - {match: "a(b)", replace: "$1"}
              - {set: {pointer: /a, value: {b: [1, "x"]}}}
        tests:
          - {run: "true", expect: {exit: [0, 2], stdout: {contains: "x"}}, stdin: "in", cwd: sub}
        repair: {allow: ["a"], attempts: 3, budget: {usd: 0.05}}
      - id: two
        when: {contains: {path: venv/x, text: "y"}}
        files:
          - {path: a, delete: true}
        outputs: ["out/*"]
        run: ["make out"]
    verify: ["true"]
    commit: "Do it"
    provenance: {author: me, usd: 0.25}

    """

  private func planning() throws -> Planning {
    try Planning(["old": "old\n", "from": "f\n"])
  }

  private func saved(_ planning: Planning) throws -> SavedPlan {
    SavedPlan(
      root: .init(path: "/tmp/root", device: 1, inode: .max), plans: [try planning.plan(text)])
  }

  @Test func whatIsReadIsWhatWasWritten() throws {
    let plan = try saved(planning())
    let bytes = plan.encoded()
    #expect(SavedPlan.looksLikeOne(bytes))
    let again = try SavedPlan(decoding: bytes)
    #expect(again.encoded() == bytes)
    #expect(again.root == plan.root)
    #expect(again.plans[0].lines == plan.plans[0].lines)
    #expect(
      again.plans[0].steps[0].files.map { $0.after.text }
        == plan.plans[0].steps[0].files.map { $0.after.text })
    #expect(again.plans[0].setup[0].environment == ["A": "fred"])
  }

  @Test func anUnknownStepCanBePlannedFromIt() throws {
    var planning = try planning()
    let again = try SavedPlan(decoding: try saved(planning).encoded()).plans[0]
    #expect(again.steps[1].decision == .unknown)
    planning.tree.write("y", to: try RelativePath("venv/x"))
    planning.tree.write("a\n", to: try RelativePath("a"))
    let step = try Planner.replan(
      again.steps[1], of: again, on: planning.tree, ownership: planning.owner,
      options: planning.options)
    #expect(step.step.files.map(\.line) == ["deleted a"])
  }

  @Test func damageIsSeen() throws {
    let bytes = try saved(planning()).encoded()
    let refusals: [([UInt8], String)] = [
      (Array("{}".utf8), "this is no saved plan"),
      (
        Array("{\"mtor_plan\":2}".utf8), "the plan has version 2; this mtor reads 1"
      ),
      (
        Array(String(decoding: bytes, as: UTF8.self).replacing("fred", with: "john").utf8),
        "the plan was changed or damaged: its digest does not fit"
      ),
    ]
    for (bytes, message) in refusals {
      #expect(throws: SavedPlanError(message)) { try SavedPlan(decoding: bytes) }
    }
    // Cut off or changed anywhere, it is refused and nothing traps.
    for length in stride(from: 0, to: bytes.count - 1, by: 211) {
      #expect(throws: SavedPlanError.self) { try SavedPlan(decoding: Array(bytes[..<length])) }
    }
  }

  /// With a digest that fits, each value changed to another type is refused or harmless.
  @Test func whateverStandsInItNothingTraps() throws {
    let whole = try JSON(parsing: try saved(planning()).encoded())
    let body = try #require(whole["plan"])
    var count = 0
    for replacement in [JSON.null, .integer(-1), .string("../x"), .array([.null]), .object([])] {
      for index in stride(from: 0, to: 400, by: 7) {
        var left = index
        let changed = Self.replacing(body, &left, with: replacement)
        let bytes =
          ([
            "mtor_plan": 1, "sha256": .string(Digest(of: changed.bytes()).hex),
            "plan": changed,
          ] as JSON).bytes()
        do {
          _ = try SavedPlan(decoding: bytes)
        } catch {
          count += 1
        }
      }
    }
    #expect(count > 60)
  }

  private static func replacing(_ json: JSON, _ left: inout Int, with other: JSON) -> JSON {
    if left == 0 {
      left = -1
      return other
    }
    left -= 1
    switch json {
    case .array(let values): return .array(values.map { replacing($0, &left, with: other) })
    case .object(let members):
      return .object(members.map { .init($0.key, replacing($0.value, &left, with: other)) })
    default: return json
    }
  }

  @Test func theTreeIsComparedFileByFile() throws {
    var planning = try planning()
    let plan = try saved(planning)
    #expect(plan.verified(against: planning.tree).deviations.isEmpty)
    // Found as wanted is done.
    planning.tree.link(try RelativePath("c"), to: "a")
    planning.tree.write("b", to: try RelativePath("b"))
    let (settled, deviations) = plan.verified(against: planning.tree)
    #expect(settled.plans[0].steps[0].files.map(\.line)[2] == "unchanged c")
    #expect(
      deviations == [
        SavedPlan.Deviation(
          step: "one", path: try RelativePath("b"), expected: "absent",
          found: Digest(of: "b".utf8).hex, wanted: Digest(of: [0, 1, 2, 255]).hex)
      ])
  }
}
