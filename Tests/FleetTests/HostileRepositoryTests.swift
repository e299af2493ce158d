import Engine
import Glibc
import Manifests
import Platform
import TestSupport
import Testing
import YAMLTree

@testable import Fleet

/// Repositories that would run something where git is merely asked about them, and what a killed
/// git left locked.
@Suite struct HostileRepositories {
  private let folder = TemporaryFolder()

  private func plan(_ repositories: String) throws -> Matrix {
    try folder.write(
      "m.yaml",
      """
      mtor: 1
      name: note
      steps:
        - id: one
          files: [{path: NOTE, content: "one\\n"}]
      ...

      """)
    let text = "manifest: m.yaml\nrepositories: [\(repositories)]\n"
    let source = SourceText(name: folder.file("FLEET.yaml"), bytes: Array(text.utf8))
    return try FleetPlanner(
      try FleetReader.read(source), folder: folder.file("state"), runner: Git.runner,
      limits: Limits()
    ).plan()
  }

  private var mark: String { folder.file("ran") }

  @Test func aFilterWithAnEqualsSignInItsNameIsOffToo() throws {
    try Git.make("r", in: folder, ["a.bin": "bytes\n", ".gitattributes": "*.bin filter=a=b\n"])
    for key in ["clean", "smudge", "process"] {
      try Git.run(["config", "filter.a=b.\(key)", "touch \(mark); cat"], in: folder.file("r"))
    }
    // Its time makes git look into the file, where a filter would be asked.
    try folder.write("r/a.bin", "bytes\n")
    #expect(try plan("r").summary == "1 identical")
    #expect(access(mark, F_OK) != 0)
  }

  @Test func aFilterWhoseNameNobodyCanWriteIsRefused() throws {
    try Git.make("r", in: folder, ["a.bin": "bytes\n"])
    let config = Array(try folder.text("r/.git/config").utf8)
    let filter =
      Array("[filter \"".utf8) + [0xFF] + Array("\"]\n\tclean = touch \(mark)\n".utf8)
    try ReplacedFile.write(config + filter, to: folder.file("r/.git/config"), mode: 0o644)
    let row = try #require(try plan("r").rows.first)
    #expect(row.state == .refused)
    #expect(row.detail?.hasPrefix("a filter is configured whose name is not UTF-8") == true)
  }

  /// A repository that says it lacks objects names the program that is to bring them.
  @Test func whatIsLackingIsNotFetchedByTheRepositorysOwnProgram() throws {
    try Git.make("r", in: folder, ["a": "a\n"])
    let path = folder.file("r")
    let tree = try Git.run(["rev-parse", "HEAD^{tree}"], in: path)
    unlink("\(path)/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
    for (name, value) in [
      ("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
      ("remote.origin.promisor", "true"), ("remote.origin.url", path),
      ("remote.origin.uploadpack", "touch \(mark); git-upload-pack"),
    ] {
      try Git.run(["config", name, value], in: path)
    }
    #expect(try plan("r").rows.map(\.state) == [.refused])
    #expect(access(mark, F_OK) != 0)
  }

  @Test func aPushRunsNothingAndReachesNoWorkTree() throws {
    try Git.make("source", in: folder, ["a": "a\n", ".gitattributes": "* filter=evil\n"])
    let commit = try Git.run(["rev-parse", "HEAD"], in: folder.file("source"))
    let target = folder.file("target")
    try Git.make("target", in: folder, [:])
    try Git.make("other", in: folder, ["b": "b\n"])
    // The branch that is pushed is the one that is checked out, with no commit yet.
    try Git.run(["symbolic-ref", "HEAD", "refs/heads/mtor/x"], in: target)
    for (name, value) in [
      ("receive.denyCurrentBranch", "updateInstead"),
      ("filter.evil.smudge", "touch \(mark); cat"),
      ("core.alternateRefsCommand", "touch \(mark); :"), ("core.fsmonitor", "touch \(mark)"),
    ] {
      try Git.run(["config", name, value], in: target)
    }
    try folder.write("target/.git/objects/info/alternates", folder.file("other/.git/objects\n"))
    let mirror = GitMirror(
      of: folder.file("source"), in: folder.file("copy.git"), runner: Git.runner)
    try mirror.bring("main", at: commit)
    let there = GitMirror(of: target, in: folder.file("copy.git"), runner: Git.runner)
    #expect(throws: GitFailure.self) { try there.push(commit, to: "mtor/x", expecting: nil) }
    #expect(try there.push(commit, to: "mtor/y", expecting: nil))
    #expect(access(target + "/a", F_OK) != 0)
    #expect(access(mark, F_OK) != 0)
  }

  @Test func locksOfAKilledGitStandInNobodysWay() throws {
    try Git.make("r", in: folder, ["a": "a\n"])
    #expect(try plan("r").summary == "1 identical")
    let copies = folder.file("state/repositories")
    let names = try FolderListing.names(of: Descriptor.open(copies, O_RDONLY), path: copies)
    let copy = "\(copies)/" + (try #require(names.first { $0.hasSuffix(".git") }))
    try folder.write("r/b", "b\n")
    try Git.commit("r", in: folder)
    for lock in ["config.lock", "HEAD.lock", "packed-refs.lock", "refs/remotes/origin/main.lock"] {
      try ReplacedFile.write([], to: "\(copy)/\(lock)", mode: 0o600)
    }
    // Git holds this one for moments, and others than the holder of the copy write it.
    let old = [
      timespec(tv_sec: 1_600_000_000, tv_nsec: 0), timespec(tv_sec: 1_600_000_000, tv_nsec: 0),
    ]
    #expect(utimensat(AT_FDCWD, copy + "/packed-refs.lock", old, 0) == 0)
    let matrix = try plan("r")
    #expect(matrix.summary == "1 identical", "\(matrix.rows)")
    #expect(access(copy + "/config.lock", F_OK) != 0)
    #expect(access(copy + "/packed-refs.lock", F_OK) != 0)
  }

  /// Git writes the objects of a small fetch one after the other, the commit first.
  @Test func whatAKilledFetchLeftIsBroughtAgain() throws {
    try Git.make("r", in: folder, ["a": "a\n"])
    let path = folder.file("r")
    let commit = try Git.run(["rev-parse", "HEAD"], in: path)
    let copy = folder.file("copy.git")
    try Git.run(["init", "--quiet", "--bare", copy], in: folder.path)
    try Git.run(["fetch", "--quiet", path, "main"], in: copy)
    let blob = try Git.run(["rev-parse", "HEAD:a"], in: path)
    #expect(unlink("\(copy)/objects/\(blob.prefix(2))/\(blob.dropFirst(2))") == 0)
    let mirror = GitMirror(of: path, in: copy, runner: Git.runner)
    try mirror.bring("main", at: commit)
    let tree = folder.file("tree")
    try mirror.addTree(at: tree, commit: commit)
    #expect(try folder.text("tree/a") == "a\n")
  }

  @Test func aTreeThatWasBeingMadeWhenGitWasKilledIsMadeAgain() throws {
    try Git.make("r", in: folder, ["a": "a\n"])
    let commit = try Git.run(["rev-parse", "HEAD"], in: folder.file("r"))
    let mirror = GitMirror(of: folder.file("r"), in: folder.file("copy.git"), runner: Git.runner)
    try mirror.bring("main", at: commit)
    let tree = folder.file("tree")
    try mirror.addTree(at: tree, commit: commit)
    try folder.write("copy.git/worktrees/tree/locked", "initializing\n")
    try Git.run(["clean", "-ffdxq"], in: tree)
    unlink(tree + "/.git")
    unlink(tree + "/a")
    rmdir(tree)
    try mirror.addTree(at: tree, commit: commit)
    #expect(access(tree + "/a", F_OK) == 0)
  }

  /// Two of mtor bring the same copy up to date at once.
  @Test func aCopyIsBroughtByOneAtATime() throws {
    try Git.make("r", in: folder, ["a": "a\n"])
    let path = folder.file("r")
    for round in 1...3 {
      try folder.write("r/a", "\(round)\n")
      try Git.commit("r", in: folder)
      let commit = try Git.run(["rev-parse", "HEAD"], in: path)
      let faults = Faults()
      let copy = folder.file("copy.git")
      Parallel.forEach(below: 6, jobs: 6) { _ in
        do throws(GitFailure) {
          try GitMirror(of: path, in: copy, runner: Git.runner).bring("main", at: commit)
        } catch { faults.add(error.message) }
        return true
      }
      #expect(faults.all == [])
    }
  }

  @Test func aFolderWithAControlCharacterIsRefusedAndNotLeftOut() throws {
    mkdir(folder.file("bad\u{1}name"), 0o755)
    mkdir(folder.file("bad\u{1}name/.git"), 0o755)
    #expect {
      try plan("\"bad*\"")
    } throws: { error in
      guard case RunFailure.invalid(let all) = error else { return false }
      return all.first?.message
        == "the pattern 'bad*' finds '\(Printable.escaped(folder.file("bad\u{1}name")))', whose name "
        + "has a control character or bytes in it that are no UTF-8"
    }
  }
}
