import Events
import Manifests
import Planning
import Platform
import Records
import Synchronization
import TestSupport
import Testing
import Transport
import YAMLTree

@testable import Repairing

private let mark = Mark(line: 1, column: 1)
private let test = "python3 -m pytest -q tests"
private let broken = "def add(a, b):\n    return a - b\n"
private let right = "def add(a, b):\n    return a + b\n"

private func reply(_ content: String, _ path: String = "app/calc.py") -> ScriptedModels.Answer {
  .text("\(path)\n````\n\(content)````\nEND_REPAIR\n")
}

/// pytest over one function: what it says for what `add` does.
private let pytest: MemoryRoom.Behaviour = { files in
  let code = files["app/calc.py"] ?? ""
  if code.contains("os.abort") { return (0, "") }
  if code.contains("a + b") { return (0, "...\n3 passed in 0.01s\n") }
  let got = code.contains("a * b") ? 2 : -1
  return (
    1,
    "E       assert \(got) == 3\ntests/test_calc.py:4: AssertionError\n1 failed, 2 passed in 0.02s\n"
  )
}

private struct Setting {
  var files = ["app/calc.py": broken, "tests/test_calc.py": "assert add(1, 2) == 3\n"]
  var behaviours: [String: MemoryRoom.Behaviour] = [test: pytest]
  var policy = RepairPolicy()
  var models = ["cheap"]
  var limit = RepairConfiguration()
  var run = "run-1"
  var passed: [String] = []
  var window = 128_000
  let folder = TemporaryFolder()

  func records() throws -> RepairRecords { try RepairRecords(path: folder.file("ledger.sqlite")) }

  func planned(_ command: String) -> PlannedCommand {
    PlannedCommand(kind: .test, name: command, spec: CommandSpec(run: command, mark: mark))
  }

  func record(_ command: String, _ exit: Int, _ output: String) -> CommandRecord {
    var record = CommandRecord(
      kind: .test, name: command, run: command, outcome: exit == 0 ? .passed : .failed, line: 1)
    record.exit = exit
    record.output = output
    return record
  }

  var task: RepairTask {
    let planned = files.map { name, text in
      let state = FileState.regular(
        RegularFile(digest: Digest(of: Array(text.utf8)), size: text.utf8.count))
      return PlannedFile(
        path: path(name), action: .created, before: .absent, after: state, mark: mark)
    }
    var copy = files
    let (exit, output) = pytest(&copy)
    var task = RepairTask(
      run: run, root: "/work", step: "calc", files: planned, policy: policy,
      command: self.planned(test), record: record(test, exit, output))
    task.runLimit = limit
    task.passed = passed.map { (self.planned($0), record($0, 0, "1 passed in 0.1s\n")) }
    return task
  }

  var configurations: [ModelConfiguration] {
    models.map { name in
      var model = ModelConfiguration(name: name, api: .openai, mark: mark)
      model.model = name
      model.context = window
      model.price = ModelConfiguration.Price(input: 1, output: 2)
      return model
    }
  }

  func repair(
    _ asking: ScriptedModels, room: MemoryRoom? = nil, records: RepairRecords? = nil,
    task: RepairTask? = nil, configurations: [ModelConfiguration]? = nil,
    random: @escaping () -> String = Repairer.randomMark,
    show: ((PromptPreview) -> Void)? = nil
  ) throws -> RepairResult {
    let repairer = Repairer(
      room: room ?? MemoryRoom(files, behaviours), asking: asking,
      models: configurations ?? self.configurations,
      records: try records ?? self.records(), random: random, show: show)
    return try repairer.repair(task ?? self.task)
  }
}

@Suite struct RepairerTests {
  @Test func aFirstRightAnswerCostsOneRequest() throws {
    let models = ScriptedModels(reply(right))
    let result = try Setting().repair(models)
    #expect(result.outcome == .repaired)
    #expect(result.proposal?.files.map(\.after) == [Array(right.utf8)])
    #expect(result.author == "cheap")
    #expect(models.requests.count == 1)
    #expect(result.attempts.map(\.outcome) == [.fixed])
    #expect(result.attempts[0].usage.tokens == 120)
    #expect(result.attempts[0].usage.usd == 0.00014)
    #expect(result.attempts[0].files == ["app/calc.py"])
  }

  @Test func aPassInTheShadowIsFlakyAndFree() throws {
    var setting = Setting()
    setting.behaviours[test] = { _ in (0, "3 passed in 0.1s\n") }
    let models = ScriptedModels(reply(right))
    #expect(try setting.repair(models).outcome == .flaky)
    #expect(models.requests.isEmpty)
  }

  @Test func anotherWorldInTheShadowIsNoRepair() throws {
    var setting = Setting()
    setting.behaviours[test] = { _ in (1, "ConnectionError: no network\n") }
    let models = ScriptedModels(reply(right))
    let result = try setting.repair(models)
    #expect(
      result.outcome
        == .environment(
          "in the sandbox the command fails otherwise: ConnectionError: no network; network: true, "
            + "pass_env or repair.cache may give it what it lacks"))
    #expect(models.requests.isEmpty)
    setting = Setting()
    setting.passed = ["make lint"]
    let other = try setting.repair(models)
    #expect(
      other.outcome
        == .environment(
          "in the sandbox 'make lint' fails, which passes outside; network: true, pass_env or "
            + "repair.cache may give it what it lacks"))
    #expect(models.requests.isEmpty)
  }

  @Test func aFixerGoesBeforeEveryModel() throws {
    var setting = Setting()
    setting.policy.fixers = ["nothing", "fix"]
    setting.behaviours["nothing"] = { _ in (0, "") }
    setting.behaviours["fix"] = { files in
      files["app/calc.py"] = right
      files["elsewhere.txt"] = "x"
      return (0, "")
    }
    let models = ScriptedModels(reply(right))
    let result = try setting.repair(models)
    #expect(result.outcome == .fixed)
    #expect(result.author == "fix")
    #expect(result.proposal?.files.map(\.path) == [path("app/calc.py")])
    #expect(result.attempts.map(\.outcome) == [.notFixed, .fixed])
    #expect(models.requests.isEmpty)
  }

  @Test func twoFixersMayChangeOneFile() throws {
    var setting = Setting()
    setting.policy.fixers = ["half", "rest"]
    setting.behaviours["half"] = { files in
      files["app/calc.py"] = "def add(a, b):\n    return a * b\n"
      return (0, "")
    }
    setting.behaviours["rest"] = { files in
      files["app/calc.py"] = (files["app/calc.py"] ?? "").replacing("a * b", with: "a + b")
      return (0, "")
    }
    let result = try setting.repair(ScriptedModels())
    #expect(result.outcome == .fixed)
    #expect(result.proposal?.files.map(\.before) == [Array(broken.utf8)])
    #expect(result.proposal?.files.map(\.after) == [Array(right.utf8)])
  }

  // MARK: Candidates

  @Test func theSmallestCandidateThatPassesWins() throws {
    var setting = Setting()
    setting.policy.candidates = 4
    let long = "def add(a, b):\n    # sums\n    return a + b\n"
    let models = ScriptedModels(
      reply(long), reply("def add(a, b):\n    return a * b\n"), reply(right), reply(long))
    let result = try setting.repair(models)
    #expect(result.outcome == .repaired)
    #expect(result.proposal?.files.map(\.after) == [Array(right.utf8)])
    #expect(models.requests.map { $0.request.temperature } == [0, 0.8, 0.8, 0.8])
    #expect(result.attempts.count == 4)
    let byNumber = result.attempts.sorted { $0.number < $1.number }
    #expect(byNumber.map(\.outcome) == [.rejected, .notFixed, .fixed, .rejected])
    #expect(byNumber[0].reason == "it passes too, with a larger difference")
    #expect(byNumber[3].reason == "the same as attempt 1")
  }

  @Test func candidatesOfWhichNonePassesAreOneRound() throws {
    var setting = Setting()
    setting.policy.candidates = 2
    let models = ScriptedModels(
      reply("def add(a, b):\n    return a * b\n"), reply("def add(a, b):\n    return 5\n"),
      .text("no file"), reply("def add(a, b):\n    return 7\n"), reply(right), reply(right))
    let result = try setting.repair(models)
    #expect(result.outcome == .repaired)
    // Two rounds of two, then the fresh one.
    #expect(models.requests.count == 6)
  }

  @Test func candidatesStopAtTheBudget() throws {
    var setting = Setting()
    setting.policy.candidates = 8
    var tokens: Int?
    _ = try setting.repair(ScriptedModels(), show: { tokens = $0.tokens })
    // Room for one worst case (8,192 tokens of reply), but not for what it cost and a second.
    setting.policy.tokens = try #require(tokens) + 8192 + 100
    let models = ScriptedModels(reply("def add(a, b):\n    return a * b\n"), reply(right))
    let result = try setting.repair(models)
    guard case .outOfBudget = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
    #expect(models.requests.count == 1)
  }

  // MARK: What would be sent

  @Test func showingSendsNothing() throws {
    let setting = Setting()
    let models = ScriptedModels(reply(right))
    var shown: [PromptPreview] = []
    let result = try setting.repair(models, show: { shown.append($0) })
    #expect(result.outcome == .shown)
    #expect(models.requests.isEmpty)
    let text = try #require(shown.first?.text)
    #expect(text.hasPrefix("step calc: cheap would be asked this, about "))
    #expect(text.contains("return a - b") && text.hasSuffix("──── end ────\n"))
  }

  @Test func aSmallWindowGetsTheShortRequestSampledAnew() throws {
    var setting = Setting()
    setting.window = 8192
    let models = ScriptedModels(
      .text("```python\n\(broken)```\n"), .text("```python\ndef add(a, b):\n    return 4\n```\n"),
      .text("Here:\n\n```python\n\(right)```\nThis is a one-liner.\n"))
    let result = try setting.repair(models)
    #expect(result.outcome == .repaired)
    #expect(models.requests.allSatisfy { $0.request.system.isEmpty })
    #expect(
      models.requests[0].request.user == """
        Fix the bug in this code.

        ```python
        def add(a, b):
            return a - b
        ```

        E       assert -1 == 3
        tests/test_calc.py:4: AssertionError
        1 failed, 2 passed in 0.02s

        Write the corrected code in one fence.

        """)
    #expect(Set(models.requests.map(\.request.user)).count == 1)
    #expect(models.requests.map { $0.request.temperature } == [0, 0.8, 1.0])
  }

  @Test func aFixerThatBendsTheTestIsRejected() throws {
    var setting = Setting()
    setting.policy.fixers = ["bend"]
    setting.behaviours["bend"] = { files in
      files["tests/test_calc.py"] = ""
      files["app/calc.py"] = right
      return (0, "")
    }
    let result = try setting.repair(ScriptedModels())
    #expect(result.attempts[0].outcome == .rejected)
    #expect(
      result.attempts[0].reason == "running it changed 'tests/test_calc.py', which is protected")
    #expect(result.proposal == nil)
  }

  @Test func memoryRepairsTheSecondTreeForNothing() throws {
    let setting = Setting()
    let records = try setting.records()
    let task = setting.task
    let first = try setting.repair(ScriptedModels(reply(right)), records: records)
    try records.remember(
      RememberedRepair(
        declared: task.declared, fingerprint: first.fingerprint, root: "/other", run: "run-0",
        step: "calc", model: "cheap",
        files: [
          .init(
            path: "app/calc.py", declared: Array(broken.utf8), content: Array(right.utf8))
        ]))
    let models = ScriptedModels()
    let second = try setting.repair(models, records: records)
    #expect(second.outcome == .remembered)
    #expect(models.requests.isEmpty)
    #expect(second.attempts.map(\.by) == [.memory])
  }

  @Test func aMemoryThatDoesNotPassIsNotKept() throws {
    let setting = Setting()
    let records = try setting.records()
    let key = FailureText(output: Array("E       assert -1 == 3\n".utf8), exit: "").fingerprint
    for (content, name, base) in [
      ("def add(a, b):\n    return a * b\n", "app/calc.py", Array(broken.utf8)),
      ("", "conftest.py", nil),
    ] {
      try records.remember(
        RememberedRepair(
          declared: setting.task.declared, fingerprint: key, root: "/other", run: "run-0",
          step: "calc", model: "cheap",
          files: [.init(path: name, declared: base, content: Array(content.utf8))]))
      let result = try setting.repair(ScriptedModels(reply(right)), records: records)
      #expect(result.outcome == .repaired)
      #expect(result.attempts.map(\.by) == [.memory, .model])
    }
  }

  @Test func memoryIsNotForAnotherTreesOwnFile() throws {
    var setting = Setting()
    setting.policy.allow = ["config.py", "app/calc.py"]
    setting.files["config.py"] = "PROJECT = 'b'\nLEVEL = 1\n"
    let records = try setting.records()
    let task = setting.task
    let key = FailureText(output: Array("E       assert -1 == 3\n".utf8), exit: "").fingerprint
    func remember(_ base: String, _ content: String, _ run: String) throws {
      try records.remember(
        RememberedRepair(
          declared: task.declared, fingerprint: key, root: "/\(run)", run: run, step: "calc",
          model: "cheap",
          files: [
            .init(
              path: "app/calc.py", declared: Array(broken.utf8), content: Array(right.utf8)),
            .init(path: "config.py", declared: Array(base.utf8), content: Array(content.utf8)),
          ]))
    }
    try remember("SECRET = 'a'\nLEVEL = 1\n", "SECRET = 'a'\nLEVEL = 2\n", "a")
    let asked = ScriptedModels(reply(right))
    let first = try setting.repair(asked, records: records)
    #expect(first.outcome == .repaired)
    #expect(first.attempts.map(\.by) == [.model])
    #expect(asked.requests.count == 1)
    // What was made of this tree's own bytes is tried, and leaves the other tree's in its place.
    try remember("PROJECT = 'b'\nLEVEL = 1\n", "PROJECT = 'b'\nLEVEL = 2\n", "b")
    let second = try setting.repair(ScriptedModels(), records: records)
    #expect(second.outcome == .remembered)
    #expect(
      second.proposal?.files.map(\.after.text) == [right, "PROJECT = 'b'\nLEVEL = 2\n"])
    #expect(
      try records.repairs(of: task.declared, fingerprint: key).map(\.run) == ["b", "a"])
  }

  @Test func withNothingToEditNothingIsSent() throws {
    var setting = Setting()
    setting.policy.deny = ["app/**"]
    let models = ScriptedModels(reply(right))
    #expect(try setting.repair(models).outcome == .nothingEditable)
    #expect(models.requests.isEmpty)
  }

  @Test func underStrictNothingIsAskedForWhatNobodyCounts() throws {
    var setting = Setting()
    setting.behaviours["sh check"] = { _ in (0, "") }
    let models = ScriptedModels(reply(right))
    var task = setting.task
    task.isStrict = true
    task.passed = [(setting.planned("sh check"), setting.record("sh check", 0, ""))]
    let refused = try setting.repair(models, task: task)
    #expect(refused.outcome == .uncounted("sh check"))
    #expect(models.requests.isEmpty && refused.attempts.isEmpty)
    task.passed = []
    #expect(try setting.repair(models, task: task).outcome == .repaired)
    #expect(models.requests.count == 1)
  }

  @Test func withNoModelNothingIsSentButTheSizeIsSaid() throws {
    var setting = Setting()
    setting.models = []
    let result = try setting.repair(ScriptedModels())
    #expect(result.outcome == .noModel)
    let estimate = try #require(result.estimate)
    #expect(estimate > 100 && estimate < 700)
  }

  @Test func twoRoundsThenAFreshOneInTheOtherFormat() throws {
    var setting = Setting()
    setting.models = ["cheap", "dear"]
    let models = ScriptedModels(
      reply("def add(a, b):\n    return a * b\n"), reply("def add(a, b):\n    return b * a - 1\n"),
      reply("def add(a, b):\n    return a ** b\n"), reply(right))
    let result = try setting.repair(models)
    #expect(result.outcome == .repaired)
    #expect(models.requests.map(\.model) == ["cheap", "cheap", "cheap", "dear"])
    #expect(
      models.requests[1].request.user.contains(
        "Earlier attempts:\n- changed app/calc.py to: return a * b"))
    #expect(!models.requests[2].request.user.contains("Earlier attempts"))
    #expect(models.requests[2].request.system.contains("<<<<<<< SEARCH"))
    #expect(models.requests[0].request.temperature == 0)
  }

  @Test func anUnchangedReplyIsAnsweredDifferently() throws {
    let models = ScriptedModels(reply(broken), reply(right))
    let result = try Setting().repair(models)
    #expect(result.outcome == .repaired)
    #expect(result.attempts.map(\.outcome) == [.stalled, .fixed])
    #expect(result.attempts[0].signal == "S2")
    #expect(models.requests[1].request.temperature == 0.8)
    #expect(models.requests[1].request.user.contains("left every file exactly as it was"))
  }

  @Test func aRejectionIsSentBackWithItsReason() throws {
    let models = ScriptedModels(
      reply("pass\n", "tests/test_calc.py"), .text("app/calc.py\n````\nx\n"), reply(right))
    let result = try Setting().repair(models)
    #expect(result.outcome == .repaired)
    #expect(result.attempts.map(\.outcome) == [.rejected, .rejected, .fixed])
    #expect(result.attempts.map(\.signal) == ["S7t", "S8", nil])
    #expect(
      models.requests[1].request.user.contains(
        "Your last reply was not taken: 'tests/test_calc.py' is a test"))
  }

  @Test func aPassWithoutASummaryIsRefused() throws {
    let early = "import os\ndef add(a, b):\n    os.abort\n"
    let result = try Setting().repair(ScriptedModels(reply(early), reply(early), reply(early)))
    #expect(result.proposal == nil)
    #expect(result.attempts[0].reason == "the summary of pytest is missing")
    #expect(result.attempts[0].signal == "S7t")
  }

  @Test func aRepairThatBreaksAnotherTestIsNone() throws {
    var setting = Setting()
    setting.passed = ["pytest other"]
    setting.behaviours["pytest other"] = { files in
      (files["app/calc.py"] ?? "").contains("a + b")
        ? (1, "E   assert x\n1 failed in 0.1s\n") : (0, "1 passed in 0.1s\n")
    }
    let result = try setting.repair(ScriptedModels(reply(right), reply(right), reply(right)))
    #expect(result.proposal == nil)
    #expect(result.attempts[0].outcome == .notFixed)
    #expect(result.attempts[0].reason == "E   assert x")
  }

  @Test func theBudgetIsAskedBeforeAnythingIsSent() throws {
    var setting = Setting()
    setting.policy.tokens = 500
    let models = ScriptedModels(reply(right))
    let result = try setting.repair(models)
    #expect(models.requests.isEmpty)
    guard case .outOfBudget(let why) = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
    #expect(why.hasSuffix("tokens; 0 of 500 tokens are spent"))
    setting = Setting()
    setting.limit.usd = 0.0001
    let dear = try setting.repair(models)
    #expect(dear.attempts.map(\.signal) == ["S13"])
    #expect(
      dear.attempts[0].reason
        == "the next request may cost 0.0167 USD; 0 of 0.0001 USD are spent")
    #expect(models.requests.isEmpty)
    setting = Setting()
    setting.limit.usd = 0.000_01
    #expect(
      try setting.repair(models).attempts[0].reason
        == "the next request may cost 0.0167 USD; 0 of 0.00001 USD are spent")
  }

  @Test func triesThatMayHaveCostCountLikeAnyRequest() throws {
    var cut = EndpointFailure(.connection, "reset")
    cut.mayHaveCost = true
    cut.usage = TokenUsage(uncachedInput: 900, output: 700)
    let text = "app/calc.py\n````\n\(right)````\nEND_REPAIR\n"
    let all = try Setting().repair(ScriptedModels(.retried([cut, cut], text)))
    #expect(all.outcome == .repaired)
    #expect(all.attempts[0].usage.tokens == 3320 && all.attempts[0].usage.requests == 3)
    // One that says nothing counts as reserved, and of others nobody can tell.
    var silent = cut
    silent.usage = nil
    let records = try Setting().records()
    let some = try Setting().repair(ScriptedModels(.retried([silent], text)), records: records)
    #expect(some.attempts[0].usage.tokens == 120 && some.attempts[0].usage.unmetered == 1)
    #expect(try records.spending(scope: "run run-1").tokens > 2 * 8192)
    // What is left decides before each of them.
    var setting = Setting()
    setting.policy.tokens = 10_000
    let kept = try setting.records()
    let models = ScriptedModels(.retried([cut, cut], text))
    let over = try setting.repair(models, records: kept)
    guard case .outOfBudget = over.outcome else {
      Issue.record("\(over.outcome)")
      return
    }
    #expect(over.attempts[0].usage.tokens == 1600 && over.attempts[0].usage.requests == 1)
    #expect(try kept.spending(scope: "run run-1").tokens == 1600)
  }

  @Test func earlierRepairsHaveTakenOfTheRunsTime() throws {
    let setting = Setting()
    let models = ScriptedModels(reply(right))
    var task = setting.task
    task.runLimit.seconds = 60
    task.runSeconds = 61
    let result = try setting.repair(models, task: task)
    #expect(result.outcome == .outOfBudget("the time for this repair is used up"))
    #expect(models.requests.isEmpty)
    task.runSeconds = 1
    #expect(try setting.repair(models, task: task).outcome == .repaired)
  }

  // MARK: Agents

  private func agent(_ words: String...) -> ModelConfiguration {
    var model = ModelConfiguration(name: "agent", api: .command, mark: mark)
    model.command = words
    return model
  }

  @Test func whatAnAgentTookCountsForAllThatComesAfterIt() throws {
    var setting = Setting()
    setting.behaviours["agent"] = { _ in
      (0, "{\"usage\": {\"input_tokens\": 900000, \"output_tokens\": 5}, \"cost\": 5}\n")
    }
    setting.limit = RepairConfiguration(tokens: 100_000, usd: 1)
    let models = ScriptedModels(reply(right))
    let configured = [agent("agent")] + setting.configurations
    let result = try setting.repair(models, configurations: configured)
    guard case .outOfBudget(let why) = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
    #expect(why.hasSuffix("900005 of 100000 tokens are spent"))
    #expect(models.requests.isEmpty)
    #expect(result.attempts.map(\.usage.tokens) == [900_005, 0])
  }

  @Test func anAgentIsNotStartedWhereNotEvenOneReplyFits() throws {
    var setting = Setting()
    setting.behaviours["agent"] = { _ in
      Issue.record("it was started")
      return (0, "")
    }
    setting.policy.tokens = 1000
    let result = try setting.repair(ScriptedModels(), configurations: [agent("agent")])
    #expect(result.attempts.map(\.signal) == ["S13"])
    guard case .outOfBudget = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
  }

  @Test func anAgentThatIsNotThereIsOneThatCannotBeReached() throws {
    let setting = Setting()
    // What a shell says, and nothing was spent: the next model is asked.
    let configured = [agent("no-such-agent")] + setting.configurations
    let result = try setting.repair(ScriptedModels(reply(right)), configurations: configured)
    #expect(result.outcome == .repaired)
    #expect(result.attempts.map(\.outcome) == [.error, .fixed])
    #expect(
      result.attempts[0].reason
        == "agent could not be started: exit code 127: sh: no-such-agent: not found")
    #expect(result.attempts[0].usage == ModelUsage())
    let alone = try setting.repair(ScriptedModels(), configurations: [agent("no-such-agent")])
    #expect(
      alone.outcome
        == .unreachable(
          "agent could not be started: exit code 127: sh: no-such-agent: not found"))
  }

  // MARK: Scope

  @Test func whereALinkStandsNothingMayBeEdited() throws {
    var setting = Setting()
    setting.policy.allow = ["link.py"]
    let room = MemoryRoom(setting.files, setting.behaviours)
    room.links = ["link.py"]
    let models = ScriptedModels(reply(right, "link.py"))
    #expect(try setting.repair(models, room: room).outcome == .nothingEditable)
    #expect(models.requests.isEmpty)
    // A link that a pattern opens is refused in the reply.
    setting.policy.allow = ["*.py", "app/*"]
    let second = ScriptedModels(reply("x = 1\n", "link.py"), reply(right))
    let result = try setting.repair(second, room: room)
    #expect(result.outcome == .repaired)
    #expect(result.attempts[0].reason == "'link.py' " + RepairScope.Decision.irregular.reason)
  }

  @Test func aMarkOfAnotherFilesSecretIsNoCode() throws {
    var setting = Setting()
    let key = "sk-ant-api03-abcdefghij0123456789"
    setting.files["app/other.py"] = "KEY = \"\(key)\"\n"
    let known = right + "# REDACTED_mmmmmmmmmmmm_1\n"
    let models = ScriptedModels(
      reply(known), reply(right + "# REDACTED_mmmmmmmmmmmm_19\n"), reply(right))
    let result = try setting.repair(models, random: { "mmmmmmmmmmmm" })
    #expect(result.outcome == .repaired)
    #expect(result.proposal?.files.map(\.after.text) == [right])
    #expect(
      result.attempts.dropLast().map(\.reason)
        == Array(
          repeating:
            "'app/calc.py' would hold a mark that stands for a secret; a mark may only stand where "
            + "it stood in that very file", count: 2))
    #expect(!models.requests.contains { $0.request.user.contains(key) })
  }

  @Test func whatAModelOrATestSaysIsKeptWithoutSecrets() throws {
    let key = "sk-proj-0123456789abcdefghijkl"
    let blocked = try Setting().repair(ScriptedModels(.text("BLOCKED: my key is \(key)\n")))
    #expect(blocked.outcome == .blocked("my key is REDACTED_secret_1"))
    #expect(blocked.attempts[0].reason == "BLOCKED: my key is REDACTED_secret_1")
    var setting = Setting()
    setting.behaviours[test] = { files in
      (files["app/calc.py"] ?? "") == broken ? pytest(&files) : (1, "E   401 for \(key)\n")
    }
    let wrong = reply("def add(a, b):\n    return 7\n")
    let red = try setting.repair(ScriptedModels(wrong, wrong, wrong))
    #expect(red.attempts[0].reason == "E   401 for REDACTED_secret_1")
    #expect(!"\(red.outcome) \(red.attempts)".contains(key))
  }

  @Test func aReplyIsPaidForOnceWhateverIsKilled() throws {
    var setting = Setting()
    let records = try setting.records()
    let room = MemoryRoom(setting.files, setting.behaviours)
    // The first trial is `again`, the second tries the reply.
    room.crash(at: 2)
    let first = ScriptedModels(reply(right))
    #expect(throws: MemoryRoom.Crash.self) {
      try setting.repair(first, room: room, records: records)
    }
    #expect(first.requests.count == 1)
    setting.run = "run-2"
    let second = ScriptedModels()
    let result = try setting.repair(second, records: records)
    #expect(result.outcome == .repaired)
    #expect(second.requests.isEmpty)
    // What was paid is told once: by the run that lived to tell it.
    #expect(result.attempts[0].usage.tokens == 120)
    #expect(try records.spending(scope: "run run-2").tokens == 120)
    // With that run's repair the reply is used up: whoever fails so again asks.
    try records.close(run: "run-2")
    setting.run = "run-3"
    let third = ScriptedModels(reply(right))
    #expect(try setting.repair(third, records: records).outcome == .repaired)
    #expect(third.requests.count == 1)
  }

  @Test func everyReplyOfAKilledRunIsPaidForOnce() throws {
    var setting = Setting()
    // Each time another time is said, and of each run another fixer or memory may have been tried.
    let count = Mutex(0)
    setting.behaviours[test] = { files in
      let (exit, output) = pytest(&files)
      let time = count.withLock { count in
        count += 1
        return count
      }
      return (exit, output.replacing("in 0.02s", with: "in 0.\(time)s"))
    }
    setting.policy.fixers = ["nothing"]
    setting.behaviours["nothing"] = { _ in (0, "") }
    let records = try setting.records()
    let room = MemoryRoom(setting.files, setting.behaviours)
    // `again`, the fixer, two replies that are red, and the third.
    room.crash(at: 5)
    let first = ScriptedModels(
      reply("def add(a, b):\n    return a * b\n"), reply("def add(a, b):\n    return 5\n"),
      reply(right))
    #expect(throws: MemoryRoom.Crash.self) {
      try setting.repair(first, room: room, records: records)
    }
    #expect(first.requests.count == 3)
    setting.run = "run-2"
    setting.policy.fixers = []
    let second = ScriptedModels()
    let result = try setting.repair(second, records: records)
    #expect(result.outcome == .repaired)
    #expect(second.requests.isEmpty)
    #expect(result.attempts.map(\.usage.tokens) == [120, 120, 120])
  }

  @Test func aReplyThatBringsTheSameErrorAgainIsAskedForAnew() throws {
    var setting = Setting()
    let records = try setting.records()
    for (run, requests) in [("run-1", 1), ("run-2", 0)] {
      setting.run = run
      let room = MemoryRoom(setting.files, setting.behaviours)
      room.crash(at: 2)
      let models = ScriptedModels(reply(right))
      #expect(throws: MemoryRoom.Crash.self) {
        try setting.repair(models, room: room, records: records)
      }
      #expect(models.requests.count == requests)
    }
    setting.run = "run-3"
    let third = ScriptedModels(reply(right))
    #expect(try setting.repair(third, records: records).outcome == .repaired)
    #expect(third.requests.count == 1)
  }

  @Test func whatWasSpentIsToldWhereTheTrialCannotBeMade() throws {
    let setting = Setting()
    let room = MemoryRoom(setting.files, setting.behaviours)
    room.crash(at: 2)
    var ended: [AttemptRecord] = []
    let repairer = Repairer(
      room: room, asking: ScriptedModels(reply(right)), models: setting.configurations,
      records: try setting.records(),
      send: { if case .attemptEnded(_, let record) = $0 { ended.append(record) } })
    #expect(throws: MemoryRoom.Crash.self) { try repairer.repair(setting.task) }
    #expect(ended.map(\.outcome) == [.error] && ended.map(\.reason) == ["Crash()"])
    #expect(ended.map(\.usage.tokens) == [120] && ended.allSatisfy { $0.request != nil })
  }

  @Test func anotherTreeIsNotGivenAReply() throws {
    let setting = Setting()
    let records = try setting.records()
    let room = MemoryRoom(setting.files, setting.behaviours)
    room.crash(at: 2)
    #expect(throws: MemoryRoom.Crash.self) {
      try setting.repair(ScriptedModels(reply(right)), room: room, records: records)
    }
    var task = setting.task
    task.root = "/elsewhere"
    task.run = "run-2"
    let second = ScriptedModels(reply(right))
    #expect(try setting.repair(second, records: records, task: task).outcome == .repaired)
    #expect(second.requests.count == 1)
  }

  @Test func blockedIsAnAnswer() throws {
    let models = ScriptedModels(.text("BLOCKED: the test is wrong\nEND_REPAIR\n"), reply(right))
    let result = try Setting().repair(models)
    #expect(result.outcome == .blocked("the test is wrong"))
    #expect(models.requests.count == 1)
  }

  @Test func noAnswerFromAnybodyIsUnreachable() throws {
    var setting = Setting()
    setting.models = ["cheap", "dear"]
    let down = EndpointFailure(.quota, "cheap answered 429: pay")
    let result = try setting.repair(ScriptedModels(.failure(down), .failure(down)))
    #expect(result.outcome == .unreachable("cheap answered 429: pay"))
    #expect(result.attempts.map(\.outcome) == [.error, .error])
  }

  @Test func theSurpriseIsCleaned() throws {
    let models = ScriptedModels(
      .text("app/calc.py\n````\n\(right)````\nSURPRISE: a\u{1B}[2J <b>`x`\u{202E}\nEND_REPAIR\n"))
    #expect(try Setting().repair(models).attempts[0].surprise == "a[2J `x`")
  }

  @Test func whenAllFailsTheBestAttemptIsHandedBack() throws {
    let models = ScriptedModels(
      reply("def add(a, b):\n    return a * b\n"), reply("def add(a, b):\n    return 5\n"),
      reply("def add(a, b):\n    return 6\n"))
    let result = try Setting().repair(models)
    guard case .stalled = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
    #expect(result.best?.files.map(\.after) == [Array("def add(a, b):\n    return a * b\n".utf8)])
    #expect(result.proposal == nil)
  }
}
