import Glibc
import Materialising
import Platform
import Testing

@Suite struct LockTests {
  let scene = Scene()

  private func hold(_ path: String) throws -> Materialiser {
    let tree = try RootTree(path: path)
    let state = try StateFolder.open(root: tree, stateHome: scene.home.path)
    return try Materialiser(tree: tree, state: state, durability: .kill)
  }

  private func holder(_ path: String) -> String {
    do {
      _ = try hold(path)
      return "nobody"
    } catch {
      return "\(error)"
    }
  }

  @Test func theHolderIsNamed() throws {
    let materialiser = try hold(scene.root)
    #expect(holder(scene.root).hasPrefix("another run holds the tree: process \(getpid()) ("))
    withExtendedLifetime(materialiser) {}
  }

  @Test func anInnerAndAnOuterRootExcludeEachOtherWhicheverCameFirst() throws {
    mkdir(scene.path("inner"), 0o755)
    mkdir(scene.path("sibling"), 0o755)
    do {
      let outer = try hold(scene.root)
      #expect(holder(scene.path("inner")).hasPrefix("another run holds the tree"))
      withExtendedLifetime(outer) {}
    }
    let inner = try hold(scene.path("inner"))
    #expect(holder(scene.root).hasPrefix("another run holds the tree"))
    // Two roots beside each other have nothing in common.
    #expect(holder(scene.path("sibling")) == "nobody")
    withExtendedLifetime(inner) {}
  }

  @Test func rootsOfOneWorkTreeExcludeEachOther() throws {
    mkdir(scene.path(".git"), 0o755)
    scene.write(".git/HEAD", "ref: refs/heads/main\n")
    mkdir(scene.path("one"), 0o755)
    mkdir(scene.path("two"), 0o755)
    let one = try hold(scene.path("one"))
    #expect(holder(scene.path("two")).hasPrefix("another run holds the tree"))
    withExtendedLifetime(one) {}
  }

  @Test func theLockEndsWithItsHolderAndLeavesNothing() throws {
    do {
      let materialiser = try hold(scene.root)
      withExtendedLifetime(materialiser) {}
    }
    #expect(holder(scene.root) == "nobody")
    #expect(scene.picture() == [])
    #expect(access(scene.path(".mtor"), F_OK) != 0)
  }
}
