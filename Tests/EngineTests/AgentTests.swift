import Events
import Manifests
import Platform
import Repairing
import TestSupport
import Testing
import YAMLTree

@testable import Engine

/// Coding agents as models: programs that edit a shadow by themselves, here scripts of the shell.
@Suite struct AgentTests {
  private let folder = TemporaryFolder()

  private static let manifest = """
    mtor: 1
    name: add
    steps:
      - id: add
        files:
          - path: calc.sh
            content: |
              echo $(($1 - $2))
          - path: test_calc.sh
            content: |
              test "$(sh calc.sh 1 2)" = 3 || { echo "error: expected 3"; exit 1; }
        tests:
          - sh test_calc.sh
    ...

    """

  /// Applies the manifest with an agent that is this script.
  private func apply(
    _ script: String, pace: WorkerTrace.Pace = WorkerTrace.Pace()
  ) throws -> (report: RunReport, attempt: AttemptRecord) {
    try folder.write("m.yaml", Self.manifest)
    var agent = ModelConfiguration(name: "agent", api: .command, mark: Mark(line: 1, column: 1))
    agent.command = ["sh", "-c", script]
    var configuration = Configuration()
    configuration.models = [agent]
    var request = ApplyRequest(sources: [.file(folder.file("m.yaml"))])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    request.repair = RepairSettings(
      configuration: configuration, ledger: folder.file("ledger.sqlite"), environment: [:])
    request.repair?.pace = pace
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector])
    let report = try #require(collector.report)
    return (report, try #require(report.steps.first?.attempts.first))
  }

  private static let repair = "sed -i 's/-/+/' calc.sh"
  /// Quick enough to wait for, slow enough for a busy machine.
  private static let quick = WorkerTrace.Pace(interval: 0.25, warning: 3, end: 6)

  @Test func whatItChangedIsJudgedAndItsTokensAreRead() throws {
    let (report, attempt) = try apply(
      """
      cat > prompt; grep -q 'test_calc.sh' prompt || exit 9; rm prompt
      \(Self.repair)
      echo '{"usage": {"input_tokens": 10, "output_tokens": 5}, "total_cost_usd": 0.01}'
      """)
    #expect(report.end?.outcome == .repaired)
    #expect(attempt.by == .agent && attempt.outcome == .fixed)
    #expect(attempt.usage.tokens == 15 && attempt.usage.usd == 0.01)
    #expect(try folder.text("tree/calc.sh") == "echo $(($1 + $2))\n")
  }

  @Test func tokensThatItDoesNotSayAreUnknownAndNotNone() throws {
    let (report, attempt) = try apply(Self.repair)
    #expect(report.end?.outcome == .repaired)
    #expect(attempt.usage.unmetered == 1 && attempt.usage.tokens == 0)
  }

  @Test func whatIsOutOfScopeIsDropped() throws {
    let (report, attempt) = try apply(
      "\(Self.repair); echo true > test_calc.sh; mkdir .github; echo x > .github/w.yml")
    #expect(report.end?.outcome == .repaired)
    #expect(attempt.files == ["calc.sh"])
    #expect(attempt.reason == "2 changes out of scope were dropped")
    #expect(try folder.text("tree/test_calc.sh").contains("expected 3"))
    #expect(folder.mode("tree/.github") == nil)
  }

  @Test func bendingTheTestAloneIsNoRepair() throws {
    let (report, attempt) = try apply("echo true > test_calc.sh")
    #expect(report.end?.exit == 5)
    #expect(attempt.signal == "S2")
    #expect(attempt.reason == "it ended with exit code 0 and changed nothing that may be edited")
  }

  @Test(arguments: [0, 3])
  func buildingNothingIsSeenWhateverTheExitCode(_ code: Int) throws {
    let (report, attempt) = try apply("echo done; exit \(code)")
    #expect(report.end?.exit == 5)
    #expect(attempt.outcome == .stalled && attempt.signal == "S2")
  }

  @Test func aMonologueThatEndsIsSeen() throws {
    let (_, attempt) = try apply("seq 2000; exit 0")
    #expect(attempt.signal == "S1w")
    #expect(
      attempt.reason
        == "ended: 8893 bytes were written and nothing was changed and changed nothing that may be "
        + "edited")
  }

  @Test func aMonologueWithoutAnEndIsEnded() throws {
    let (report, attempt) = try apply(
      "while :; do seq 500; sleep 0.2; done", pace: Self.quick)
    #expect(report.end?.exit == 5)
    #expect(attempt.signal == "S1w")
  }

  @Test func silenceIsEnded() throws {
    let (report, attempt) = try apply("sleep 3000", pace: Self.quick)
    #expect(report.end?.exit == 5)
    #expect(attempt.signal == "S6")
    #expect(attempt.reason?.hasPrefix("ended: no output, no change and no work for ") == true)
  }

  @Test func workThatIsDoneBeforeTheSilenceCounts() throws {
    let (report, attempt) = try apply("\(Self.repair); sleep 3000", pace: Self.quick)
    #expect(report.end?.outcome == .repaired)
    #expect(attempt.outcome == .fixed)
    #expect(attempt.reason?.hasPrefix("ended: S6, ") == true)
  }

  @Test func whoeverShowsLifeIsLeftAlone() throws {
    // Longer than silence may be, by signs of life of two kinds.
    let (report, attempt) = try apply(
      """
      for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done
      for i in 1 2 3 4 5 6 7 8; do echo $i > notes; sleep 0.5; done
      \(Self.repair)
      """, pace: Self.quick)
    #expect(report.end?.outcome == .repaired)
    #expect(attempt.signal == nil)
  }

  @Test func readingTheSameAgainAndAgainIsEnded() throws {
    let event =
      "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"name\":\"Read\","
      + "\"input\":{\"file_path\":\"calc.sh\"}},{\"type\":\"tool_use\",\"name\":\"Grep\","
      + "\"input\":{\"pattern\":\"x\"}}]}}"
    let (report, attempt) = try apply(
      "while :; do echo '\(event)'; sleep 0.2; done", pace: Self.quick)
    #expect(report.end?.exit == 5)
    #expect(attempt.signal == "S11")
  }
}
