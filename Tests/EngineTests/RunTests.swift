import Events
import Glibc
import Planning
import Platform
import TestSupport
import Testing

@testable import Engine

/// Whole runs on real trees: the loop that everybody runs.
@Suite struct RunTests {
  private let folder = TemporaryFolder()

  private func request(_ manifest: String) throws -> ApplyRequest {
    try folder.write("m.yaml", manifest)
    var request = ApplyRequest(sources: [.file(folder.file("m.yaml"))])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    return request
  }

  @discardableResult
  private func apply(
    _ manifest: String, _ adjust: (inout ApplyRequest) -> Void = { _ in }
  ) throws -> RunReport {
    var request = try request(manifest)
    adjust(&request)
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector])
    return try #require(collector.report)
  }

  private func manifest(_ content: String, test: String = "true") -> String {
    """
    mtor: 1
    name: greet
    steps:
      - id: one
        files:
          - path: app/a.txt
            content: |
              \(content)
        tests:
          - \(test)
    ...

    """
  }

  @Test func aRedRunIsCorrectedAndAppliedAgain() throws {
    let red = try apply(manifest("wrong", test: "grep -q right app/a.txt"))
    #expect(red.end?.exit == 1)
    #expect(red.end?.outcome == .failed)
    #expect(red.steps.first?.outcome == .failed)
    #expect(try folder.text("tree/app/a.txt") == "wrong\n")

    let green = try apply(manifest("right", test: "grep -q right app/a.txt"))
    #expect(green.end?.exit == 0)
    #expect(green.steps.first?.files.first?.action == .replaced)
    #expect(try folder.text("tree/app/a.txt") == "right\n")

    let again = try apply(manifest("right", test: "grep -q right app/a.txt"))
    #expect(again.end?.exit == 0)
    #expect(again.steps.first?.files.first?.action == .unchanged)
  }

  @Test func whatAPersonChangedIsAConflictAndNothingIsWritten() throws {
    try apply(manifest("one"))
    try folder.write("tree/app/a.txt", "mine\n")
    #expect(throws: RunFailure.self) { try apply(manifest("two")) }
    #expect(try folder.text("tree/app/a.txt") == "mine\n")
    let forced = try apply(manifest("two")) { $0.isForced = true }
    #expect(forced.end?.exit == 0)
    #expect(try folder.text("tree/app/a.txt") == "two\n")
  }

  @Test func undoGivesBackWhatStoodThere() throws {
    mkdir(folder.file("tree"), 0o755)
    try apply(manifest("one"))
    try apply(manifest("two"))
    let second = try Undo.perform(
      nil, root: folder.file("tree"), withCommit: false, ledger: nil,
      stateHome: folder.file("state"))
    #expect(second.paths == ["app/a.txt"])
    #expect(try folder.text("tree/app/a.txt") == "one\n")
    // What undo brought back is still mtor's own.
    #expect(try apply(manifest("three")).end?.exit == 0)
  }

  @Test func aFailedRunCanTakeItsFilesBack() throws {
    let report = try apply(manifest("one", test: "false")) { $0.onFailure = .undo }
    #expect(report.end?.exit == 1)
    #expect(report.end?.canUndo == false)
    #expect(folder.mode("tree/app") == nil)
  }

  @Test func aRunWithoutTestsIsUntested() throws {
    let text = manifest("one").replacing("    tests:\n      - true\n", with: "")
    #expect(try apply(text).end?.outcome == .untested)
    let strict = try apply(text) { $0.isStrict = true }
    #expect(strict.end?.exit == 1)
  }
}
