import Manifests
import Planning
import Platform
import Reporting
import Testing
import YAMLTree

@Suite struct PlanTextTests {
  private let plain = Style(isColored: false)
  private let mark = Mark(line: 7, column: 9)

  private func file(
    _ path: String, _ action: PlannedFile.Action, after: FileState = .absent
  ) throws -> PlannedFile {
    PlannedFile(
      path: try RelativePath(path), action: action, before: .absent, after: after, mark: mark)
  }

  private func plan() throws -> Plan {
    var plan = Plan(
      manifestName: "hello", manifestDigest: Digest(of: []), manifestFile: "hello.yaml")
    var step = PlannedStep(id: "greeter", decision: .perform, mark: mark)
    step.intent = "A pure function.\nNo I/O."
    var workflow = try file(
      ".github/workflows/ci.yml", .created,
      after: .regular(RegularFile(digest: Digest(of: []), size: 12, isExecutable: false)))
    workflow.grantsExecution = true
    var moved = try file("b.py", .moved)
    moved.movedFrom = try RelativePath("a.py")
    step.files = [
      workflow, moved, try file("a.py", .deleted), try file("c\u{E9}.py", .unchanged),
    ]
    step.run = [command(.run, "make\nmake install")]
    step.tests = [command(.test, "pytest -q")]
    var later = PlannedStep(id: "later", decision: .unknown, mark: mark)
    later.files = [try file("d.py", .unknown)]
    plan.steps = [step, later, PlannedStep(id: "never", decision: .skip, mark: mark)]
    plan.verify = [command(.verify, "make check")]
    plan.commit = "Add a greeter"
    return plan
  }

  private func command(_ kind: PlannedCommand.Kind, _ run: String) -> PlannedCommand {
    PlannedCommand(kind: kind, name: run, spec: CommandSpec(run: run, mark: mark))
  }

  @Test func aPlanIsReadFromTopToBottom() throws {
    let text = PlanText(plain, width: nil) { step in
      step.id == "greeter" ? "--- a/a.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\u{1B}\n+y\tz\n" : ""
    }.text([try plan()])
    #expect(
      text == """
        plan hello (hello.yaml)

        step greeter  A pure function. …
        +     created  .github/workflows/ci.yml (12 bytes)
        !    executes  .github/workflows/ci.yml makes other programs run something
        >       moved  b.py (from a.py)
        -     deleted  a.py
        =   unchanged  cé.py
        $         run  make …
        $        test  pytest -q

        --- a/a.py
        +++ b/b.py
        @@ -1 +1 @@
        -x\\u{1B}
        +y\tz

        step later
        ?     unknown  depends on earlier commands; planned again when it is reached
        ?     unknown  d.py

        step never
        -     skipped  its `when` does not hold
        $      verify  make check
               commit  Add a greeter
        ─────────────
        ✓     planned  1 created, 1 moved, 1 deleted, 1 unchanged · 1 unknown until a command has \
        run · 3 commands to run

        """)
  }

  @Test func aConflictStandsWithItsLineAndRefusesThePlan() throws {
    var plan = Plan(
      manifestName: "hello", manifestDigest: Digest(of: []), manifestFile: "hello.yaml")
    plan.source = SourceText(
      name: "hello.yaml", bytes: Array("mtor: 1\nfiles:\n  - path: a\n".utf8))
    plan.conflicts = [
      Conflict(
        path: "a", rule: "conflict-changed", message: "differs from HEAD",
        hint: "commit it first", step: "s", mark: Mark(line: 3, column: 11))
    ]
    let text = PlanText(plain, width: nil) { _ in "" }.text([plan])
    #expect(
      text == """
        plan hello (hello.yaml)

        hello.yaml:3:11: error[conflict-changed]: a: differs from HEAD
          |
        3 |   - path: a
          |           ^
          = help: commit it first
        ─────────────
        ✗     planned  nothing to change · 0 commands to run · 1 conflict: \
        apply would refuse

        """)
    let json = PlanJSON.json([plan]) { _, _ in "" }
    #expect(json["ok"] == false)
    #expect(json["changes_pending"] == false)
    #expect(json["conflicts"]?.array?.first?["location"]?["line"] == 3)
  }

  @Test func theJSONPlanSaysTheSame() throws {
    let json = PlanJSON.json([try plan()]) { _, _ in "" }
    #expect(json["ok"] == true)
    #expect(json["changes_pending"] == true)
    #expect(json["files"]?["created"] == 1)
    let steps = json["plans"]?.array?.first?["steps"]?.array
    #expect(steps?.map { $0["decision"] } == ["perform", "unknown", "skip"])
    let files = steps?.first?["files"]?.array
    #expect(files?.first?["grants_execution"] == true)
    #expect(files?[1]["moved_from"] == "a.py")
    #expect(files?.first?["after"]?["bytes"] == 12)
  }
}
