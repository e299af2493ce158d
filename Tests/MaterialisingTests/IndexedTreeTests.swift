import Glibc
import Materialising
import Platform
import Testing

@Suite struct IndexedTreeTests {
  let scene = Scene()

  private func tree() throws -> IndexedTree {
    IndexedTree(try RootTree(path: scene.root), index: try scene.state().index)
  }

  /// What is said of a path: its inode, that nothing is there, or why it cannot be told.
  private func said(_ tree: IndexedTree, _ name: String) throws -> String {
    let path = try RelativePath(name)
    do throws(SystemError) {
      return try tree.status(of: path).map { "\($0.kind) \($0.inode)" } ?? "absent"
    } catch {
      return "\(error)"
    }
  }

  @Test func keptFoldersSayTheSame() throws {
    for name in ["a/1", "a/2", "a/b/3", "top"] { scene.write(name, "x") }
    symlink("a", scene.path("link"))
    let names = [
      "a/1", "a/2", "a/b/3", "a/1", "a/none", "none/x", "none/y/z", "top", "top/below", "link/1",
      "link", "a/b", "a",
    ]
    let tree = try tree()
    let plainly = try names.map { try said(tree, $0) }
    #expect(plainly[8] == "openat2 top/below: Not a directory")
    #expect(plainly[9] == "openat2 link/1: Too many levels of symbolic links")
    let kept = try tree.keepingFolders { try names.map { try said(tree, $0) } }
    #expect(kept.map(Self.withoutParent) == plainly.map(Self.withoutParent))
  }

  /// The call names the folder or the file; what it says is the same.
  private static func withoutParent(_ text: String) -> String {
    text.hasPrefix("openat2 ") ? String(text.split(separator: ":").last ?? "") : text
  }

  @Test func afterwardsAFolderIsLookedUpAnew() throws {
    scene.write("a/1", "x")
    let tree = try tree()
    let before = try tree.keepingFolders { try said(tree, "a/1") }
    #expect(before.hasPrefix("regular "))
    rename(scene.path("a"), scene.path("moved"))
    #expect(try said(tree, "a/1") == "absent")
    let after = try tree.keepingFolders { try said(tree, "a/1") }
    #expect(after == "absent")
  }
}
