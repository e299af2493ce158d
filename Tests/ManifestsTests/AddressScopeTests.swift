import Testing

@testable import Manifests

@Suite struct AddressScopes {
  private static func holds(_ scope: String, _ address: String) throws -> Bool {
    try AddressScope(scope).holds(GitAddress(address))
  }

  @Test(arguments: [
    ("https://git.example.org/team/", "https://git.example.org/team/a.git"),
    ("https://git.example.org/team/", "https://GIT.Example.org:443/team/deep/a"),
    ("https://git.example.org:443/team", "https://git.example.org/team/a"),
    ("https://git.example.org/team/a.git", "https://git.example.org/team/a.git/"),
    ("https://git.example.org/", "https://git.example.org/anything"),
    ("https://git.example.org/te%61m/", "https://git.example.org/team/%61"),
    ("ssh://git@h:22/team/", "ssh://git@H/team/a"), ("git@h:team/", "git@H:team/a.git"),
    ("git@h:", "git@h:a"), ("file:///srv/git/", "file:///srv/git/a.git"),
    ("file:///", "file:///srv/a"), ("https://h:8443/team/", "https://h:8443/team/a"),
  ])
  func whatLiesBelowIsAllowed(scope: String, address: String) throws {
    #expect(try Self.holds(scope, address))
  }

  @Test(arguments: [
    ("https://git.example.org/team/", "https://git.example.org/teams/a"),
    ("https://git.example.org/team", "https://git.example.org/team.git"),
    ("https://git.example.org/team/", "https://git.example.org/team/../other/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/%2e%2e/other/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/.%2E/other/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/%252e%252e/other/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/..%2fother/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/..%5Cother/a"),
    ("https://git.example.org/team/", "https://git.example.org/team/./a"),
    ("https://git.example.org/team/", "https://git.example.org//team/a"),
    ("https://git.example.org/team/", "https://git.example.org/team//a"),
    ("https://git.example.org/team/", "https://git.example.org/team/a?b=/../c"),
    ("https://git.example.org/team/", "https://git.example.org/team/a#b"),
    ("https://git.example.org/team/", "https://git.example.org/team/a%"),
    ("https://git.example.org/team/", "https://git.example.org/team/a%2"),
    ("https://git.example.org/team/", "https://git.example.org/team/a%zz"),
    ("https://git.example.org/team/", "https://git.example.org:8443/team/a"),
    ("https://git.example.org/team/", "https://git.example.org.evil.example/team/a"),
    ("https://git.example.org/team/", "https://evil.example/git.example.org/team/a"),
    ("https://git.example.org/team/", "https://git.example.org/Team/a"),
    ("https://git.example.org/team/", "ssh://git.example.org/team/a"),
    ("https://h/team/", "file:///team/a"), ("ssh://git@h/team/", "ssh://root@h/team/a"),
    ("ssh://git@h/team/", "ssh://h/team/a"), ("ssh://git@h/team/", "git@h:team/a"),
    ("git@h:team/", "git@h:/team/a"), ("git@h:team/", "git@h:team/../a"),
    ("file:///srv/git/", "file:///srv/git/../a"), ("file:///srv/git/", "file:///srv/gita"),
    ("https://h:443/a/", "https://h:4430/a/b"), ("https://h/a/", "https://h:0443/a/b"),
    ("git@h:team/", "git@h:%74eam/x"), ("git@h:team/", "git@h:team/%61"),
    ("git@h:", "git@h:~root/x"), ("git@h:", "git@h:/~root/x"),
    ("https://h/team/", "https://h/team/../\u{301}x"),
    ("file:///srv/git/", "file:///srv/git/../\u{301}x"),
    ("git@h:team/", "git@h:team/../\u{301}x"), ("ssh://git@h/a/", "ssh://git@h/a/..\u{301}/../b"),
  ])
  func whatLiesElsewhereIsNot(scope: String, address: String) throws {
    #expect(try !Self.holds(scope, address))
  }

  @Test(arguments: [
    "", "-x", "https://h", "http://h/", "https://u@h/", "https://u:p@h/", "https://h/a/../",
    "https://h/%2e/", "https://h//", "ext::sh", "https://h/a b", "https://h/\u{1B}", "file://h/",
    "https://%68/", "HTTPS://h/",
  ])
  func whatIsNoAddressCannotBeAllowed(scope: String) {
    #expect(throws: GitAddress.Fault.self) { try AddressScope(scope) }
  }

  /// Git takes the host from behind `@[`, wherever that stands, after it decoded the address.
  @Test(arguments: [
    "file:///srv/git/x@[y]/tmp/private", "git@h:team/x@[evil.example]:path",
    "ssh://git@h/team/x@[evil.example:2222]/path", "ssh://git@h/team/x@%5Bevil.example%5D/path",
    "ssh://git@h/team/x%40%5bevil.example%5d/path", "file:///srv/git/x%40%255By%255d/tmp",
    "file:///srv/git/x@%25255By", "https://h/team/a]", "https://h/team/%5d", "[git@h:22]:team/x",
    "ssh://[::1/team]/x", "https://h/%2%5B", "https://h/%%5B", "ssh://git@h/a\u{301}[/b",
  ])
  func bracketsOfAPathCannotNameAHost(text: String) {
    #expect {
      _ = try GitAddress(text)
    } throws: { error in
      (error as? GitAddress.Fault)?.message
        == "the address '\(text)' has a bracket in its path, behind which git looks for a host"
    }
  }

  @Test(arguments: [
    "ssh://git@[::1]:2222/team/x", "ssh://[::1]/x", "https://[::1]:8443/x", "https://h/a%255E",
    "https://h/a%25", "https://h/a%5", "https://h/5B5D", "file:///srv/a@b/%40",
  ])
  func hostsInBracketsAndOtherEscapesAreAddresses(text: String) throws {
    #expect(try GitAddress(text).text == text)
  }
}
