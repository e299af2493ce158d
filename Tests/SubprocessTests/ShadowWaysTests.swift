import Glibc
import Platform
import Subprocess
import TestSupport
import Testing

/// A shadow is the same to its commands whatever it is made of, as root and as an ordinary user.
@Suite struct ShadowWaysTests {
  @Test(arguments: Shadow.Way.allCases)
  func everyWayIsAShadow(way: Shadow.Way) throws {
    try ShadowTrial().check(way)
  }

  @Test func everyWayIsAShadowAsAnOrdinaryUser() async throws {
    guard geteuid() == 0 else { return }
    await #expect(processExitsWith: .exitCode(42)) {
      guard becomeOrdinaryUser() else { exit(1) }
      for way in Shadow.Way.allCases { try ShadowTrial().check(way) }
      exit(42)
    }
  }

  /// One begins where another one is, whatever either is made of.
  @Test(arguments: Shadow.Way.allCases)
  func everyWayAdoptsEveryOther(way: Shadow.Way) throws {
    for other in Shadow.Way.allCases { try ShadowTrial().checkAdoption(way, of: other) }
  }

  @Test func shadowsAreAdoptedAsAnOrdinaryUser() async throws {
    guard geteuid() == 0 else { return }
    await #expect(processExitsWith: .exitCode(42)) {
      guard becomeOrdinaryUser() else { exit(1) }
      for way in [Shadow.Way.overlayInStorage, .copy] {
        for other in Shadow.Way.allCases { try ShadowTrial().checkAdoption(way, of: other) }
      }
      exit(42)
    }
  }

  @Test func aFallbackSaysWhy() throws {
    let trial = try ShadowTrial()
    // A file stands where the folder would have to be.
    var description = Shadow.Description(root: trial.root, storage: trial.root + "-not/state")
    _ = try runner.run(command(.sh("echo x > \(trial.root)-not")))
    let shadow = try Shadow.make(description)
    #expect(
      shadow.reasons == [
        "no overlay kept in \(trial.root)-not/state: mkdir \(trial.root)-not/state/shadows: "
          + "Not a directory"
      ])
    #expect(entries(trial.folder).contains(".mtor-shadow"))
    try shadow.discard()
    // What is beside the tree is a person's: not even an empty folder stays.
    #expect(!entries(trial.folder).contains(".mtor-shadow"))

    description.storage = trial.root + "/inside"
    description.ways = [.overlayInStorage, .copy]
    let copy = try Shadow.make(description)
    #expect(copy.reasons == ["\(trial.root)/inside lies in the tree"])
    #expect(copy.workingRoot.hasPrefix("/tmp/mtor-\(geteuid())/shadows/"))
    try copy.discard()
    trial.remove()
  }

  @Test func whatFailsAltogetherIsAnError() throws {
    let trial = try ShadowTrial()
    var description = Shadow.Description(root: trial.root + "/gone", storage: trial.folder + "/s")
    description.ways = [.overlayInStorage]
    #expect(throws: SystemError("mount", trial.root + "/gone", code: ENOENT)) {
      try Shadow.make(description)
    }
    #expect(entries(trial.folder + "/s/shadows") == [])
    trial.remove()
  }

  /// Somebody else's folder among the temporary files is not taken for one's own.
  @Test func aForeignStorageIsRefused() throws {
    guard geteuid() == 0 else { return }
    let trial = try ShadowTrial()
    let place = trial.folder + "/foreign"
    _ = try runner.run(command(.sh("mkdir -p \(place)/shadows; chown -R 65534 \(place)")))
    var description = Shadow.Description(root: trial.root, storage: place)
    description.ways = [.overlayInStorage]
    #expect(throws: SystemError("mkdir", place + "/shadows", code: EPERM)) {
      try Shadow.make(description)
    }
    trial.remove()
  }

  @Test(arguments: [Shadow.Way.overlayInStorage, .overlayInMemory])
  func aTreeThatChangesIsSeenAfterARenewal(way: Shadow.Way) throws {
    let trial = try ShadowTrial()
    try trial.checkRenewal(way)
    trial.remove()
  }

  @Test func aTreeThatChangesIsSeenAfterARenewalAsAnOrdinaryUser() async throws {
    guard geteuid() == 0 else { return }
    await #expect(processExitsWith: .exitCode(42)) {
      guard becomeOrdinaryUser() else { exit(1) }
      let trial = try ShadowTrial()
      try trial.checkRenewal(.overlayInStorage)
      try trial.checkRenewal(.overlayInMemory)
      trial.remove()
      exit(42)
    }
  }

  /// Without its overlay the host would run commands in the tree itself.
  @Test func aRenewalThatFailsEndsTheShadow() throws {
    let trial = try ShadowTrial()
    var description = Shadow.Description(root: trial.root, storage: trial.folder + "/state")
    description.isRenewable = true
    let shadow = try Shadow.make(description)
    _ = try runner.run(command(.sh("rm -rf \(trial.folder)/state/shadows/*/upper0")))
    #expect(throws: SystemError.self) { try shadow.renew() }
    #expect(throws: SystemError.self) { try shadow.tree }
    // Refused, or lost with the host: in no case has it run.
    let harm = try? shadow.runner.run(command(.sh("echo harm > a/one"), directory: trial.root))
    #expect(harm?.succeeded != true)
    #expect(trial.read("a/one") == "one\n")
    try shadow.discard()
    trial.remove()
  }
}

/// A small tree, and what every shadow of it must do.
private struct ShadowTrial {
  let folder = temporaryFolder()
  var root: String { folder + "/tree" }

  init() throws {
    let script = """
      mkdir -p \(root)/a/b \(root)/d \(root)/state; cd \(root)
      echo one > a/one; echo two > a/b/two; echo four > d/four; echo s > state/s
      ln -s one a/link; printf '#!/bin/sh\\n' > tool; chmod 755 tool
      echo odd > a/$(printf 'p\\377')
      """
    #expect(try runner.run(command(.sh(script))).succeeded)
  }

  func remove() { _ = try? runner.run(command(.sh("rm -rf \(folder)"))) }

  func read(_ name: String) -> String? {
    guard let file = try? Descriptor.open(root + "/" + name, O_RDONLY) else { return nil }
    return (try? file.readAll()).map { String(decoding: $0, as: UTF8.self) }
  }

  private func run(_ script: String, in shadow: Shadow) throws -> String {
    let outcome = try shadow.runner.run(command(.sh(script), directory: shadow.workingRoot))
    return text(outcome.output) + (outcome.succeeded ? "" : "\(outcome.ending)")
  }

  func check(_ way: Shadow.Way) throws {
    var description = Shadow.Description(
      root: root, storage: folder + "/storage", covered: [root + "/state"])
    description.ways = [way]
    let shadow = try Shadow.make(description)
    switch (way, shadow.kind) {
    case (.overlayInStorage, .overlay(let asUser)), (.overlayBesideTree, .overlay(let asUser)),
      (.overlayInMemory, .overlayInMemory(let asUser)):
      #expect(asUser == (geteuid() != 0))
      #expect(shadow.workingRoot == root)
    case (.copy, .copy(let omitted)):
      // mtor's own state, and nothing else.
      #expect(omitted == ["state"])
    default: Issue.record("\(way) made \(shadow.kind)")
    }
    #expect(
      try run("pwd; cat a/link a/p*; ls state 2>/dev/null || true; echo $MTOR_SHADOW", in: shadow)
        == "\(shadow.workingRoot)\none\nodd\n\(root)\n")
    let script = """
      echo new > a/one; rm a/b/two; echo x > a/b/x; chmod 700 tool; touch d/four
      rm a/link; ln -s b a/link; mkdir -p n/m; echo y > n/m/y
      rm a/p*; echo z > a/$(printf 'z\\377')
      """
    #expect(try run(script, in: shadow) == "")
    #expect(
      try shadow.changes().map { "\($0.kind) \($0.path)" } == [
        "deleted a/b/two", "created a/b/x", "changed a/link", "changed a/one",
        "deleted a/p\u{FFFD}", "created a/z\u{FFFD}", "created n/m/y", "mode tool",
      ])
    let one = try RelativePath("a/one")
    #expect(try shadow.tree.bytes(of: one, limit: 100) == Array("new\n".utf8))
    // What mtor itself puts there is seen by the next command.
    try shadow.write(Array("mine\n".utf8), to: one)
    #expect(try run("cat a/one", in: shadow) == "mine\n")
    #expect(read("a/one") == "one\n")
    #expect(read("a/b/two") == "two\n")
    #expect(entries(root).sorted() == ["a", "d", "state", "tool"])
    try shadow.discard()
    #expect(entries(folder + "/storage/shadows") == [])
    #expect(entries(folder).filter { $0 != "storage" } == ["tree"])
    remove()
  }

  /// A shadow takes over what another one changed, and is its own afterwards.
  func checkAdoption(_ way: Shadow.Way, of other: Shadow.Way) throws {
    var description = Shadow.Description(root: root, storage: folder + "/storage")
    description.ways = [other]
    let source = try Shadow.make(description)
    let script = """
      touch -r a/one .time; echo new > a/one; touch -r .time a/one; rm .time
      rm a/b/two; chmod 700 tool; rm a/link; ln -s b a/link
      mkdir -p n/m empty locked; echo y > n/m/y; touch -d @1000000000 n/m/y; chmod 750 n/m
      echo z > locked/z; chmod 500 locked; rm -r d; mkdir d; echo in > d/new
      rm -r a/b; echo file > a/b
      rm a/p*; echo z > n/$(printf 'z\\377'); ln -s $(printf 't\\377') n/odd
      """
    #expect(try run(script, in: source) == "")
    description.ways = [way]
    let shadow = try Shadow.make(description)
    try shadow.adopt(source)
    // Also where something stands already.
    try shadow.adopt(source)
    let listing = "find . -path ./state -prune -o -printf '%P %y %m %s %l\\n' | sort -k1,1; "
    let times = "stat -c %Y n/m/y; cat a/one a/b d/new n/m/y locked/z n/z*"
    let sizes = "sed -E '/ d /s/ [0-9]+ $/ -/'"
    let wanted = try run("(\(listing)) | \(sizes); \(times)", in: source)
    #expect(try run("(\(listing)) | \(sizes); \(times)", in: shadow) == wanted)
    #expect(wanted.contains("empty d ") && wanted.contains("locked d 500"))
    let names = { (shadow: Shadow) in try shadow.changes().map { "\($0.kind) \($0.path)" } }
    #expect(try names(shadow) == names(source))
    // Neither sees what the other does from here on.
    #expect(try run("echo later > a/one; rm n/m/y", in: shadow) == "")
    #expect(try run("cat a/one n/m/y", in: source) == "new\ny\n")
    try shadow.discard()
    try source.discard()
    remove()
  }

  /// The tree changes between two commands: what is new there is seen, what commands changed stays.
  func checkRenewal(_ way: Shadow.Way) throws {
    var description = Shadow.Description(root: root, storage: folder + "/storage")
    description.ways = [way]
    description.isRenewable = true
    let shadow = try Shadow.make(description)
    #expect(
      try run("cat a/one d/four; echo mine > a/b/two; echo own > own", in: shadow)
        == "one\nfour\n")
    _ = try runner.run(
      command(
        .sh(
          "echo 1 > new; mv new a/one; rm -r d; mkdir -p e/f; echo late > e/f/g; echo t > a/b/two"),
        directory: root))
    try shadow.renew()
    #expect(
      try run("cat a/one e/f/g a/b/two own; ls; test ! -e d", in: shadow)
        == "1\nlate\nmine\nown\na\ne\nown\nstate\ntool\n")
    #expect(
      try shadow.changes().map { "\($0.kind) \($0.path)" } == ["changed a/b/two", "created own"])
    try shadow.discard()
    _ = try runner.run(
      command(
        .sh("rm -rf e; mkdir d; echo one > a/one; echo four > d/four; echo two > a/b/two"),
        directory: root))
  }
}
