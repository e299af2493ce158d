import Glibc
import Manifests
import Platform
import Testing
import YAMLTree

@testable import Fleet

private func read(_ text: String) -> (fleet: FleetFile?, said: [String]) {
  do throws(DiagnosticList) {
    return (try FleetReader.read(SourceText(name: "FLEET.yaml", bytes: Array(text.utf8))), [])
  } catch {
    return (nil, error.all.map { DiagnosticPrinter().line($0) })
  }
}

@Suite struct FleetReading {
  @Test func aWholeFileIsRead() throws {
    let fleet = try #require(
      read(
        """
        manifest: convention.yaml
        repositories:
          - ../one
          - ../services/*
          - https://example.org/two.git
          - git@example.org:three.git
          - {list: repositories.txt, branch: develop}
          - {command: "gh repo list --json url", skip: "not yet"}
          - {path: four, params: {OWNER: me}, skip: true}
        select:
          - exists: package.json
          - {file: package.json, matches: "\\"private\\"\\\\s*:\\\\s*true"}
          - command: test -d src
        params:
          VERSION: {file: Cargo.toml, pointer: /package/version}
          YEAR: {file: LICENSE, match: "(\\\\d{4})", group: 1, default: 2026}
        branch: mtor/licence
        commit: "Add the licence"
        push: {remote: "ssh://git@example.org/{name}.git", dry: false}
        open: gh pr create --fill
        concurrency: 8
        budget: {tokens: 100000, usd: 0.5}
        stop_after: 3
        """
      ).fleet)
    #expect(fleet.manifest == "convention.yaml")
    #expect(
      fleet.repositories.map(\.place) == [
        .folder("../one"), .glob("../services/*"),
        .address(try GitAddress("https://example.org/two.git")),
        .address(try GitAddress("git@example.org:three.git")), .list("repositories.txt"),
        .command("gh repo list --json url"), .folder("four"),
      ])
    #expect(fleet.repositories[4].branch == "develop")
    #expect(
      fleet.repositories.map(\.skip) == [
        nil, nil, nil, nil, nil, "not yet", "the fleet's file says so",
      ])
    #expect(
      fleet.select == [
        .exists(path: "package.json"),
        .matches(path: "package.json", pattern: #""private"\s*:\s*true"#),
        .command("test -d src"),
      ])
    #expect(
      fleet.params.map(\.value) == [
        .pointer(file: "Cargo.toml", pointer: "/package/version", format: .toml),
        .match(file: "LICENSE", pattern: #"(\d{4})"#, group: "1"),
      ])
    #expect(fleet.params[1].fallback == "2026")
    #expect(fleet.branch == "mtor/licence")
    #expect(fleet.commit == "Add the licence")
    #expect(fleet.push == .init(remote: "ssh://git@example.org/{name}.git", isDry: false))
    #expect(fleet.open?.command == "gh pr create --fill")
    #expect(fleet.concurrency == 8)
    #expect(fleet.budget == .init(tokens: 100_000, usd: 0.5))
    #expect(fleet.stopAfter == 3)
  }

  @Test func everyFaultIsToldAtItsPlace() {
    #expect(
      read(
        """
        repositories:
          - {path: a, url: "https://example.org/b"}
          - ext::sh -c id
          - {url: "http://example.org/a"}
        select: [{exists: ../b}]
        params: {A: {file: x}, B: {file: x, match: "("}}
        branch: --force
        concurency: 3
        stop_after: 0
        """
      ).said == [
        "FLEET.yaml:1:1: error[missing-key]: a fleet lacks the key 'manifest'; help: "
          + "add 'manifest: …'",
        "FLEET.yaml:2:5: error[one-of]: a repository needs exactly one of 'path', 'glob', 'url', "
          + "'list', 'command'; help: it has path and url",
        "FLEET.yaml:3:5: error[fleet-address]: the address 'ext::sh -c id' has a space or a control "
          + "character in it; help: take it out, or write it as %20",
        "FLEET.yaml:4:11: error[fleet-address]: the address 'http://example.org/a' has the protocol "
          + "'http', which is not spoken; help: write https://, ssh:// or file:///",
        "FLEET.yaml:5:19: error[fleet-path]: '../b' leads out of its folder ('..'); help: write "
          + "the path from the root, without '..'",
        "FLEET.yaml:6:13: error[fleet-parameter]: the parameter 'A' says not where to read it: "
          + "'file' and one of 'pointer' and 'match'; help: write {file: package.json, pointer: "
          + "/version}, or a text",
        "FLEET.yaml:6:44: error[pattern]: 'match' is no pattern: missing closing parenthesis; help: "
          + "look at its character 2",
        "FLEET.yaml:7:9: error[fleet-branch]: the branch '--force' begins with '-', which git takes "
          + "for an option; help: write a name such as mtor/licence",
        "FLEET.yaml:8:1: error[unknown-key]: a fleet has no key 'concurency'; help: did you mean "
          + "'concurrency'?",
        "FLEET.yaml:9:13: error[out-of-range]: 'stop_after' must be from 1 to 1000000, not 0",
      ])
  }

  @Test(arguments: [
    "-u", "--upload-pack=x", "ext::sh -c id", "ext::id", "http://h/r", "git://h/r", "ftp://h/r",
    "https://", "https://h", "https://h/", "https://-h/r", "https://user@h/r", "https://u:p@h/r",
    "ssh://u:p@h/r", "ssh://-oProxyCommand=x/r", "ssh://u@-h/r", "file://h/r", "file:r", "file:///",
    "https://h/a b", "https://h/a\nb", "https://h/a\u{1B}[1m", "https://h/a%0Ab", "https://h/%7f",
    "https://h\\r", "-a@h:r", "a@-h:r", "a@h:-r", "a@h:", "HTTPS://h/r", "fd::7", "https:h/r",
  ])
  func anAddressThatIsNoneIsRefused(text: String) {
    #expect(throws: GitAddress.Fault.self) { try GitAddress(text) }
  }

  @Test(arguments: [
    "https://example.org/a/b.git", "https://example.org:8443/a", "ssh://git@example.org:22/~/a",
    "ssh://example.org/a", "file:///srv/git/a.git", "git@example.org:a/b.git",
  ])
  func anAddressIsTaken(text: String) throws {
    #expect(try GitAddress(text).text == text)
  }

  @Test(arguments: [
    "", "-b", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a//b", "/a", "a/",
    "a.lock", ".a", "a/.b", "@", "HEAD", "a@{1}", "a.", "a\u{7}", "a\nb", "a\u{202E}b",
  ])
  func aBranchThatIsNoneIsRefused(name: String) {
    #expect(BranchName.fault(name) != nil)
  }

  @Test(arguments: ["main", "mtor/licence", "a-b_c.d", "übung", "v1.0", "a@b"])
  func aBranchIsTaken(name: String) {
    #expect(BranchName.fault(name) == nil)
  }

  @Test func theExamplesOfTheRulesKeepAndBreakThem() throws {
    let rules = Rules.all.filter { $0.frame == .fleet }
    #expect(rules.count == 4)
    for rule in rules {
      #expect(
        read(rule.bad + "\n").said.contains { $0.contains("error[\(rule.id)]") }, "\(rule.id)")
      #expect(read(rule.good + "\n").said == [], "\(rule.id)")
    }
  }

  @Test func theSchemaOfTheRepositoryIsThatOfTheCode() throws {
    let path =
      #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
      + "/schemas/fleet.schema.json"
    let text = FleetSchema.document.text(.pretty) + "\n"
    if getenv("MTOR_TEST_UPDATE") != nil {
      try ReplacedFile.write(Array(text.utf8), to: path, mode: 0o644)
    }
    let bytes = try Descriptor.open(path, O_RDONLY).readAll(path: path)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}
