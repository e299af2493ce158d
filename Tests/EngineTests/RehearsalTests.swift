import Events
import Glibc
import Planning
import Platform
import Subprocess
import TestSupport
import Testing

@testable import Engine

/// Runs whose commands work in a shadow of the tree.
@Suite struct RehearsalTests {
  private let folder = TemporaryFolder()

  private func run(
    _ isolation: Isolation, _ steps: String, _ others: any RunListener...
  ) throws -> RunReport {
    let manifest = "mtor: 1\nname: rehearsal\nsteps:\n\(steps)...\n"
    try folder.write("m.yaml", manifest)
    var request = ApplyRequest(sources: [.file(folder.file("m.yaml"))])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    request.isolation = isolation
    // The tree's files were put there by the test, not by mtor.
    request.isForced = true
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector] + others)
    return try #require(collector.report)
  }

  private let generating = """
      - id: one
        files:
          - {path: src/in.txt, content: "in\\n"}
          - {path: old.txt, delete: true, was: present}
        run:
          - mkdir -p out && sed s/in/out/ src/in.txt > out/made.txt && echo x > litter
        outputs: ["out/*"]
        tests:
          - test -f out/made.txt && test ! -e old.txt
      - id: two
        files:
          - path: src/in.txt
            edit: [{append: "more\\n"}]
        tests:
          - grep -q more src/in.txt

    """

  private func makeTree() throws {
    try folder.write("tree/old.txt", "old\n")
  }

  private var tree: [String] {
    get throws { try names(folder.file("tree"), "") }
  }

  private func names(_ path: String, _ prefix: String) throws -> [String] {
    let listed = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
    return try FolderListing.names(of: listed).flatMap { name -> [String] in
      if name == ".mtor" { return [] }
      let isFolder = try FileStatus.of(path + "/" + name, in: AT_FDCWD)?.kind == .directory
      return isFolder
        ? try names(path + "/" + name, prefix + name + "/") : [prefix + name]
    }
  }

  @Test func aRehearsalLeavesTheTreeAsItWas() throws {
    try makeTree()
    let report = try run(.rehearsed(lands: false, inSandbox: false), generating)
    #expect(report.end?.exit == 0)
    #expect(report.end?.outcome == .passed)
    #expect(report.end?.canUndo == false)
    #expect(try tree == ["old.txt"])
    #expect(folder.mode("state/mtor/shadows").map { _ in true } == true)
  }

  @Test func aRehearsalThatPassedLandsAtOnce() throws {
    try makeTree()
    let report = try run(.rehearsed(lands: true, inSandbox: false), generating)
    #expect(report.end?.exit == 0)
    #expect(try tree == ["out/made.txt", "src/in.txt"])
    #expect(try folder.text("tree/src/in.txt") == "in\nmore\n")
    #expect(try folder.text("tree/out/made.txt") == "out\n")
    // One unit, so one undo.
    _ = try Undo.perform(
      nil, root: folder.file("tree"), withCommit: false, ledger: nil,
      stateHome: folder.file("state"))
    #expect(try tree == ["old.txt"])
  }

  @Test func aRehearsalThatFailedLandsNothing() throws {
    try makeTree()
    let failing =
      generating + """
          - id: three
            files: [{path: late, content: "x\\n"}]
            tests: ["false"]

        """
    let report = try run(.rehearsed(lands: true, inSandbox: false), failing)
    #expect(report.end?.exit == 1)
    #expect(try tree == ["old.txt"])
  }

  /// Changes a file of the tree when a command has ended, as a person might.
  private final class Meddler: RunListener {
    let meddle: () -> Void
    init(_ meddle: @escaping () -> Void) { self.meddle = meddle }
    func receive(_ event: RunEvent) {
      if case .commandEnded = event.kind { meddle() }
    }
  }

  @Test func whatAPersonChangedMeanwhileRefusesTheLanding() throws {
    try makeTree()
    let steps = """
        - id: one
          files: [{path: old.txt, content: "new\\n"}, {path: other, content: "x\\n"}]
          tests: ["grep -q new old.txt"]

      """
    let meddler = Meddler { [folder] in try? folder.write("tree/old.txt", "mine\n") }
    let report = try run(.rehearsed(lands: true, inSandbox: false), steps, meddler)
    #expect(report.end?.exit == 4)
    #expect(try tree == ["old.txt"])
    #expect(try folder.text("tree/old.txt") == "mine\n")
  }

  @Test func aRehearsalOfTwoManifestsLandsBothOrNeither() throws {
    try makeTree()
    func manifest(_ name: String, _ file: String) throws -> ApplyRequest.Source {
      try folder.write(
        "\(name).yaml",
        "mtor: 1\nname: \(name)\nsteps:\n  - id: one\n    files: [{path: \(file), "
          + "content: \"new\\n\"}]\n    tests: [\"true\"]\n...\n")
      return .file(folder.file("\(name).yaml"))
    }
    var request = ApplyRequest(
      sources: [try manifest("first", "made.txt"), try manifest("second", "old.txt")])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    request.isolation = .rehearsed(lands: true, inSandbox: false)
    request.isForced = true
    // What the second wants to replace changes when everything has been rehearsed.
    let meddler = Meddler { [folder] in try? folder.write("tree/old.txt", "mine\n") }
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector, meddler])
    #expect(collector.report?.end?.exit == 4)
    #expect(try tree == ["old.txt"])
    #expect(try folder.text("tree/old.txt") == "mine\n")
  }

  @Test func aSandboxedApplyLandsDeclaredFilesAndOutputsOnly() throws {
    guard try Sandbox.survey(CommandRunner()).best != .none else { return }
    try makeTree()
    let report = try run(.sandboxed, generating)
    #expect(report.end?.exit == 0, "\(report.end?.reason ?? "")")
    #expect(try tree == ["out/made.txt", "src/in.txt"])
    #expect(report.steps.first?.commands.first?.sandbox != "none")
  }

  /// Each step lands below the shadow in which the commands of the steps before it have worked.
  @Test func aSandboxedApplySeesWhatEachStepLands() throws {
    guard try Sandbox.survey(CommandRunner()).best != .none else { return }
    try checkLandingBelowAShadow()
  }

  @Test func aSandboxedApplySeesWhatEachStepLandsAsAnOrdinaryUser() async throws {
    guard geteuid() == 0 else { return }
    await #expect(processExitsWith: .exitCode(42)) {
      guard becomeOrdinaryUser(), try Sandbox.survey(CommandRunner()).best != .none else { exit(1) }
      try RehearsalTests().checkLandingBelowAShadow()
      exit(42)
    }
  }

  private func checkLandingBelowAShadow() throws {
    for name in ["b", "c", "e/f"] { try folder.write("tree/" + name, name + "\n") }
    let steps = """
        - id: one
          files: [{path: a/x, content: "1\\n"}, {path: k, content: "k\\n"}]
          run: ["echo product > product; echo made > a/y; echo moved > c; mkdir g; echo g > g/h"]
          tests: ["echo more >> e/f; grep -q 1 a/x; grep -q made a/y"]
        - id: two
          files:
            - {path: a/x, content: "2\\n"}
            - {path: a/y, content: "declared\\n"}
            - {path: b, delete: true}
            - {path: d, move_from: c}
            - {path: e/f, delete: true}
            - {path: k, content: "#!/bin/sh\\n", executable: true}
            - {path: l, symlink: a/x}
          tests:
            - grep -q 2 a/x && grep -q declared a/y && grep -q 2 l && test -x k
            - test ! -e b && test ! -e c && test ! -e e && grep -q c d
            - grep -q product product && grep -q g g/h && grep -q k k || grep -q sh k
        - id: three
          files: [{path: a/x, content: "3\\n"}]
          run: ["cat a/x > out.txt"]
          outputs: [out.txt]
          tests: ["grep -q 3 out.txt && grep -q product product"]

      """
    let report = try run(.sandboxed, steps)
    #expect(report.end?.exit == 0, "\(report.end?.reason ?? "")")
    #expect(try tree == ["a/x", "a/y", "d", "k", "l", "out.txt"])
    #expect(try folder.text("tree/a/x") == "3\n")
    #expect(try folder.text("tree/a/y") == "declared\n")
    #expect(try folder.text("tree/d") == "c\n")
    #expect(try folder.text("tree/out.txt") == "3\n")
  }

  /// Two manifests that declare the same file are rehearsed and landed as one.
  @Test func severalManifestsLandTogetherOrNotAtAll() throws {
    try makeTree()
    func manifest(_ name: String, _ steps: String) throws -> ApplyRequest.Source {
      try folder.write(name + ".yaml", "mtor: 1\nname: \(name)\nsteps:\n\(steps)...\n")
      return .file(folder.file(name + ".yaml"))
    }
    let first = try manifest(
      "first", "  - {id: a, files: [{path: shared, content: \"1\\n\"}], tests: [\"cat shared\"]}\n")
    let second = try manifest(
      "second",
      "  - {id: b, files: [{path: shared, edit: [{append: \"2\\n\"}]}, {path: old.txt, content: "
        + "\"new\\n\"}], tests: [\"grep -q 2 shared\"]}\n")
    var request = ApplyRequest(sources: [first, second])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    request.isolation = .rehearsed(lands: true, inSandbox: false)
    request.isForced = true
    let collector = ReportCollector()
    // A person changes what the second one declares: nothing of the first lands either.
    let meddler = Meddler { [folder] in try? folder.write("tree/old.txt", "mine\n") }
    #expect(try Run.apply(request, listeners: [collector, meddler]).exit == 4)
    #expect(try tree == ["old.txt"])
    #expect(try folder.text("tree/old.txt") == "mine\n")
    #expect(try Run.apply(request, listeners: []).exit == 0)
    #expect(try folder.text("tree/shared") == "1\n2\n")
    #expect(try folder.text("tree/old.txt") == "new\n")
  }

  @Test func aSandboxedCommandDoesNotReachTheTreeOrTheNet() throws {
    guard try Sandbox.survey(CommandRunner()).best != .none else { return }
    try makeTree()
    let steps = """
        - id: one
          files: [{path: a, content: "x\\n"}]
          tests: ["echo gone > old.txt; touch b; test $(wc -l < /proc/net/dev) -eq 3"]

      """
    let report = try run(.sandboxed, steps)
    #expect(report.end?.exit == 0, "\(report.end?.reason ?? "")")
    #expect(try tree == ["a", "old.txt"])
    #expect(try folder.text("tree/old.txt") == "old\n")
  }

  @Test func passedTestsWithTheSameInputsAreNotRunAgain() throws {
    mkdir(folder.file("tree"), 0o755)
    let steps = """
        - id: one
          files: [{path: a, content: "x\\n"}]
          tests: [{run: "echo ran >> \(folder.path)/count; cat a", inputs: ["a"]}]

      """
    #expect(try run(.none, steps).steps.first?.commands.first?.outcome == .passed)
    let second = try run(.none, steps)
    #expect(second.steps.first?.commands.first?.outcome == .cached)
    #expect(second.end?.exit == 0)
    #expect(try folder.text("count") == "ran\n")
    let changed = try run(.none, steps.replacing("\"x\\n\"", with: "\"y\\n\""))
    #expect(changed.steps.first?.commands.first?.outcome == .passed)
    #expect(try folder.text("count") == "ran\nran\n")
  }

  @Test func wholeOutputsAreKeptWhereAsked() throws {
    mkdir(folder.file("tree"), 0o755)
    try folder.write(
      "m.yaml",
      "mtor: 1\nname: logs\nsteps:\n  - id: one\n    run: [\"echo first\", \"echo second >&2\"]\n...\n"
    )
    var request = ApplyRequest(sources: [.file(folder.file("m.yaml"))])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    request.logDirectory = folder.file("logs")
    _ = try Run.apply(request, listeners: [])
    #expect(try folder.text("logs/001-echo-first.log") == "first\n")
    #expect(try folder.text("logs/002-echo-second-2.log") == "second\n")
  }
}
