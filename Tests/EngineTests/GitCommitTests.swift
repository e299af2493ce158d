import Glibc
import Planning
import Platform
import Subprocess
import TestSupport
import Testing
import YAMLTree

@testable import Engine

/// Commits, claims and obstacles in real repositories that the test makes.
@Suite struct GitCommitTests {
  private let folder: TemporaryFolder
  private let runner = CommandRunner()

  init() throws {
    folder = TemporaryFolder()
    try git("init -q -b main . && git config user.name T && git config user.email t@example.org")
  }

  @discardableResult
  private func git(_ command: String) throws -> String {
    let outcome = try runner.run(
      Command(
        .sh("git " + command), directory: folder.path, environment: CommandEnvironment.inherited))
    let text = String(decoding: outcome.output.head, as: UTF8.self)
    try #require(outcome.succeeded, "git \(command): \(text)")
    return text
  }

  private func repository() throws -> GitRepository {
    try #require(try GitRepository.find(around: folder.path, runner: runner))
  }

  private func paths(_ texts: String...) throws -> [RelativePath] {
    try texts.map { try RelativePath($0) }
  }

  private func state(_ text: String) -> FileState {
    .regular(
      RegularFile(digest: Digest(of: text.utf8), size: text.utf8.count, content: Text(text)))
  }

  private func obstacle(
    _ commit: GitCommit, _ wanted: [(path: RelativePath, state: FileState)]
  ) throws -> GitCommit.Obstacle? {
    var behind: [RelativePath] = []
    let tree = try RootTree(path: folder.path)
    return try commit.obstacle(among: wanted, of: tree, behind: &behind)
  }

  /// More paths than a command line has room for: git then tells of every file there is.
  @Test func aPersonsOtherChangesAreNoHooks() throws {
    let names = (0..<600).map { String(repeating: "n", count: 200) + "\($0)" }
    for name in names { try folder.write(name, "x\n") }
    try folder.write("theirs", "1\n")
    try git("add theirs && git commit -qm first")
    try folder.write("theirs", "2\n")
    let commit = GitCommit(repository: try repository(), message: "m", hooks: true)
    let made = try #require(try commit.make(of: names.map { try RelativePath($0) }))
    #expect(made.changedByHooks == [])
    #expect(made.indexFault == nil)
  }

  /// Killed between the commit and the person's index, which then seems to take the files out.
  @Test func anIndexBehindHeadIsBroughtUpAndNoObstacle() throws {
    try git("commit -q --allow-empty -m first")
    try folder.write("a", "a\n")
    try git("add a && git commit -qm second && git read-tree HEAD^")
    let commit = GitCommit(repository: try repository(), message: "m", hooks: true)
    let a = try RelativePath("a")
    var behind: [RelativePath] = []
    let tree = try RootTree(path: folder.path)
    #expect(try commit.obstacle(among: [(a, state("a\n"))], of: tree, behind: &behind) == nil)
    #expect(behind == [a])
    // Bytes that nobody needed to read are the tree's.
    let unread = FileState.regular(RegularFile(digest: Digest(of: "a\n".utf8), size: 2))
    #expect(try commit.obstacle(among: [(a, unread)], of: tree, behind: &behind) == nil)
    #expect(try obstacle(commit, [(a, state("b\n"))]) != nil)
    // What a person has staged is no index that was left behind.
    try folder.write("a", "theirs\n")
    try git("add a")
    try folder.write("a", "a\n")
    let staged = try obstacle(commit, [(a, state("a\n"))])
    #expect(staged?.message == "'a' is staged with other content")
    try git("read-tree HEAD^")
    #expect(try commit.make(of: [a], behind: behind) == nil)
    #expect(try git("status --short") == "")
    // Without that nothing of the index is touched.
    try git("read-tree HEAD^")
    #expect(try commit.make(of: [a]) == nil)
    #expect(try git("status --short") == "D  a\n?? a\n")
  }

  @Test func aCommitHoldsTheManifestsPathsAndNoneOfThePersonsStagedOnes() throws {
    try folder.write("old", "old\n")
    try git("add . && git commit -qm first")
    try folder.write("theirs", "staged\n")
    try git("add theirs")
    try folder.write("new file", "new\n")
    unlink(folder.path + "/old")

    let commit = GitCommit(repository: try repository(), message: "Add it\n\nWhy.", hooks: true)
    let declared = try paths("new file", "old")
    #expect(try obstacle(commit, declared.map { ($0, .absent) }) == nil)
    let id = try #require(try commit.make(of: declared)).id
    #expect(try git("log -1 --format=%B") == "Add it\n\nWhy.\n\n")
    #expect(try git("show --name-status --format= HEAD") == "A\tnew file\nD\told\n")
    #expect(try git("status --porcelain") == "A  theirs\n")
    #expect(try commit.make(of: declared) == nil)

    try commit.takeBack(id)
    #expect(try git("log --format=%s") == "first\n")
    #expect(try git("status --porcelain") == " D old\nA  theirs\n?? \"new file\"\n")
  }

  @Test func theFirstCommitOfARepositoryCanBeMadeAndTakenBack() throws {
    try folder.write("a", "a\n")
    let commit = GitCommit(repository: try repository(), message: "First", hooks: true)
    let id = try #require(try commit.make(of: paths("a"))).id
    #expect(try git("status --porcelain").isEmpty)
    try commit.takeBack(id)
    #expect(try git("status --porcelain") == "?? a\n")
  }

  @Test func aHookThatFailsFailsTheCommitUnlessHooksAreOff() throws {
    try folder.write(
      ".git/hooks/pre-commit", "#!/bin/sh\necho error: not on Fridays >&2\nexit 1\n", mode: 0o755)
    try folder.write("a", "a\n")
    let repository = try repository()
    let failure = #expect(throws: GitFailure.self) {
      try GitCommit(repository: repository, message: "m", hooks: true).make(of: paths("a"))
    }
    #expect(failure?.message == "git commit failed with exit code 1: error: not on Fridays")
    #expect(try git("status --porcelain") == "?? a\n")
    #expect(
      try GitCommit(repository: repository, message: "m", hooks: false).make(of: paths("a")) != nil)
  }

  @Test func whatWouldStopACommitIsFoundBefore() throws {
    try folder.write("a", "a\n")
    let commit = GitCommit(repository: try repository(), message: "m", hooks: true)
    try git("add a")
    let a = try RelativePath("a")
    let other = "'a' is staged with other content"
    #expect(try obstacle(commit, [(a, state("b\n"))])?.message == other)
    #expect(try obstacle(commit, [(a, state("a\n"))]) == nil)
    #expect(try obstacle(commit, [(RelativePath("b"), state("a\n"))]) == nil)
    try git("commit -qm a")
    try folder.write(".git/MERGE_HEAD", "")
    #expect(try obstacle(commit, [(a, state("a\n"))])?.message == "a merge is in progress")
  }

  @Test func onlyWhatEqualsHeadAndIndexIsCommitted() throws {
    try folder.write("clean", "1\n")
    try folder.write("dirty", "1\n")
    try folder.write("staged", "1\n")
    try folder.write("hidden", "1\n")
    try git("add . && git commit -qm first && git update-index --assume-unchanged hidden")
    try folder.write("dirty", "2\n")
    try folder.write("staged", "2\n")
    try git("add staged")
    try folder.write("untracked", "1\n")
    let all = try paths("clean", "dirty", "staged", "hidden", "untracked")
    let claims = GitClaims(
      repository: try repository(), tree: try RootTree(path: folder.path), paths: all)
    func claim(_ index: Int, _ text: String) throws -> Claim {
      try claims.claim(on: all[index], holding: state(text))
    }
    #expect(try claim(0, "1\n") == .committed)
    #expect(try claim(1, "2\n") == .persons("differs from HEAD"))
    #expect(try claim(2, "2\n") == .persons("has staged changes"))
    #expect(try claim(3, "1\n") == .persons("is marked assume-unchanged in git"))
    #expect(try claim(4, "1\n") == .persons("is not tracked by git"))
  }

  @Test func filtersSubmodulesAndNestedRepositoriesAreInTheWay() throws {
    try folder.write(".gitattributes", "*.bin filter=lfs\n*.crlf text eol=crlf\n")
    try git("init -q nested")
    let all = try paths("a.bin", "b.crlf", "nested/file", "plain")
    let claims = GitClaims(
      repository: try repository(), tree: try RootTree(path: folder.path), paths: all)
    #expect(
      try claims.obstacle(toWriting: state("x\n"), at: all[0])
        == "is under git's content filter 'lfs'")
    #expect(
      try claims.obstacle(toWriting: state("x\n"), at: all[1])
        == "has LF line ends, which git checks out as CRLF here")
    #expect(
      try claims.obstacle(toWriting: state("x\n"), at: all[2])
        == "is in another repository, 'nested'")
    #expect(try claims.obstacle(toWriting: state("x\n"), at: all[3]) == nil)
  }
}
