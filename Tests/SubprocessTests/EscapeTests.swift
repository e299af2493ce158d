import Glibc
import Platform
import Subprocess
import TestSupport
import Testing

/// Model-written code under the rules of repair: of more than fifty ways out none works, by
/// bubblewrap or by the kernel's own means, whatever the shadow is made of, as whoever runs the
/// tests; and where that is root, as an ordinary user too.
@Suite(.serialized) struct EscapeTests {
  @Test func nothingEscapesBubblewrap() throws {
    guard let bubblewrap = try bubblewrap() else { return }
    let escape = try Escape()
    for way in Shadow.Way.all { try escape.check(by: bubblewrap, way) }
    try escape.remove()
  }

  /// Version 3 is the oldest that is used at all.
  @Test(arguments: [3, 4, 5, 6, 7])
  func nothingEscapesLandlock(version: Int) throws {
    guard try Sandbox.survey(runner).landlock >= version else { return }
    let escape = try Escape()
    for way in Shadow.Way.all { try escape.check(by: .landlock(version: version), way) }
    try escape.remove()
  }

  @Test func nothingEscapesBubblewrapAsAnOrdinaryUser() async throws {
    guard geteuid() == 0 else { return }
    let escape = try Escape(for: nobody)
    await #expect(processExitsWith: .exitCode(42)) { [escape = escape as Escape] in
      guard becomeOrdinaryUser(), let bubblewrap = try bubblewrap() else { exit(1) }
      for way in Shadow.Way.all { try escape.check(by: bubblewrap, way) }
      exit(42)
    }
    try escape.remove()
  }

  @Test func nothingEscapesLandlockAsAnOrdinaryUser() async throws {
    let newest = try Sandbox.survey(runner).landlock
    guard geteuid() == 0, Sandbox.Survey.isEnough(newest) else { return }
    let escape = try Escape(for: nobody)
    await #expect(processExitsWith: .exitCode(42)) {
      [escape = escape as Escape, newest = newest as Int] in
      guard becomeOrdinaryUser() else { exit(1) }
      for version in Set([3, 5, newest]) where version <= newest {
        for way in Shadow.Way.all { try escape.check(by: .landlock(version: version), way) }
      }
      exit(42)
    }
    try escape.remove()
  }
}

extension Shadow.Way {
  /// Beside the tree is like in the storage.
  fileprivate static let all: [Self] = [.overlayInStorage, .overlayInMemory, .copy]
}

/// bubblewrap, if it works for whoever this process belongs to.
func bubblewrap() throws -> Sandbox? {
  let survey = try Sandbox.survey(runner)
  guard let path = survey.bubblewrap, survey.bubblewrapFault == nil else { return nil }
  return .bubblewrap(executable: path)
}

/// A tree, a home and an outside, each with something worth having, and somebody who wants it.
private struct Escape: Codable, Sendable {
  private let folder: String
  /// A place that is not hidden, only read-only.
  private let outside: String
  private var root: String { folder + "/tree" }
  private var home: String { folder + "/home" }
  /// Where the tests were built another user may not be able to look.
  private var program: String { folder + "/bin/hostile" }

  /// All of it belongs to `user`. To be removed by whoever made it.
  init(for user: uid_t = geteuid()) throws {
    folder = temporaryFolder()
    let name = folder.split(separator: "-").last ?? ""
    outside =
      geteuid() == 0 ? "/var/lib/mtor-escape-\(name)" : builtExecutable("escape-\(name)")
    let script = """
      mkdir -p \(root)/.git/hooks \(root)/.mtor/state \(root)/tests \(root)/src
      mkdir -p \(home)/.ssh \(home)/.cargo/bin \(folder)/config \(folder)/bin \(outside)
      for f in \(root)/.git/config \(root)/.mtor/state/memory \(root)/tests/test_a.py \\
        \(root)/src/a \(home)/.ssh/id_ed25519 \(home)/.cargo/credentials.toml \\
        \(folder)/secret \(folder)/config/config.yaml \(outside)/file; do echo precious > $f; done
      cp \(builtExecutable("hostile")) \(program)
      chown -R \(user):\(user) \(folder) \(outside)
      """
    #expect(try runner.run(command(.sh(script))).succeeded)
  }

  func remove() throws {
    #expect(try runner.run(command(.sh("rm -rf \(folder) \(outside)"))).succeeded)
  }

  /// Every file and folder with its mode and contents.
  private func state() throws -> String {
    let script =
      "find \(root) \(home) \(outside) -printf '%p %m %u\\n' -type f -exec cat {} + 2>/dev/null | sort"
    return text(try runner.run(command(.sh(script))).output)
  }

  func check(by sandbox: Sandbox, _ way: Shadow.Way) throws {
    let listeners = try Listeners(socketFolder: outside)
    defer { unlink(listeners.socketPath) }
    let before = try state()
    let outcome = try attempts(listeners, by: sandbox, way)
    let lines = text(outcome.output).split(separator: "\n")
    #expect(lines.count >= 50, "\(sandbox) \(way): \(text(outcome.output))")
    var ways = lines.filter { !$0.hasSuffix(" refused") }
    // Before version 6 Landlock does not keep signals in.
    if case .landlock(let version) = sandbox, version < 6 {
      ways.removeAll { $0 == "signal_it DONE" }
    }
    #expect(ways == [], "\(sandbox) \(way)")
    #expect(!listeners.wereReached, "\(sandbox) \(way)")
    #expect(try state() == before, "\(sandbox) \(way)")
  }

  private func attempts(
    _ listeners: Listeners, by sandbox: Sandbox, _ way: Shadow.Way
  ) throws -> Outcome {
    // One of them does not exist: the place to protect it must not be made in the tree.
    let protected = ["/.git", "/.mtor", "/tests/test_a.py", "/absent/test_b.py"].map { root + $0 }
    var description = Shadow.Description(
      root: root, storage: folder + "/storage", covered: [root + "/.mtor/state"])
    description.ways = [way]
    var policy = SandboxPolicy(
      root: root, environment: ["HOME": home, "PATH": home + "/.cargo/bin:/usr/bin:/bin"])
    if case .landlock = sandbox {
      description.pinned = protected
      description.isSealed = true
      description.covered += try policy.sockets()
    }
    let shadow = try Shadow.make(description)
    policy.root = shadow.workingRoot
    policy.scratch = shadow.scratch
    policy.readOnly = protected.map(shadow.workingPath)
    policy.isSealed = shadow.isSealed
    policy.hidden = [folder + "/config", folder + "/storage"]
    policy.readable = [program]
    var escape = command(.executable(program, ["escape"]), directory: shadow.workingRoot)
    escape.environment = CommandEnvironment(base: ["DEPLOY_TOKEN": "s", "PATH": policy.path])
      .makeSandboxed(adding: [
        "E_OUTSIDE": outside, "E_ROOT": root, "E_HOME": home,
        "E_HIDDEN": folder + "/config", "E_TMP": folder, "E_PID": "\(getpid())",
        "E_ADDRESS": "\(UInt(bitPattern: listeners.address))", "E_TCP": "\(listeners.tcpPort)",
        "E_UDP": "\(listeners.udpPort)", "E_ABSTRACT": listeners.abstractName,
        "E_SOCKET": listeners.socketPath,
      ])
    let outcome = try shadow.runner.run(try sandbox.applied(policy, to: escape))
    if way != .copy {
      #expect(
        try shadow.changes().allSatisfy { !$0.path.hasPrefix("tests") && !$0.path.hasPrefix(".") })
    }
    try shadow.discard()
    return outcome
  }
}
