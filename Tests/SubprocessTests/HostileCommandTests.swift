import Glibc
import Platform
import Subprocess
import Testing

/// Commands that do not want to end; each is over in time and leaves nothing.
@Suite(.timeLimit(.minutes(20))) struct HostileCommandTests {
  private func run(_ name: String, timeout: Double = 0.4) throws -> Outcome {
    let mark = "\(name)-\(getpid())"
    var hostile = command(.executable(builtExecutable("hostile"), [name]))
    hostile.environment["MARK"] = mark
    hostile.timeout = timeout
    hostile.grace = 0.2
    let outcome = try runner.run(hostile)
    #expect(processes(marked: mark) == [])
    return outcome
  }

  @Test(arguments: ["bomb", "scattered-bomb", "deaf", "endless-flood", "stop"])
  func endedByTheDeadline(name: String) throws {
    #expect(try run(name).ending == .timedOut)
  }

  @Test func churningOrphansAreCaught() throws {
    // The first process ends at once; what it left is ended with it.
    #expect(try run("churn").ending == .exited(0))
  }

  @Test func daemonsDoNotOutliveTheirCommand() throws {
    let outcome = try run("daemon", timeout: 20)
    #expect(outcome.ending == .exited(0))
    #expect(outcome.leftovers > 0)
    #expect(try run("vfork-orphan", timeout: 20).ending == .exited(0))
  }

  @Test func endOfOutputIsNotWaitedFor() throws {
    #expect(try run("hold-pipe", timeout: 20).ending == .exited(0))
  }

  @Test func neitherInputNorTerminal() throws {
    let outcome = try run("ask", timeout: 20)
    #expect(outcome.ending == .exited(7))
    #expect(text(outcome.output) == "read 0, terminal no\n")
  }

  @Test func killingTheSupervisorEndsTheCommand() throws {
    #expect(try run("kill-parent", timeout: 20).ending == .signalled(SIGKILL))
  }

  @Test func tracingTheSupervisor() throws {
    // Root may trace anything; the supervisor is then stopped, and the host's end ends it.
    guard geteuid() != 0 else { return }
    #expect(text(try run("trace-parent", timeout: 20).output) == "attached no\n")
  }

  @Test func aGigabyteIsBounded() throws {
    let outcome = try run("flood", timeout: 60)
    #expect(outcome.ending == .exited(0))
    #expect(outcome.output.omitted == (1 << 30) - 2 * 65_536)
    #expect(outcome.output.tail == [UInt8](repeating: UInt8(ascii: "x"), count: 65_536))
  }
}

/// The same in a sandbox: there too each is over in time and leaves nothing.
@Suite(.timeLimit(.minutes(20))) struct SandboxedHostileCommandTests {
  @Test(arguments: [
    "bomb", "scattered-bomb", "churn", "daemon", "deaf", "endless-flood", "hold-pipe", "ask",
    "stop", "vfork-orphan", "kill-parent", "trace-parent",
  ])
  func nothingIsLeft(name: String) throws {
    let survey = try Sandbox.survey(runner)
    guard let bubblewrap = survey.bubblewrap, survey.bubblewrapFault == nil else { return }
    let folder = temporaryFolder()
    _ = mkdir(folder + "/tree", 0o755)
    let shadow = try Shadow.make(
      Shadow.Description(root: folder + "/tree", storage: folder + "/state"))
    var policy = SandboxPolicy(root: shadow.workingRoot, scratch: shadow.scratch)
    policy.readable = [builtExecutable("hostile")]
    let mark = "sandboxed-\(name)-\(getpid())"
    var hostile = command(
      .executable(builtExecutable("hostile"), [name]), directory: folder + "/tree")
    hostile.environment["MARK"] = mark
    hostile.timeout = 1
    hostile.grace = 0.2
    let outcome = try shadow.runner.run(
      try Sandbox.bubblewrap(executable: bubblewrap).applied(policy, to: hostile))
    #expect(
      outcome.ending != .exited(0)
        || [
          "daemon", "hold-pipe", "vfork-orphan", "churn",
          "trace-parent",
        ].contains(name), "\(outcome.ending)")
    #expect(processes(marked: mark) == [])
    try shadow.discard()
    _ = rmdir(folder + "/state/shadows")
  }
}
