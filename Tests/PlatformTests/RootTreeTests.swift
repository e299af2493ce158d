import Glibc
import Platform
import TestSupport
import Testing

@Suite struct RootTreeTests {
  let folder = TemporaryFolder()

  private func tree() throws -> RootTree { try RootTree(path: folder.path) }
  private func path(_ text: String) throws -> RelativePath { try RelativePath(text) }

  @Test func tellsWhatStands() throws {
    mkdir(folder.file("d"), 0o755)
    try folder.write("d/a", "hello", mode: 0o640)
    symlink("a", folder.file("d/l"))
    let tree = try tree()
    let file = try #require(try tree.status(of: path("d/a")))
    #expect(file.kind == .regular && file.size == 5 && file.mode == 0o640 && file.links == 1)
    #expect(try tree.status(of: path("d"))?.kind == .directory)
    #expect(try tree.status(of: path("d/l"))?.kind == .symlink)
    #expect(try tree.linkTarget(of: path("d/l")) == "a")
    #expect(try tree.bytes(of: path("d/a"), limit: 5) == Array("hello".utf8))
    #expect(try tree.digest(of: path("d/a"), status: file) == Digest(of: Array("hello".utf8)))
    #expect(try tree.names(in: nil) == ["d"])
    #expect(try tree.names(in: path("d")) == ["a", "l"])
    #expect(try tree.status(of: path("none/below")) == nil)
    #expect(try tree.status(of: path("none")) == nil)
  }

  @Test func keepsNamesThatAreNoText() throws {
    let odd = RawPath(copying: [0x62, -1, 0])
    let raw = RawPath(folder.path).appending(odd)
    #expect(mkdir(raw.cString, 0o755) == 0)
    try folder.write("b\u{FFFD}", "text")
    let tree = try tree()
    #expect(try tree.names(in: nil) == ["b\u{FFFD}", "b\u{FFFD}"])
    #expect(try tree.entries(in: nil) == [RawPath("b\u{FFFD}"), odd])
    #expect(try tree.namesThatAreNoText(in: nil) == [odd])
    #expect(try FileStatus.of(odd, in: tree.descriptor)?.kind == .directory)
    #expect(try FileStatus.of("b\u{FFFD}", in: tree.descriptor)?.kind == .regular)
    #expect(odd.text == nil && odd.decoded == "b\u{FFFD}" && odd.shown == "b\\xFF")
    #expect(RawPath("a\nb\\").shown == "a\\nb\\" && RawPath("d").appending(odd).shown == "d/b\\xFF")
  }

  @Test func refusesALinkWhoseTargetIsNoText() throws {
    #expect(symlink([0x74, -1, 0], folder.file("l")) == 0)
    let tree = try tree()
    #expect(throws: SystemError("readlinkat", "l", code: EILSEQ)) {
      try tree.linkTarget(of: path("l"))
    }
    let target: RawPath = try RootTree.linkTarget(of: RawPath("l"), in: tree.descriptor)
    #expect(target == RawPath(copying: [0x74, -1, 0]))
  }

  @Test func neverFollowsALink() throws {
    let outside = TemporaryFolder()
    try outside.write("s", "secret")
    symlink(outside.path, folder.file("out"))
    symlink(outside.file("s"), folder.file("leaf"))
    let tree = try tree()
    #expect(throws: SystemError("openat2", "out/s", code: ELOOP)) {
      try tree.status(of: path("out/s"))
    }
    #expect(throws: SystemError("openat2", "leaf", code: ELOOP)) {
      try tree.bytes(of: path("leaf"), limit: 100)
    }
    #expect(throws: SystemError("openat2", "out", code: ELOOP)) {
      try tree.names(in: path("out"))
    }
  }

  @Test func cannotLookIsNotAbsent() throws {
    try folder.write("file", "x")
    mkfifo(folder.file("fifo"), 0o644)
    let tree = try tree()
    #expect(throws: SystemError("openat2", "file/below", code: ENOTDIR)) {
      try tree.status(of: path("file/below"))
    }
    #expect(throws: SystemError("read", "file", code: EFBIG)) {
      try tree.bytes(of: path("file"), limit: 0)
    }
    #expect(throws: SystemError("read", "fifo", code: EINVAL)) {
      try tree.bytes(of: path("fifo"), limit: 10)
    }
    #expect(throws: SystemError("open", folder.file("no"), code: ENOENT)) {
      try RootTree(path: folder.file("no"))
    }
  }

  @Test func memoryAnswersAlike() throws {
    try folder.write("file", "x")
    mkdir(folder.file("d"), 0o755)
    try folder.write("d/y", "y")
    symlink("d", folder.file("l"))
    var memory = MemoryTree()
    memory.write("x", to: try path("file"))
    memory.write("y", to: try path("d/y"))
    memory.link(try path("l"), to: "d")
    let real = try tree()
    for text in ["file", "d", "d/y", "l", "l/y", "file/z", "none", "none/z", "d/none"] {
      let path = try path(text)
      #expect(kind(path, in: real) == kind(path, in: memory), "\(text)")
      #expect(content(path, in: real) == content(path, in: memory), "\(text)")
      #expect(names(path, in: real) == names(path, in: memory), "\(text)")
    }
    #expect(try real.names(in: nil) == memory.names(in: nil))
    memory.remove(try path("d"))
    #expect(try memory.status(of: path("d/y")) == nil)
  }

  private func kind(_ path: RelativePath, in tree: any FileTree) -> String {
    do { return "\(try tree.status(of: path)?.kind as Any)" } catch { return "\(error)" }
  }
  private func content(_ path: RelativePath, in tree: any FileTree) -> String {
    do { return "\(try tree.bytes(of: path, limit: 9))" } catch { return "\(error)" }
  }
  private func names(_ path: RelativePath, in tree: any FileTree) -> String {
    do { return "\(try tree.names(in: path))" } catch { return "\(error)" }
  }
}
