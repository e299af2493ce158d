import Glibc
import Platform
import Subprocess
import Testing

/// Model-written code under the rules of repair: of more than fifty ways out none works, by
/// bubblewrap or by the kernel's own means, as whoever runs the tests.
@Suite(.timeLimit(.minutes(20))) struct EscapeTests {
  /// A tree, a home and an outside, each with something worth having.
  private struct World {
    let folder = temporaryFolder()
    /// A place that is not hidden, only read-only.
    let outside: String
    var root: String { folder + "/tree" }
    var home: String { folder + "/home" }

    init() throws {
      let bundle = builtExecutable("")
      outside =
        access(bundle, W_OK) == 0
        ? bundle + "escape-\(folder.split(separator: "-").last ?? "")" : "/var/lib/none"
      let script = """
        mkdir -p \(root)/.git/hooks \(root)/.mtor/state \(root)/tests \(root)/src
        mkdir -p \(home)/.ssh \(home)/.cargo/bin \(folder)/config
        for f in \(root)/.git/config \(root)/.mtor/state/memory \(root)/tests/test_a.py \\
          \(root)/src/a \(home)/.ssh/id_ed25519 \(home)/.cargo/credentials.toml \\
          \(folder)/secret \(folder)/config/config.yaml; do echo precious > $f; done
        """
      #expect(try runner.run(command(.sh(script))).succeeded)
      _ = mkdir(outside, 0o755)
      _ = try runner.run(command(.sh("echo precious > \(outside)/file || true")))
    }

    /// Every file with its mode and contents.
    func state() throws -> String {
      let script =
        "find \(folder)/tree \(folder)/home \(outside) ! -type d -exec ls -l {} + -exec cat {} + 2>/dev/null | sort"
      return text(try runner.run(command(.sh(script))).output)
    }

    func remove() { _ = try? runner.run(command(.sh("rm -rf \(folder) \(outside)"))) }
  }

  private func attempts(_ world: World, _ listeners: Listeners, by sandbox: Sandbox) throws
    -> Outcome
  {
    let protected = ["/.git", "/.mtor", "/tests/test_a.py", "/absent/test_b.py"].map {
      world.root + $0
    }
    var description = Shadow.Description(
      root: world.root, storage: world.folder + "/storage", covered: [world.root + "/.mtor/state"])
    if case .landlock = sandbox {
      description.pinned = protected
      description.isSealed = true
    }
    let shadow = try Shadow.make(description)
    var policy = SandboxPolicy(
      root: shadow.workingRoot, scratch: shadow.scratch,
      environment: ["HOME": world.home, "PATH": world.home + "/.cargo/bin:/usr/bin:/bin"])
    policy.readOnly = protected
    policy.isSealed = description.isSealed
    policy.hidden = [world.folder + "/config", world.folder + "/storage"]
    // The program itself may stand in somebody's home.
    policy.readable = [builtExecutable("hostile")]
    var escape = command(
      .executable(builtExecutable("hostile"), ["escape"]), directory: world.root)
    escape.environment = CommandEnvironment(base: ["DEPLOY_TOKEN": "s", "PATH": policy.path])
      .makeSandboxed(adding: [
        "E_OUTSIDE": world.outside, "E_ROOT": world.root, "E_HOME": world.home,
        "E_HIDDEN": world.folder + "/config", "E_TMP": world.folder, "E_PID": "\(getpid())",
        "E_ADDRESS": "\(UInt(bitPattern: listeners.address))", "E_TCP": "\(listeners.tcpPort)",
        "E_UDP": "\(listeners.udpPort)", "E_ABSTRACT": listeners.abstractName,
        "E_SOCKET": listeners.socketPath,
      ])
    let outcome = try shadow.runner.run(try sandbox.applied(policy, to: escape))
    #expect(
      try shadow.changes().allSatisfy { !$0.path.hasPrefix("tests") && !$0.path.hasPrefix(".") })
    try shadow.discard()
    return outcome
  }

  private func check(by sandbox: Sandbox) throws {
    let world = try World()
    defer { world.remove() }
    let listeners = try Listeners(socketFolder: world.outside)
    let before = try world.state()
    let outcome = try attempts(world, listeners, by: sandbox)
    let lines = text(outcome.output).split(separator: "\n")
    #expect(lines.count >= 50, "\(text(outcome.output))")
    #expect(lines.filter { !$0.hasSuffix(" refused") } == [])
    #expect(outcome.ending == .exited(0))
    #expect(!listeners.wereReached)
    #expect(try world.state() == before)
  }

  @Test func nothingEscapesBubblewrap() throws {
    let survey = try Sandbox.survey(runner)
    guard let bubblewrap = survey.bubblewrap, survey.bubblewrapFault == nil else { return }
    try check(by: .bubblewrap(executable: bubblewrap))
  }

  @Test func nothingEscapesLandlock() throws {
    let version = try Sandbox.survey(runner).landlock
    // Before version 6 signals and abstract sockets are not kept in.
    guard version >= 6 else { return }
    try check(by: .landlock(version: version))
  }
}
