import Glibc
import Platform
import Subprocess
import Testing

@Suite struct ShadowTests {
  /// A tree with a few files, and a shadow of it.
  private func make(besides: [String] = [], covered: [String] = []) throws -> (
    shadow: Shadow, root: String, storage: String
  ) {
    let folder = temporaryFolder()
    let root = folder + "/tree"
    let script = """
      mkdir -p \(root)/a/b \(root)/d/e
      cd \(root)
      echo one > a/one; echo two > a/b/two; echo three > d/e/three; echo four > d/four
      ln -s one a/link; printf '#!/bin/sh\\n' > tool; chmod 755 tool
      """
    _ = try runner.run(command(.sh(script)))
    let description = Shadow.Description(
      root: root, storage: folder + "/state", besides: besides.map { folder + $0 },
      covered: covered.map { root + $0 })
    return (try Shadow.make(description), root, folder + "/state")
  }

  private func run(_ script: String, in shadow: Shadow) throws -> String {
    let outcome = try shadow.runner.run(command(.sh(script), directory: shadow.workingRoot))
    return text(outcome.output) + (outcome.succeeded ? "" : "\(outcome.ending)")
  }

  private func changes(_ shadow: Shadow) throws -> [String] {
    try shadow.changes().map { "\($0.kind) \($0.path)" }
  }

  @Test func treeIsSeenAtItsPathAndStaysAsItIs() throws {
    let (shadow, root, _) = try make()
    #expect(
      try run("pwd; cat a/one; echo new > a/one; cat \(root)/a/one", in: shadow)
        == "\(root)\none\nnew\n")
    #expect(try Descriptor.open(root + "/a/one", O_RDONLY).readAll() == Array("one\n".utf8))
    #expect(try shadow.tree.bytes(of: RelativePath("a/one"), limit: 100) == Array("new\n".utf8))
    try shadow.discard()
  }

  @Test func changesAreListedWithHashes() throws {
    let (shadow, _, _) = try make()
    let script = """
      echo new > a/one; rm a/b/two; echo x > a/b/x; chmod 700 tool; touch d/four
      rm a/link; ln -s b a/link; mkdir -p n/m; echo y > n/m/y; mkdir empty
      """
    #expect(try run(script, in: shadow) == "")
    #expect(
      try changes(shadow) == [
        "deleted a/b/two", "created a/b/x", "changed a/link", "changed a/one", "created n/m/y",
        "mode tool",
      ])
    let one = try shadow.changes().first { $0.path == "a/one" }
    #expect(one?.digest == Digest(of: Array("new\n".utf8)))
    try shadow.discard()
  }

  @Test func writingTheSameBytesIsNoChange() throws {
    let (shadow, _, _) = try make()
    #expect(
      try run("cat a/one > t; cat t > a/one; rm t; chmod 600 tool; chmod 755 tool", in: shadow)
        == "")
    #expect(try changes(shadow) == [])
    try shadow.discard()
  }

  @Test func foldersThatMovedOrWereReplacedAreSeenThrough() throws {
    let (shadow, _, _) = try make()
    #expect(try run("mv d moved; rm -r a; mkdir a; echo n > a/n", in: shadow) == "")
    #expect(
      try changes(shadow) == [
        "deleted a/b/two", "deleted a/link", "created a/n", "deleted a/one", "deleted d/e/three",
        "deleted d/four", "created moved/e/three", "created moved/four",
      ])
    #expect(
      try run("rm -r moved; echo file > d; rm tool; mkdir tool; echo t > tool/t", in: shadow) == "")
    #expect(
      try changes(shadow).suffix(5) == [
        "created d", "deleted d/e/three", "deleted d/four", "deleted tool", "created tool/t",
      ])
    try shadow.discard()
  }

  @Test func manyCommandsShareOneShadow() throws {
    let (shadow, _, _) = try make()
    Parallel.forEach(below: 20, jobs: 4) {
      [runner = shadow.runner, root = shadow.workingRoot] index in
      _ = try? runner.run(command(.sh("echo \(index) > f\(index)"), directory: root))
      return true
    }
    #expect(try changes(shadow).count == 20)
    #expect(try run("ls f* | wc -l", in: shadow) == "20\n")
    try shadow.discard()
  }

  @Test func stateIsCoveredAndOtherFoldersMayBeShadowedToo() throws {
    let (shadow, root, _) = try make(covered: ["/a", "/tool", "/absent"])
    #expect(
      try run("ls a; cat tool; touch a/x 2>/dev/null || echo refused", in: shadow) == "refused\n")
    #expect(entries(root + "/a").count == 3)
    #expect(try shadow.tree.names(in: RelativePath("a")) == [])
    try shadow.discard()

    let folder = temporaryFolder()
    _ = try runner.run(
      command(.sh("mkdir \(folder)/tree \(folder)/git; echo 1 > \(folder)/git/index")))
    let two = try Shadow.make(
      Shadow.Description(
        root: folder + "/tree", storage: folder + "/state", besides: [folder + "/git"]))
    #expect(try run("echo 2 > ../git/index; cat ../git/index", in: two) == "2\n")
    #expect(try Descriptor.open(folder + "/git/index", O_RDONLY).readAll() == Array("1\n".utf8))
    #expect(try changes(two) == [])
    try two.discard()
  }

  @Test func commandsAreToldThatTheyAreInAShadow() throws {
    let (shadow, root, _) = try make()
    #expect(try run("echo $MTOR_SHADOW", in: shadow) == "\(root)\n")
    try shadow.discard()
  }

  @Test func nothingIsLeftOfIt() throws {
    let (shadow, root, storage) = try make()
    #expect(try run("mkdir -p x/y; echo z > x/y/z; chmod 0 x/y", in: shadow) == "")
    #expect(entries(storage + "/shadows").count == 1)
    // In use: it is not abandoned.
    #expect(try ShadowStorage.removeAbandoned(in: storage) == 0)
    try shadow.discard()
    #expect(entries(storage + "/shadows") == [])
    #expect(entries(root).sorted() == ["a", "d", "tool"])
  }

  @Test func whatACrashLeftIsCleaned() async throws {
    let folder = temporaryFolder()
    let storage = folder + "/state"
    #expect(try ShadowStorage.removeAbandoned(in: storage) == 0)
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      _ = mkdir(folder + "/tree", 0o755)
      let description = Shadow.Description(root: folder + "/tree", storage: folder + "/state")
      let shadow = try Shadow.make(description)
      _ = try shadow.runner.run(
        command(.sh("echo x > x; mkdir y; chmod 0 y"), directory: shadow.root))
      kill(getpid(), SIGKILL)
    }
    #expect(entries(storage + "/shadows").count == 1)
    #expect(try ShadowStorage.removeAbandoned(in: storage) == 1)
    #expect(entries(storage + "/shadows") == [])
    #expect(entries(folder + "/tree") == [])
  }

  @Test func oddPathsNeedNoEscaping() throws {
    let folder = temporaryFolder()
    let root = folder + "/a,b:c\\d e'f"
    #expect(mkdir(root, 0o700) == 0)
    let shadow = try Shadow.make(Shadow.Description(root: root, storage: folder + "/s,t:u"))
    #expect(try run("echo x > y; stat -c %a .", in: shadow) == "700\n")
    #expect(try changes(shadow) == ["created y"])
    try shadow.discard()
  }
}
