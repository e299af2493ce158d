import Events
import Manifests
import Planning
import Platform
import TestSupport
import Testing
import YAMLTree

@testable import Repairing

private let mark = Mark(line: 1, column: 1)

/// One request, of which each part may differ.
private struct Request {
  var output = "calc.py:3: error: bad\n"
  var ending = 1
  var root = "/work"
  var step: String? = "calc"
  var command = "check"
  var content = "a = 1\n"
  var intent: String?
  var model = "cheap"
  var temperature = 0.0
  var format = ReplyFormat.whole
  var isFresh = false
  var notice: String?
  var history: [String] = []
  var tried: [String] = []
  var replies: [Digest] = []
  var findings: [PromptInput.Finding] = []
  var cap = 8192

  var key: Digest {
    get throws {
      let file = PlannedFile(
        path: path("calc.py"), action: .created, before: .absent,
        after: .regular(RegularFile(digest: Digest(of: Array("declared".utf8)), size: 8)),
        mark: mark)
      var record = CommandRecord(
        kind: .test, name: command, run: command, outcome: .failed, line: 1)
      record.exit = ending
      record.output = output
      let planned = PlannedCommand(
        kind: .test, name: command, spec: CommandSpec(run: command, mark: mark))
      var task = RepairTask(
        run: "run-1", root: root, step: step, files: [file], policy: RepairPolicy(),
        command: planned, record: record)
      task.intent = intent
      var situation = Situation(
        task: task, scope: try RepairScope(policy: task.policy, files: task.files),
        commands: [planned],
        TrialOutcome.Result(record: record, output: Array(output.utf8)), usual: [])
      situation.findings = findings
      var climb = Climb(
        situation: situation,
        shown: [.init(path: path("calc.py"), content: Array(content.utf8), isEditable: true)],
        wholeFits: true, started: 0)
      climb.history = history
      climb.tried = tried
      var configured = ModelConfiguration(name: model, api: .openai, mark: mark)
      configured.model = model
      configured.maxOutput = cap
      let ask = Ladder.Ask(
        model: model, format: format, temperature: temperature, isFresh: isFresh, isWide: false,
        isSmall: false, notice: notice, isAgent: false, isPlain: false)
      return RequestKey.make(climb.input(of: ask), ask, of: configured, climb, after: replies)
    }
  }

  func with(_ change: (inout Request) -> Void) -> Request {
    var request = self
    change(&request)
    return request
  }
}

struct RequestKeyTests {
  @Test(arguments: [
    ("took 0.123456789s", "took 0.2s"), ("2 failed in 0.31s", "2 failed in 12.5s"),
    ("Time:        0.412 s, estimated 1 s", "Time:        1.03 s, estimated 1 s"),
    (
      "Executed 1 test, with 1 failure (0 unexpected) in 0.003 (0.004) seconds",
      "Executed 1 test, with 1 failure (0 unexpected) in 0.1 (0.2) seconds"
    ),
    ("failed after 0.001 seconds.", "failed after 0.05 seconds."),
    ("Duration: 12 ms - calc.dll", "Duration: 7 ms - calc.dll"),
    ("started at 2026-01-31 12:30:01.123", "started at 2026-02-01 00:00:59.9"),
    ("pid 4711 at 0x7ffe1234", "pid 12 at 0x55aa1234"),
    ("in /tmp/tmp.a1/out", "in /tmp/tmp.b2/out"),
  ])
  func whatDiffersBetweenTwoRunsOfOneFailureIsNoOtherRequest(_ a: String, _ b: String) throws {
    let request = Request()
    let first = request.with { $0.output = "\(a)\n\($0.output)" }
    let second = request.with { $0.output = "\(b)\n\($0.output)" }
    #expect(try first.key == second.key)
    // Nor in the line of an earlier attempt.
    #expect(
      try request.with { $0.history = ["changed a to: b; then: \(a)"] }.key
        == request.with { $0.history = ["changed a to: b; then: \(b)"] }.key)
  }

  @Test(arguments: [
    ("expected 3", "expected 4"), ("expected 5 seconds", "expected 6 seconds"),
    ("3.14 is not pi", "2.71 is not pi"), ("FAIL a/test.py", "FAIL b/test.py"),
    ("calc.py:3", "calc.py:4"),
  ])
  func anotherOutputIsAnotherRequest(_ a: String, _ b: String) throws {
    let request = Request()
    #expect(
      try request.with { $0.output = "error: x\n\(a)\n" }.key
        != request.with { $0.output = "error: x\n\(b)\n" }.key)
  }

  @Test func theEndOfALongLineAndOfALongOutputCounts() throws {
    let long = String(repeating: "word ", count: 1000)
    let lines = String(repeating: "some line of a log\n", count: 5000)
    func key(_ output: String) throws -> Digest { try Request().with { $0.output = output }.key }
    #expect(try key("error: \(long) a") != key("error: \(long) b"))
    #expect(try key(lines + "a\n") != key(lines + "b\n"))
    #expect(try key("a\n" + lines) != key("b\n" + lines))
    #expect(try key(lines + "error: x\na\n" + lines) != key(lines + "error: x\nb\n" + lines))
    // What no request shows may be anything.
    #expect(try key("error: x\n\(lines)a\n\(lines)") == key("error: x\n\(lines)b\n\(lines)"))
  }

  @Test func allThatIsAskedAndAllThatCameBeforeIsInTheKey() throws {
    let request = Request()
    let changes: [(inout Request) -> Void] = [
      { $0.ending = 2 }, { $0.root = "/other" }, { $0.step = "other" }, { $0.step = nil },
      { $0.command = "other" }, { $0.content = "a = 2\n" }, { $0.intent = "add" },
      { $0.model = "dear" }, { $0.temperature = 0.8 }, { $0.format = .edits },
      { $0.isFresh = true }, { $0.notice = "no" }, { $0.history = ["changed"] },
      { $0.tried = ["x"] }, { $0.replies = [Digest(of: [])] },
      { $0.replies = [Digest(of: []), Digest(of: [])] }, { $0.cap = 16 },
      { $0.findings = [.init(note: "n", output: "o")] },
    ]
    let keys = try [request.key] + changes.map { try request.with($0).key }
    #expect(Set(keys).count == keys.count)
  }
}
