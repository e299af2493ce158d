import Glibc
import Manifests
import TestSupport
import Testing
import YAMLTree

@testable import Fleet

@Suite struct RepositoryPlaces {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    ("https://h.example/a/b", "https://H.example:443/a/b.git/"),
    ("ssh://git@h/a", "ssh://git@h:22/a.git"), ("git@h:a/b.git", "git@H:a/b"),
  ])
  func spellingsOfOnePlaceAreOne(one: String, other: String) {
    #expect(RepositoryPlace.of(one) == RepositoryPlace.of(other))
  }

  @Test(arguments: [
    ("https://h/a", "https://h/A"), ("https://h/a", "ssh://h/a"),
    ("https://h/a", "https://h:8443/a"),
    ("git@h:a", "ssh://git@h/a"), ("https://h/a", "https://h/a/b"), ("/none/a", "/none/b"),
  ])
  func twoPlacesAreTwo(one: String, other: String) {
    #expect(RepositoryPlace.of(one) != RepositoryPlace.of(other))
  }

  @Test func aFolderIsOneThroughLinksAndAsAnAddress() throws {
    try Git.make("a b", in: folder, ["x": "x\n"])
    symlink("a b", folder.file("link"))
    let place = RepositoryPlace.of(folder.file("a b"))
    #expect(RepositoryPlace.of(folder.file("link")) == place)
    #expect(RepositoryPlace.of(folder.file("a b/.git")) == place)
    #expect(RepositoryPlace.of("file://" + folder.file("a%20b")) == place)
  }

  @Test func aFurtherWorkTreeIsItsRepository() throws {
    try Git.make("main", in: folder, ["x": "x\n"])
    let main = folder.file("main")
    try Git.run(["worktree", "add", "-q", folder.file("tree")], in: main)
    try Git.run(["clone", "-q", "--bare", main, folder.file("bare.git")], in: main)
    try Git.run(["worktree", "add", "-q", folder.file("other")], in: folder.file("bare.git"))
    #expect(RepositoryPlace.of(folder.file("tree")) == RepositoryPlace.of(main))
    #expect(RepositoryPlace.of(folder.file("other")) == RepositoryPlace.of(folder.file("bare.git")))
    #expect(RepositoryPlace.of(main) != RepositoryPlace.of(folder.file("bare.git")))
  }

  private static func members(_ names: [(String, String)]) -> [FleetMember] {
    names.map { FleetMember(name: $0.0, address: $0.1, params: [], branch: nil, skip: nil) }
  }

  /// A task is called by its repository's name: two with one name would be one task.
  @Test func everyRepositoryHasANameOfItsOwn() {
    let twins = (0..<20_000).map { ("service", "/all/\($0)/service") }
    let names = RepositoryFinder.named(Self.members(twins)).map(\.name)
    #expect(Set(names).count == twins.count)
    #expect(names.allSatisfy { $0.hasPrefix("service-") })
  }

  @Test func aNameThatLooksLikeAnothersDigitsStaysItsOwn() {
    let digits = FleetMember.digits(of: "/x/a").prefix(6)
    let names = RepositoryFinder.named(
      Self.members([("a", "/x/a"), ("a", "/y/a"), ("a-\(digits)", "/z")])
    ).map(\.name)
    #expect(Set(names).count == 3)
    #expect(names[2] == "a-\(digits)")
  }

  @Test(arguments: [
    "ssh://%2DoProxyCommand=x/a", "ssh://[-oProxyCommand=x]:22/a", "ssh://-x@h/a",
    "https://[-x]/a", "ext::sh -c x", "ssh://a%0Ab/c", "file:///a%0ab", "git://h/a", "http://h/a",
    "FILE:///a", "file:a", "file://h/a", "fd::17/x", "https://h", "https://u:p@h/a",
    "h\u{202E}@x:y",
  ])
  func hostileAddressesAreRefused(text: String) {
    #expect(throws: GitAddress.Fault.self) { try GitAddress(text) }
  }
}
