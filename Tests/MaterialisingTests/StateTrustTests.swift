import Glibc
import Materialising
import Platform
import Testing

@Suite struct StateTrustTests {
  let scene = Scene()

  /// The one room of the root's state.
  private func room(_ scene: Scene) throws -> String {
    let roots = scene.path(".mtor/state/roots")
    let listing = open(roots, O_RDONLY | O_DIRECTORY)
    try #require(listing >= 0)
    let names = try FolderListing.names(of: Descriptor(owning: listing))
    return roots + "/" + (try #require(names.first))
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func aLinkInPlaceOfTheStateIsRefusedAndNothingIsWrittenBehindIt() throws {
    let outside = TemporaryFolder()
    mkdir(scene.path(".mtor"), 0o755)
    symlink(outside.path, scene.path(".mtor/state"))
    let text = message { try scene.land(scene.step("s", [scene.create("a", "1")])) }
    #expect(text.contains("is a symbolic link, or lies behind one; to set it aside: mv "))
    #expect(Scene.picture(of: outside.path) == [])
    #expect(scene.text("a") == nil)
  }

  @Test func aStateThatOthersCanWriteIsRefused() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    chmod(scene.path(".mtor/state"), 0o777)
    let text = message { try scene.land(scene.step("s", [scene.create("b", "1")])) }
    #expect(text.contains("can be written by others; to set it aside: mv "))
    #expect(scene.text("b") == nil)
  }

  @Test func aStateSealedByAnotherMachineIsForeign() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    let tree = try RootTree(path: scene.root)
    let other = TemporaryFolder()
    let state = try StateFolder.open(root: tree, stateHome: other.path)
    let text = message { _ = try state.undoable() }
    #expect(
      text.contains(
        "journal' was not written by this user on this machine for this root, or was under another "
          + "HOME; to set it aside"))
    // The index is only a shortcut: a foreign one is no error, and is not believed.
    let path = try RelativePath("a")
    let status = try #require(try tree.status(of: path))
    #expect(state.index.digest(of: path, status: status) == nil)
  }

  @Test func aJournalOfAnotherRootIsForeign() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    let room = try room(scene)
    let copy = Scene()
    try copy.land(copy.step("s", [copy.create("b", "1")]))
    let other = try self.room(copy)
    let journal = "/done.000000001/journal"
    unlink(other + journal)
    try #require(rename(room + journal, other + journal) == 0)
    let tree = try RootTree(path: copy.root)
    let state = try StateFolder.open(root: tree, stateHome: scene.home.path)
    #expect(message { _ = try state.undoable() }.contains("is foreign"))
  }

  @Test func anUnfinishedJournalCutOrFlippedAtEveryByteStopsRecoveryAndIsLeft() throws {
    scene.furnish()
    try scene.land(scene.everything())
    let room = try room(scene)
    // As if the run had died before its commit.
    try #require(rename(room + "/done.000000001", room + "/txn") == 0)
    let path = room + "/txn/journal"
    let whole = try Descriptor.open(path, O_RDONLY).readAll()
    let before = scene.picture()
    var silent = 0
    for index in whole.indices {
      var flipped = whole
      flipped[index] ^= UInt8(1 << (index % 8))
      for bytes in [flipped, Array(whole[..<index])] {
        try put(bytes, path)
        if !message({ try scene.materialise { _ in } }).contains("; to set it aside: mv ") {
          silent += 1
        }
      }
    }
    #expect(silent == 0)
    #expect(scene.picture() == before)
    try put(whole, path)
    #expect(
      try scene.materialise { try $0.recover() } == [])
    #expect(scene.text("a.txt") == "old a\n")
  }

  @Test func aJournalOfANewerVersionIsNamedAsThat() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    let room = try room(scene)
    rename(room + "/done.000000001", room + "/txn")
    try put(Array("mtor journal 2\nwhatever\n".utf8), room + "/txn/journal")
    let text = message { try scene.materialise { _ in } }
    #expect(text.contains("is from a newer mtor, which must finish there: 'txn/journal'"))
    #expect(scene.text("a") == "1")
  }

  @Test func aDraftThatWasNeverFinishedGoes() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    let draft = try room(scene) + "/undoing.new"
    try put(Array("mtor undo".utf8), draft)
    try scene.materialise { _ in }
    #expect(access(draft, F_OK) != 0)
  }

  @Test func inARepositoryStateLiesInTheGitFolder() throws {
    mkdir(scene.path(".git"), 0o755)
    scene.write(".git/HEAD", "ref: refs/heads/main\n")
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    #expect(access(scene.path(".mtor"), F_OK) != 0)
    #expect(access(scene.path(".git/mtor/roots"), F_OK) == 0)
    #expect(try scene.materialise { try $0.undo() }?.run == "run-1")
  }

  @Test func inALinkedWorkTreeStateLiesInItsOwnGitFolder() throws {
    let store = scene.folder.file("store")
    mkdir(store, 0o755)
    let head = open(store + "/HEAD", O_WRONLY | O_CREAT, 0o644)
    close(head)
    scene.write(".git", "gitdir: ../store\n")
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    #expect(access(scene.path(".mtor"), F_OK) != 0)
    #expect(access(store + "/mtor/roots", F_OK) == 0)
  }

  @Test func stateThatStandsIsFoundBeforeANewRepository() throws {
    try scene.land(scene.step("s", [scene.create("a", "1")]))
    mkdir(scene.path(".git"), 0o755)
    scene.write(".git/HEAD", "ref: refs/heads/main\n")
    #expect(try scene.materialise { try $0.undo() }?.run == "run-1")
    #expect(access(scene.path(".git/mtor"), F_OK) != 0)
  }

  private func put(_ bytes: [UInt8], _ path: String) throws {
    let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    #expect(bytes.withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) } == bytes.count)
  }
}
