import Engine
import Glibc
import Manifests
import Platform
import Synchronization
import TestSupport
import Testing
import YAMLTree

@testable import Fleet

@Suite struct FleetPlanning {
  private let folder = TemporaryFolder()

  private static let manifest = """
    mtor: 1
    name: licence
    params: {OWNER: {default: nobody}}
    steps:
      - id: text
        files:
          - {path: LICENSE, content: "MIT\\n"}
      - id: editor
        files:
          - {path: .editorconfig, content: "root = true\\n"}
      - id: readme
        files:
          - {path: README.md, edit: [{find: "No licence", replace: "MIT"}]}
    ...

    """

  private func plan(
    _ text: String, onRow: @escaping @Sendable (Matrix.Row) -> Void = { _ in }
  ) throws -> Matrix {
    try folder.write("m.yaml", Self.manifest)
    let source = SourceText(name: folder.file("FLEET.yaml"), bytes: Array(text.utf8))
    let planner = FleetPlanner(
      try FleetReader.read(source), folder: folder.file("state"), runner: Git.runner,
      limits: Limits())
    return try planner.plan(onRow: onRow)
  }

  private func left(_ name: String) -> [String] {
    let path = folder.file(name)
    do { return try FolderListing.names(of: Descriptor.open(path, O_RDONLY), path: path) } catch {
      return []
    }
  }

  @Test func fiftyRepositoriesAreGroupedByTheirOutcome() throws {
    let readme = "# It\nNo licence\n"
    for number in 10..<50 { try Git.make("r\(number)", in: folder, ["README.md": readme]) }
    for number in 50..<55 {
      try Git.make(
        "r\(number)", in: folder, ["README.md": readme, ".editorconfig": "root = true\n"])
    }
    try Git.make("r55", in: folder, ["README.md": "nothing to find\n"])
    try Git.make("r56", in: folder, ["README.md": readme])
    try folder.write("r56/README.md", "changed\n")
    try Git.make("r57", in: folder, [:])
    try Git.make(
      "r58", in: folder,
      ["LICENSE": "MIT\n", ".editorconfig": "root = true\n", "README.md": "MIT\n"])
    let matrix = try plan(
      """
      manifest: m.yaml
      repositories: [r*, "file:///nowhere/there", {path: r49, skip: "frozen"}]
      """)
    #expect(
      matrix.summary
        == "39 identical, 5 differ in step editor, 1 unchanged, 1 refused: conflict, "
        + "1 refused: dirty, 1 refused: empty, 1 refused: unreachable, 1 skipped: frozen")
    #expect(matrix.rows.count == 50)
    // Each distinct change once, however many repositories have it.
    #expect(matrix.changes.count == 2)
    #expect(matrix.groups.prefix(2).map { $0.changes.map(\.count) } == [[39], [5]])
    #expect(left("state/trees") == [])
    #expect(try folder.text("r56/README.md") == "changed\n")
    // The second time says the same.
    #expect(try plan("manifest: m.yaml\nrepositories: [\"r1*\"]\n").summary == "10 identical")
  }

  @Test func onlyWhatIsSelectedIsPlanned() throws {
    let readme = "No licence\n"
    try Git.make("a", in: folder, ["README.md": readme, "package.json": "{\"private\": true}\n"])
    try Git.make("b", in: folder, ["README.md": readme, "package.json": "{}\n", "src/x": "x\n"])
    try Git.make("c", in: folder, ["README.md": readme])
    func summary(_ select: String) throws -> String {
      try plan("manifest: m.yaml\nrepositories: [a, b, c]\nselect: [\(select)]\n").summary
    }
    #expect(try summary("{exists: package.json}") == "2 identical, 1 not selected: no package.json")
    #expect(
      try summary("{file: package.json, matches: private}")
        == "1 identical, 2 not selected: package.json does not match")
    #expect(
      try summary("{command: \"test -d src\"}")
        == "1 identical, 2 not selected: 'test -d src' fails")
  }

  @Test func aParameterIsReadInEachRepository() throws {
    for (name, owner) in [("a", "\"me\""), ("b", "\"you\""), ("c", "[]")] {
      try Git.make(
        name, in: folder, ["README.md": "No licence\n", "package.json": "{\"owner\": \(owner)}\n"])
    }
    let matrix = try plan(
      """
      manifest: m.yaml
      repositories: [a, b, c]
      params: {OWNER: {file: package.json, pointer: /owner}}
      """)
    #expect(matrix.rows.map(\.params) == [["OWNER": "me"], ["OWNER": "you"], [:]])
    #expect(matrix.rows[2].detail == "OWNER: package.json: '/owner' names a list, not a text")
    #expect(matrix.summary == "2 identical, 1 refused: parameters")
  }

  /// Hooks, filters, a monitor, submodules and external programs of a repository and of a person.
  @Test func aHostileRepositoryRunsNothing() throws {
    try Git.make(
      "hostile", in: folder,
      [
        "README.md": "No licence\n", "a.bin": "bytes\n",
        ".gitattributes": "*.bin filter=evil diff=evil merge=evil\n",
      ])
    let mark = folder.file("ran")
    let evil = "touch \(mark); cat"
    let hooks = folder.file("hostile/.git/hooks/")
    for hook in ["post-checkout", "pre-push", "post-index-change", "reference-transaction"] {
      try folder.write("hostile/.git/hooks/\(hook)", "#!/bin/sh\n\(evil)\n", mode: 0o755)
    }
    #expect(access(hooks + "post-checkout", X_OK) == 0)
    for (name, value) in [
      ("core.fsmonitor", folder.file("evil")), ("filter.evil.clean", evil),
      ("filter.evil.smudge", evil), ("filter.evil.process", evil), ("filter.evil.required", "true"),
      ("diff.evil.textconv", evil), ("diff.external", evil), ("core.sshCommand", evil),
      ("core.pager", evil), ("uploadpack.packObjectsHook", evil),
      ("core.alternateRefsCommand", evil),
      ("core.hooksPath", folder.file("hostile/.git/hooks")), ("alias.status", "!\(evil)"),
      ("submodule.x.update", "!\(evil)"), ("submodule.recurse", "true"),
    ] {
      try Git.run(["config", name, value], in: folder.file("hostile"))
    }
    try folder.write("evil", "#!/bin/sh\n\(evil)\n", mode: 0o755)
    // Its time makes git look into the file, where a filter would be asked.
    try folder.write("hostile/a.bin", "bytes\n")
    let matrix = try plan("manifest: m.yaml\nrepositories: [hostile]\n")
    #expect(matrix.summary == "1 identical")
    #expect(access(mark, F_OK) != 0)
  }

  @Test func noMoreTreesStandThanAreWorkedOn() throws {
    for number in 10..<40 { try Git.make("r\(number)", in: folder, ["README.md": "No licence\n"]) }
    let most = Mutex(0)
    let trees = folder.file("state/trees")
    let matrix = try plan("manifest: m.yaml\nrepositories: [r*]\nconcurrency: 3\n") { _ in
      var count = 0
      do {
        count = try FolderListing.names(of: Descriptor.open(trees, O_RDONLY), path: trees).count
      } catch { count = 0 }
      most.withLock { $0 = max($0, count) }
    }
    #expect(matrix.summary == "30 identical")
    #expect(most.withLock { $0 } <= 3)
  }

  @Test func aPatternThatFindsNothingIsAFaultAtItsPlace() throws {
    #expect {
      try plan("manifest: m.yaml\nrepositories: [\"none*\"]\n")
    } throws: { error in
      guard case RunFailure.invalid(let all) = error else { return false }
      return all.first?.mark?.line == 2 && all.first?.rule == "fleet-path"
    }
  }

  @Test func aListGivesFoldersAndAddressesAndRefusesOptions() throws {
    try Git.make("a", in: folder, ["README.md": "No licence\n"])
    try folder.write("list", "# these\n\na\nfile://\(folder.path)/a\n")
    let matrix = try plan("manifest: m.yaml\nrepositories: [{list: list}, {command: \"echo a\"}]\n")
    // The same place in three spellings.
    #expect(matrix.rows.map(\.state) == [.planned])
    try folder.write("list", "--upload-pack=x\n")
    #expect(throws: RunFailure.self) {
      try plan("manifest: m.yaml\nrepositories: [{list: list}]\n")
    }
  }
}
