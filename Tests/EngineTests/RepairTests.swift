import Events
import Manifests
import Planning
import Platform
import Subprocess
import TestSupport
import Testing
import YAMLTree

@testable import Engine

/// Repairs of real trees, in real shadows, by a model that answers from a script.
@Suite struct RepairTests {
  private let folder = TemporaryFolder()
  private static let broken = "def add(a, b):\n    return a - b\n"
  private static let right = "def add(a, b):\n    return a + b\n"

  private static let manifest = """
    mtor: 1
    name: add
    env: {PYTHONDONTWRITEBYTECODE: "1"}
    steps:
      - id: add
        files:
          - path: calc.py
            content: |
              def add(a, b):
                  return a - b
          - path: test_calc.py
            content: |
              import unittest
              from calc import add


              class Case(unittest.TestCase):
                  def test_add(self):
                      self.assertEqual(add(1, 2), 3)
        tests:
          - python3 -m unittest -q test_calc
    ...

    """

  private func reply(_ content: String, path: String = "calc.py") -> String {
    "\(path)\n````\n\(content)````\nEND_REPAIR\n"
  }

  /// Applies the manifest with a model that gives these replies; the report and the requests.
  private func apply(
    _ replies: [JSON], manifest: String = manifest, tree: String = "tree",
    route: ModelConfiguration.API = .openai, _ adjust: (inout ApplyRequest) -> Void = { _ in }
  ) throws -> (report: RunReport, requests: Int) {
    try folder.write("replies.json", JSON.array(replies).text())
    try folder.write("m.yaml", manifest)
    try folder.write("requests", "")
    let server = try EndpointProcess(
      "scripted.py", [folder.file("replies.json"), folder.file("requests")])
    var model = ModelConfiguration(name: "scripted", api: route, mark: Mark(line: 1, column: 1))
    model.url = "http://127.0.0.1:\(server.port)/v1"
    model.model = "scripted"
    var configuration = Configuration()
    if !replies.isEmpty { configuration.models = [model] }
    var request = ApplyRequest(sources: [.file(folder.file("m.yaml"))])
    request.root = folder.file(tree)
    request.stateHome = folder.file("state")
    request.repair = RepairSettings(
      configuration: configuration, ledger: folder.file("ledger.sqlite"), environment: [:])
    adjust(&request)
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector])
    let lines = try folder.text("requests").split(separator: "\n")
    return (try #require(collector.report), lines.count)
  }

  @Test(arguments: [ModelConfiguration.API.openai, .anthropic])
  func aFirstRightAnswerIsLandedAndTheSecondApplyIsFree(_ route: ModelConfiguration.API) throws {
    let (report, requests) = try apply([.string(reply(Self.right))], route: route)
    #expect(requests == 1)
    #expect(report.end?.outcome == .repaired)
    #expect(report.end?.exit == 0)
    #expect(report.steps.first?.outcome == .repaired)
    #expect(try folder.text("tree/calc.py") == Self.right)

    let again = try apply([.string("nobody asks")], route: route)
    #expect(again.requests == 0)
    #expect(again.report.end?.outcome == .passed)
    #expect(again.report.steps.first?.files.first?.action == .unchanged)
    #expect(try folder.text("tree/calc.py") == Self.right)

    // Another tree with the same failure: from memory.
    let other = try apply([.string("nobody asks")], tree: "other", route: route)
    #expect(other.requests == 0)
    #expect(other.report.steps.first?.outcome == .remembered)
    #expect(try folder.text("other/calc.py") == Self.right)
  }

  @Test func aRepairIsUndoneLikeAnyApply() throws {
    _ = try apply([.string(reply(Self.right))])
    _ = try Undo.perform(
      nil, root: folder.file("tree"), withCommit: false, ledger: nil,
      stateHome: folder.file("state"))
    #expect(folder.mode("tree/calc.py") == nil)
  }

  @Test func whenNothingHelpsTheDeclaredBytesStandAndTheExitCodeSaysSo() throws {
    let wrong = "def add(a, b):\n    return a * b\n"
    let (report, requests) = try apply([.string(reply(wrong))])
    #expect(report.end?.exit == 5)
    #expect(report.end?.outcome == .stalled)
    #expect(report.steps.first?.outcome == .stalled)
    #expect(requests >= 2 && requests <= 4)
    #expect(try folder.text("tree/calc.py") == Self.broken)
  }

  @Test func aStreamThatAlwaysBreaksWritesNothing() throws {
    let half: JSON = ["text": .string(reply(Self.right)), "drop_after": 30]
    let (report, _) = try apply([half])
    #expect(report.end?.exit == 6)
    #expect(report.end?.outcome == .unreachable)
    #expect(try folder.text("tree/calc.py") == Self.broken)
  }

  @Test func aSpentQuotaCostsOneRequest() throws {
    let refusal: JSON = [
      "status": 429, "body": ["error": ["code": "insufficient_quota", "message": "pay"]],
    ]
    let (report, requests) = try apply([refusal])
    #expect(requests == 1)
    #expect(report.end?.exit == 6)
  }

  @Test func withoutAModelNothingIsAskedAndTheTestStaysRed() throws {
    let (report, requests) = try apply([])
    #expect(requests == 0)
    #expect(report.end?.exit == 1)
    #expect(report.attempts.isEmpty && report.steps.first?.attempts.isEmpty == true)
  }

  @Test func aPassingTestCostsNothing() throws {
    let fine = Self.manifest.replacing("return a - b", with: "return a + b")
    let (report, requests) = try apply([.string("nobody asks")], manifest: fine)
    #expect(requests == 0)
    #expect(report.end?.outcome == .passed)
  }

  @Test func anEarlyExitIsNoRepair() throws {
    // The words are put together so that only the missing summary tells.
    let early = "import os\ngetattr(os, '_' + 'exit')(0)\n\n\ndef add(a, b):\n    return a - b\n"
    let (report, _) = try apply([.string(reply(early))])
    #expect(report.end?.exit == 5)
    #expect(
      report.steps.first?.attempts.first?.reason == "the summary of unittest is missing")
    #expect(try folder.text("tree/calc.py") == Self.broken)
  }

  private static let bending = """
    # The name is put together, or the reply itself would be refused for it.
    u = 'unit' + 'test'
    lines = ['import ' + u, 'class Case(' + u + '.TestCase):', '    def test_add(self):']
    open('test_calc.py', 'w').write('\\n'.join(lines + ['        pass', '']))


    def add(a, b):
        return a + b

    """

  @Test func whatARepairedProgramDoesToItsTestsIsSeen() throws {
    // Without a sandbox nothing keeps it from trying.
    let (report, _) = try apply([.string(reply(Self.bending))]) { $0.repair?.isUnsafe = true }
    #expect(report.end?.exit == 5)
    #expect(
      report.steps.first?.attempts.first?.reason
        == "running it changed 'test_calc.py', which is protected")
    #expect(
      report.notices.contains {
        $0.message == "--unsafe-no-sandbox: code that a model wrote runs without a sandbox"
      })
    #expect(try folder.text("tree/calc.py") == Self.broken)
    #expect(try folder.text("tree/test_calc.py").contains("assertEqual"))
  }

  @Test func aRepairedProgramCannotWriteToItsTests() throws {
    guard try Sandbox.survey(CommandRunner()).best != .none else { return }
    let (report, _) = try apply([.string(reply(Self.bending))])
    #expect(report.end?.exit == 5)
    // It ran, and failed: not even in the shadow was there another test for a while.
    #expect(report.steps.first?.attempts.first?.outcome == .notFixed)
    #expect(try folder.text("tree/calc.py") == Self.broken)
    #expect(try folder.text("tree/test_calc.py").contains("assertEqual"))
  }

  /// Every protected file is read-only to a trial: what the manifest declares, and what else is
  /// there, tracked by git or not.
  @Test(arguments: [false, true]) func protectedFilesAreReadOnly(inGit: Bool) throws {
    guard try Sandbox.survey(CommandRunner()).best != .none else { return }
    try folder.write("tree/tests/test_other.py", "other\n")
    try folder.write("tree/conftest.py", "conf\n")
    try folder.write("tree/plain.txt", "plain\n")
    if inGit {
      var git = Command(
        .sh("git init -q && git add ."), directory: folder.file("tree"),
        environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path])
      git.timeout = 60
      #expect(try CommandRunner().run(git).succeeded)
    }
    // Repairs only where each of the three refuses to be written, and the fourth does not.
    let fixer =
      "for f in test_calc.py tests/test_other.py conftest.py; do ! echo x >> $f || exit 1; done; "
      + "echo x >> plain.txt; sed -i 's/a - b/a + b/' calc.py"
    let fixed = Self.manifest.replacing(
      "    tests:\n", with: "    repair: {fixers: [\"\(fixer)\"]}\n    tests:\n")
    let (report, _) = try apply([.string("nobody asks")], manifest: fixed)
    #expect(report.steps.first?.outcome == .fixed, "\(report.end?.reason ?? "")")
    #expect(try folder.text("tree/calc.py") == Self.right)
    #expect(try folder.text("tree/conftest.py") == "conf\n")
  }

  @Test func aFixerGoesFirst() throws {
    let fixed = Self.manifest.replacing(
      "    tests:\n",
      with: "    repair: {fixers: [\"sed -i 's/a - b/a + b/' calc.py\"]}\n    tests:\n")
    let (report, requests) = try apply([.string("nobody asks")], manifest: fixed)
    #expect(requests == 0)
    #expect(report.steps.first?.outcome == .fixed)
    #expect(try folder.text("tree/calc.py") == Self.right)
  }

  @Test func verifyIsRepairedInTheScopeOfAllSteps() throws {
    let gate = Self.manifest.replacing(
      "    tests:\n      - python3 -m unittest -q test_calc\n",
      with: "verify:\n  - python3 -m unittest -q test_calc\n")
    let (report, requests) = try apply([.string(reply(Self.right))], manifest: gate)
    #expect(requests == 1)
    #expect(report.end?.outcome == .repaired)
    #expect(try folder.text("tree/calc.py") == Self.right)
  }

  @Test func whatWasRedBeforeCostsNothing() throws {
    // The bug stands in the tree already; the manifest only adds something else.
    try folder.write("tree/calc.py", Self.broken)
    try folder.write(
      "tree/test_calc.py",
      "import unittest\nfrom calc import add\n\n\nclass Case(unittest.TestCase):\n"
        + "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n")
    let other = """
      mtor: 1
      name: other
      env: {PYTHONDONTWRITEBYTECODE: "1"}
      steps:
        - id: other
          files:
            - path: other.py
              content: |
                x = 1
      verify:
        - python3 -m unittest -q test_calc
      ...

      """
    let (report, requests) = try apply([.string("nobody asks")], manifest: other)
    #expect(requests == 0)
    #expect(report.end?.outcome == .redBefore)
    #expect(report.end?.exit == 1)
  }
}
