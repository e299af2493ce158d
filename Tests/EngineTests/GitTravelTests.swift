import Glibc
import Platform
import Subprocess
import TestSupport
import Testing

@testable import Engine

/// Work that is done on another machine: how its repository gets there, and its result home.
@Suite struct GitTravel {
  private let folder = TemporaryFolder()
  private let runner = CommandRunner()

  @discardableResult
  private func git(_ arguments: [String], in path: String, input: [UInt8] = []) throws -> String {
    var command = Command(
      .executable("git", arguments), directory: path,
      environment: CommandEnvironment.inherited.filter { !$0.key.hasPrefix("GIT_") }.merging([
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
      ]) { _, new in new })
    command.capture.separate = 1 << 20
    command.input = input
    let outcome = try runner.run(command)
    try #require(outcome.succeeded, "\(String(decoding: outcome.output.head, as: UTF8.self))")
    let text = String(decoding: outcome.standardOutput?.whole ?? [], as: UTF8.self)
    return String(text.prefix { $0 != "\n" })
  }

  /// A repository with a commit, and the commit.
  private func repository(_ name: String) throws -> (path: String, base: String) {
    let path = folder.file(name)
    try git(["init", "-q", "-b", "main", path], in: "/")
    try folder.write("\(name)/a", "one\n")
    try git(["add", "-A"], in: path)
    try git(["commit", "-q", "-m", "one"], in: path)
    return (path, try git(["rev-parse", "HEAD"], in: path))
  }

  private func mirror(_ path: String, _ name: String) -> GitMirror {
    GitMirror(of: "file://" + path, in: folder.file(name), runner: runner)
  }

  /// A repository, a commit of it, and a copy elsewhere that has the commit.
  private func copied() throws -> (path: String, base: String, away: GitMirror) {
    let (path, base) = try repository("r")
    let away = mirror(path, "away.git")
    try away.bring(commit: base, of: "main", look: { true })
    return (path, base, away)
  }

  /// What stands on a copy's branch, as it would travel.
  private func bundled(
    _ away: GitMirror, _ base: String, limit: Int = 100_000
  ) throws -> [UInt8] {
    try #require(
      try away.bundle("mtor/n/t", since: base, limit: limit, at: folder.file("b"), look: { true }))
  }

  /// A copy elsewhere with a further commit on a branch.
  private func work(_ from: GitMirror, _ base: String) throws -> String {
    let tree = folder.file("tree")
    try git(["worktree", "add", "-q", "-b", "mtor/n/t", tree, base], in: from.folder)
    try folder.write("tree/b", "two\n")
    try git(["add", "-A"], in: tree)
    try git(["commit", "-q", "-m", String(repeating: "long ", count: 2000)], in: tree)
    return try git(["rev-parse", "HEAD"], in: tree)
  }

  @Test func aResultTravelsHome() throws {
    let (path, base, away) = try copied()
    let commit = try work(away, base)
    let bundle = try bundled(away, base)
    #expect(access(folder.file("b"), F_OK) != 0)
    let home = mirror(path, "home.git")
    try home.bring("main", at: base)
    #expect(try !home.holds(commit, on: base))
    try home.receive(bundle, commit: commit, on: base)
    #expect(try home.holds(commit, on: base))
    try home.receive(bundle, commit: commit, on: base)
    #expect(try git(["log", "-1", "--format=%an", commit], in: home.folder) == "a")
    // No reference was made of what the bundle names.
    #expect(try git(["for-each-ref", "refs/heads"], in: home.folder) == "")
  }

  @Test func aResultThatIsTooLargeStaysWhereItIs() throws {
    let (path, base) = try repository("r")
    let away = mirror(path, "away.git")
    try away.bring(commit: base, of: nil, look: { true })
    _ = try work(away, base)
    #expect(
      try away.bundle("mtor/n/t", since: base, limit: 100, at: folder.file("b"), look: { true })
        == nil)
    #expect(access(folder.file("b"), F_OK) != 0)
  }

  @Test func whatIsNotWhatWasAskedForIsRefused() throws {
    let (path, base, away) = try copied()
    let commit = try work(away, base)
    let bundle = try bundled(away, base)
    let home = mirror(path, "home.git")
    try home.bring("main", at: base)
    let other = String(repeating: "a", count: 40)
    var torn = bundle
    torn[torn.count - 30] ^= 0xFF
    let cut = Array(bundle.dropLast(10))
    for (bytes, commit, base) in [
      ([], commit, base), (Array("PACK".utf8), commit, base), (bundle, other, base),
      (bundle, commit, other), (torn, commit, base), (cut, commit, base),
      (bundle, "--all", base), (bundle, commit, "--all"),
    ] {
      #expect(throws: GitFailure.self) {
        try home.receive(bytes, commit: commit, on: base)
      }
    }
    // The whole history says of nothing that it is needed, and two branches are one too many.
    try git(["branch", "other", commit], in: away.folder)
    for references in [["other"], ["other", "mtor/n/t", "^" + base]] {
      let file = folder.file("c")
      try git(["bundle", "create", "-q", file] + references, in: away.folder)
      let bytes = try Descriptor.open(file, O_RDONLY).readAll(path: file)
      #expect(throws: GitFailure.self) { try home.receive(bytes, commit: commit, on: base) }
    }
    #expect(try !home.holds(commit, on: base))
  }

  /// A tree that names `.git` would be checked out over the repository itself.
  @Test func whatGitItselfCallsBrokenDoesNotGetIn() throws {
    let (path, base, away) = try copied()
    let blob = try git(["hash-object", "-w", "--stdin"], in: away.folder, input: Array("x".utf8))
    let inner = try git(
      ["mktree"], in: away.folder, input: Array("100644 blob \(blob)\tconfig\n".utf8))
    let tree = try git(
      ["mktree"], in: away.folder, input: Array("040000 tree \(inner)\t.git\n".utf8))
    let commit = try git(["commit-tree", "-p", base, "-m", "evil", tree], in: away.folder)
    try git(["update-ref", "refs/heads/mtor/n/t", commit], in: away.folder)
    let bundle = try bundled(away, base)
    let home = mirror(path, "home.git")
    try home.bring("main", at: base)
    #expect(throws: GitFailure.self) { try home.receive(bundle, commit: commit, on: base) }
    #expect(try !home.holds(commit, on: base))
  }

  /// The bundle of what stands in a copy's work tree, committed, as it would travel.
  private func sent(_ away: GitMirror, _ base: String) throws -> (commit: String, bytes: [UInt8]) {
    let tree = folder.file("tree")
    try git(["add", "-A"], in: tree)
    try git(["commit", "-q", "-m", "more"], in: tree)
    return (
      try git(["rev-parse", "HEAD"], in: tree), try bundled(away, base, limit: 1_200_000)
    )
  }

  private func refusal(
    _ home: GitMirror, _ sent: (commit: String, bytes: [UInt8]), _ base: String,
    memory: Int64 = 512 << 20
  ) throws -> String? {
    let before = try names(home)
    do throws(GitFailure) {
      try home.receive(sent.bytes, commit: sent.commit, on: base, memory: memory)
      return nil
    } catch {
      #expect(try names(home) == before)
      #expect(try !home.holds(sent.commit, on: base))
      return error.message
    }
  }

  private func names(_ mirror: GitMirror) throws -> [String] {
    let objects = mirror.folder + "/objects"
    return try [objects, objects + "/pack"].flatMap {
      try FolderListing.names(of: Descriptor.open($0, O_RDONLY | O_DIRECTORY))
    }
  }

  @Test func onlyOneCommitIsTakenInAndNothingIsLeftOfMore() throws {
    let (path, base, away) = try copied()
    let first = try work(away, base)
    try folder.write("tree/c", "three\n")
    let two = try sent(away, base)
    let home = mirror(path, "home: \"x\\.git")
    try home.bring("main", at: base)
    let words = "what came home is not one commit on top of \(base.prefix(12))"
    #expect(try refusal(home, two, base) == words)
    // What is there by another way is looked at as well.
    try git(["fetch", "-q", away.folder, two.commit], in: home.folder)
    #expect(try !home.holds(two.commit, on: base))
    #expect(try home.holds(first, on: base))
    // A merge is on top of two.
    let merge = try git(
      ["commit-tree", "-p", base, "-p", first, "-m", "m", first + "^{tree}"], in: away.folder)
    try git(["update-ref", "refs/heads/mtor/n/t", merge], in: away.folder)
    let bytes = try bundled(away, base)
    let other = mirror(path, "other.git")
    try other.bring("main", at: base)
    #expect(try refusal(other, (merge, bytes), base) == words)
  }

  @Test func littleThatUnpacksToMuchIsRefusedAndNotKept() throws {
    let (path, base, away) = try copied()
    try git(
      ["worktree", "add", "-q", "-b", "mtor/n/t", folder.file("tree"), base], in: away.folder)
    try folder.write("tree/large", "")
    try #require(truncate(folder.file("tree/large"), 130 << 20) == 0)
    let sent = try sent(away, base)
    let home = mirror(path, "home.git")
    try home.bring("main", at: base)
    #expect(
      try refusal(home, sent, base)
        == "what came home unpacks to more than 128 MB, or not at all")
    let starved = try #require(try refusal(home, sent, base, memory: 64 << 20))
    #expect(starved.hasPrefix("git index-pack "), "\(starved)")
    // What a killed one left is in nobody's way.
    try folder.write("home.git/objects/tmp_objdir-mtor/pack/old", "x")
    #expect(try refusal(home, (sent.commit, []), base) != nil)
    try git(["rm", "-q", "--cached", "large"], in: folder.file("tree"))
    unlink(folder.file("tree/large"))
    try folder.write("tree/small", "x\n")
    try git(["reset", "-q", "--soft", base], in: folder.file("tree"))
    let small = try self.sent(away, base)
    try home.receive(small.bytes, commit: small.commit, on: base)
    #expect(try home.holds(small.commit, on: base))
    #expect(access(home.folder + "/objects/tmp_objdir-mtor", F_OK) != 0)
  }

  @Test func aCommitIsBroughtAlsoWhereItsBranchWentElsewhere() throws {
    let (path, base) = try repository("r")
    try folder.write("r/a", "other\n")
    try git(["commit", "-q", "-a", "-m", "gone"], in: path)
    let gone = try git(["rev-parse", "HEAD"], in: path)
    try git(["tag", "kept"], in: path)
    try git(["reset", "-q", "--hard", base], in: path)
    let away = mirror(path, "away.git")
    try away.bring(commit: gone, of: "main", look: { true })
    #expect(try away.holds(gone))
    try away.bring(commit: base, of: "main", look: { true })
    let none = String(repeating: "b", count: 40)
    #expect(throws: GitFailure.self) {
      try away.bring(commit: none, of: "main", look: { true })
    }
    #expect(throws: GitFailure.self) {
      try away.bring(commit: base, of: "x:refs/heads/y", look: { true })
    }
  }

  /// A lock that a killed git left, a branch in whose place there are others now, and none at all.
  @Test func aCommitIsBroughtWhereItsBranchCannotBe() throws {
    let (path, base) = try repository("r")
    try git(["branch", "rel"], in: path)
    let away = mirror(path, "away.git")
    try away.bring(commit: base, of: "rel", look: { true })
    try git(["branch", "-D", "rel"], in: path)
    for branch in ["rel/1", "rel", nil] {
      try folder.write("r/a", "\(branch ?? "all")\n")
      try git(["commit", "-q", "-a", "-m", "next"], in: path)
      let next = try git(["rev-parse", "HEAD"], in: path)
      if branch == "rel/1" { try git(["branch", "rel/1"], in: path) }
      if branch == nil { try folder.write("away.git/refs/remotes/origin/main.lock", "") }
      try folder.write("away.git/refs/mtor/begun/\(next).lock", "")
      try away.bring(commit: next, of: branch, look: { true })
      #expect(try away.holds(next))
    }
  }

  /// Of what fails nothing is left; of what was killed the next who comes removes it.
  @Test func nothingIsLeftOfAFetchThatFails() throws {
    let (path, base) = try repository("r")
    let away = mirror(path, "deep/away.git")
    #expect(throws: GitFailure.self) {
      try away.bring(commit: base, of: "main", look: { false })
    }
    #expect(access(away.folder, F_OK) != 0)
    try #require(rename(path, path + "-gone") == 0)
    do throws(GitFailure) {
      try away.bring(commit: base, of: "main", look: { true })
      Issue.record("what is not there was brought")
    } catch {
      #expect(
        error.text
          == "'file://\(path)' cannot be fetched: git ls-remote failed with exit code 128: "
          + "fatal: '\(path)' does not appear to be a git repository; correct the address; servers "
          + "say this too of what may not be read")
      #expect(!error.isPassing)
    }
    #expect(access(away.folder, F_OK) != 0)
    try #require(rename(path + "-gone", path) == 0)
    try away.bring(commit: base, of: "main", look: { true })
    // A copy that was there stays, without the part of a pack that a killed git left.
    try folder.write("deep/away.git/objects/pack/tmp_pack_x", "PACK")
    let none = String(repeating: "b", count: 40)
    #expect(throws: GitFailure.self) {
      try away.bring(commit: none, of: "main", look: { true })
    }
    #expect(access(away.folder + "/objects/pack/tmp_pack_x", F_OK) != 0)
    #expect(try away.holds(base))
  }

  @Test func whoeverMayNotGoOnDoesNot() throws {
    let (path, base) = try repository("r")
    #expect(throws: GitFailure.self) {
      try mirror(path, "away.git").bring(commit: base, of: "main", look: { false })
    }
  }
}
