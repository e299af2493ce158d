import Events
import Glibc
import Materialising
import Planning
import Platform
import TestSupport
import Testing

@testable import Engine

/// The second time: a run that needs no manifest says what one that reads it says.
@Suite struct RunAgainTests {
  private let folder = TemporaryFolder()

  private static let whole = """
    mtor: 1
    name: again
    steps:
      - id: one
        files:
          - path: app/a.txt
            content: |
              first
          - path: app/deep/run.sh
            executable: true
            content: |
              #!/bin/sh
          - path: top.txt
            content: |
              top
      - id: two
        files:
          - path: app/b.txt
            content: |
              second
    ...

    """

  /// A request for a manifest that is old enough to be known by its times.
  private func request(_ manifest: String = whole) throws -> ApplyRequest {
    let file = folder.file("m.yaml")
    try folder.write("m.yaml", manifest)
    var status = stat()
    repeat {
      try #require(stat(file, &status) == 0)
    } while FileStatus(status).changed >= FileIndex.now
    var request = ApplyRequest(sources: [.file(file)])
    request.root = folder.file("tree")
    request.stateHome = folder.file("state")
    return request
  }

  private func apply(_ request: ApplyRequest) throws -> RunReport {
    let collector = ReportCollector()
    _ = try Run.apply(request, listeners: [collector])
    return try #require(collector.report)
  }

  /// How a run ends that does not read its manifests; nil where it has to.
  private func again(_ request: ApplyRequest) throws -> RunEnd? {
    guard let again = RunAgain(request),
      let (workspace, record) = try again.workspace(for: request)
    else { return nil }
    return try again.tell(record, request, in: workspace, [])
  }

  private func records() throws -> [String] {
    let room = try #require(try names("tree/.mtor/state/roots").first)
    let place = "tree/.mtor/state/roots/" + room
    return try names(place).filter { $0.hasPrefix("up-to-date.") }.map { place + "/" + $0 }
  }

  private func names(_ path: String) throws -> [String] {
    try FolderListing.names(
      of: Descriptor.open(folder.file(path), O_RDONLY | O_DIRECTORY), path: path)
  }

  private func tree(_ name: String) -> String { folder.file("tree/" + name) }

  @Test func itSaysWhatARunSaysThatReads() throws {
    let request = try request()
    #expect(try again(request) == nil)
    let first = try apply(request)
    #expect(first.steps.flatMap(\.files).allSatisfy { $0.action == .created })

    let known = try #require(try again(request))
    #expect(known.exit == 0 && known.outcome == .untested && !known.canUndo)
    let second = try apply(request)
    for record in try records() { try #require(unlink(folder.file(record)) == 0) }
    #expect(try again(request) == nil)
    let read = try apply(request)
    #expect(second.steps.map(\.id) == read.steps.map(\.id))
    #expect(second.steps.map(\.outcome) == read.steps.map(\.outcome))
    #expect(second.steps.map(\.files) == read.steps.map(\.files))
    #expect(second.end?.outcome == read.end?.outcome)
    #expect(second.manifestName == read.manifestName)
    #expect(second.manifestDigest == read.manifestDigest)
    #expect(second.manifestFile == read.manifestFile)
  }

  @Test func whatHadNothingToDoWritesNothing() throws {
    let request = try request()
    _ = try apply(request)
    for record in try records() { try #require(unlink(folder.file(record)) == 0) }
    _ = try apply(request)
    #expect(try records() == [])
  }

  @Test func strictIsAsStrict() throws {
    var request = try request()
    _ = try apply(request)
    request.isStrict = true
    let end = try #require(try again(request))
    #expect(end.exit == 1 && end.reason == "nothing was tested, which --strict refuses")
  }

  @Test func verifyReadsEveryFile() throws {
    var request = try request()
    _ = try apply(request)
    request.verifiesContents = true
    #expect(try again(request)?.exit == 0)
  }

  /// What somebody does between two runs; each makes the manifest be read.
  private static let changes: [(String, @Sendable (String) -> Void)] = [
    ("content", { write($0 + "/app/a.txt", "other") }),
    ("content of a file at the top", { write($0 + "/top.txt", "other") }),
    ("mode", { chmod($0 + "/app/deep/run.sh", 0o644) }),
    ("deleted", { unlink($0 + "/app/b.txt") }),
    (
      "a folder in its place",
      {
        unlink($0 + "/app/b.txt")
        mkdir($0 + "/app/b.txt", 0o755)
      }
    ),
    (
      "a link to the same file",
      {
        rename($0 + "/app/b.txt", $0 + "/app/c.txt")
        symlink("c.txt", $0 + "/app/b.txt")
      }
    ),
    (
      "a link to the same folder",
      {
        rename($0 + "/app/deep", $0 + "/deep")
        symlink("../deep", $0 + "/app/deep")
      }
    ),
    ("a folder gone", { rename($0 + "/app", $0 + "/other") }),
    ("the manifest", { write($0 + "/../m.yaml", whole) }),
  ]

  private static func write(_ path: String, _ text: String) {
    let raw = open(path, O_WRONLY | O_TRUNC)
    precondition(Glibc.write(raw, text, text.utf8.count) == text.utf8.count)
    close(raw)
  }

  @Test(arguments: changes.indices) func aChangeMakesItRead(_ index: Int) throws {
    let (what, change) = Self.changes[index]
    let request = try request()
    _ = try apply(request)
    #expect(try again(request) != nil)
    change(folder.file("tree"))
    #expect(try again(request) == nil, "\(what)")
  }

  @Test func otherParametersAreAnotherRun() throws {
    let text = """
      mtor: 1
      name: again
      params: {who: {default: world}}
      steps:
        - id: one
          files:
            - path: a.txt
              expand: true
              content: |
                hello ${{ params.who }}
      ...

      """
    var request = try request(text)
    _ = try apply(request)
    #expect(try again(request) != nil)
    request.params = ["who": "you"]
    #expect(try again(request) == nil)
  }

  @Test(arguments: [
    ("    tests: [\"true\"]\n...\n", "a test"),
    ("    run: [\"true\"]\n...\n", "a command"),
    ("    when: {missing: other}\n...\n", "a condition"),
    ("verify: [\"true\"]\n...\n", "a last test"),
    ("", "a warning"),
    ("      - {path: c.txt, symlink: a.txt}\n...\n", "a link"),
    ("      - {path: c.txt, content: \"c\\n\", was: absent}\n...\n", "a state before"),
    ("      - {path: c.txt, from: m.yaml}\n...\n", "a file beside the manifest"),
    ("      - {path: c.txt, content: \"c\\n\", frozen: true}\n...\n", "a frozen file"),
  ])
  func whatElseHasASayIsNotKept(_ end: String, _ what: String) throws {
    let start = """
      mtor: 1
      name: again
      steps:
        - id: one
          files:
            - path: a.txt
              content: |
                first

      """
    let request = try request(start + end)
    #expect(try apply(request).end?.exit == 0, "\(what)")
    #expect(try again(request) == nil, "\(what)")
    #expect(try records() == [], "\(what)")
  }

  @Test func aRecordThatIsCutOrFlippedIsNotBelieved() throws {
    let request = try request()
    _ = try apply(request)
    let record = try #require(try records().first)
    let bytes = try folder.bytes(record)
    for length in stride(from: 0, to: bytes.count, by: 37) {
      try folder.write(record, Array(bytes.prefix(length)), mode: 0o600)
      #expect(try again(request) == nil, "cut at \(length)")
      var flipped = bytes
      flipped[length] ^= 0x10
      try folder.write(record, flipped, mode: 0o600)
      #expect(try again(request) == nil, "flipped at \(length)")
    }
    #expect(try apply(request).end?.exit == 0)
  }

  @Test func aManifestThatWasRewrittenReplacesItsRecord() throws {
    for number in 0..<3 {
      _ = try apply(
        try request(
          """
          mtor: 1
          name: again
          steps:
            - id: one
              files:
                - {path: a.txt, content: "\(number)\\n"}
          ...

          """))
    }
    #expect(try records().count == 1)
  }

  @Test func onlyTheLatestAreKept() throws {
    let text = """
      mtor: 1
      name: again
      params: {who: {default: world}}
      steps:
        - id: one
          files:
            - path: a.txt
              expand: true
              content: |
                hello ${{ params.who }}
      ...

      """
    var request = try request(text)
    for number in 0..<20 {
      request.params = ["who": "\(number)"]
      _ = try apply(request)
    }
    let kept = try records()
    #expect(kept.count == 16, "\(kept)")
    #expect(try again(request) != nil)
  }

  /// Proved by a review: the record had the mode that stood, and not the one that was planned.
  @Test func aModeThatSomebodyChangedMeanwhileIsNotKept() throws {
    let request = try request()
    let collector = ReportCollector()
    let script = ModeChange(after: "one", path: tree("app/deep/run.sh"))
    _ = try Run.apply(request, listeners: [collector, script])
    #expect(try again(request) == nil)
    #expect(try apply(request).steps.first?.files.contains { $0.action == .mode } == true)
  }

  private final class ModeChange: RunListener {
    let step: String
    let path: String

    init(after step: String, path: String) { (self.step, self.path) = (step, path) }

    func receive(_ event: RunEvent) {
      if case .stepEnded(let id, _, _) = event.kind, id == step { chmod(path, 0o644) }
    }
  }

  /// Proved by a review: the manifest's name led to another file while it was read.
  @Test func aNameThatLedElsewhereMeanwhileIsNotKept() throws {
    var request = try request()
    try folder.write("other.yaml", Self.whole.replacingFirst("first", by: "other"))
    func point(_ name: String) throws {
      unlink(folder.file("link.yaml"))
      try #require(symlink(name, folder.file("link.yaml")) == 0)
    }
    request.sources = [.file(folder.file("link.yaml"))]
    try point("m.yaml")
    let again = try #require(RunAgain(request))
    let whole = try RunInput.read(request)
    try point("other.yaml")
    let other = try RunInput.read(request)
    _ = try apply(request)
    try point("m.yaml")
    let view = try TreeView(folder.file("tree"), stateHome: folder.file("state"))
    guard case .manifests(let manifests) = other else { throw Unexpected() }
    let plans = try view.plan(manifests, request)
    #expect(again.ending(of: other, plans, in: view) == nil)
    #expect(again.ending(of: whole, plans, in: view) != nil)
  }

  private struct Unexpected: Error {}

  @Test func aManifestInsideTheTreeIsAnotherRun() throws {
    let request = try request()
    _ = try apply(request)
    #expect(try again(request) != nil)
    rename(folder.file("tree"), folder.file("other"))
    var moved = request
    moved.root = folder.file("other")
    #expect(try again(moved) == nil)
  }

  @Test func anotherRunInTheTreeIsBusy() throws {
    let request = try request()
    _ = try apply(request)
    let holder = try #require(try RunAgain(request)?.workspace(for: request))
    #expect(throws: RunFailure.self) { try again(request) }
    withExtendedLifetime(holder) {}
  }
}

extension String {
  fileprivate func replacingFirst(_ text: String, by other: String) -> String {
    guard let range = firstRange(of: text) else { return self }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
