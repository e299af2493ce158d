import Glibc
import Platform
import Subprocess
import TestSupport
import Testing

/// Commands that do not want to end; each is over in time and leaves nothing.
@Suite(.serialized) struct HostileCommandTests {
  private func run(_ name: String, timeout: Double = 0.4) throws -> Outcome {
    var hostile = command(.executable(builtExecutable("hostile"), [name]))
    hostile.timeout = timeout
    return try runInTime(hostile, by: runner)
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

  /// A stopped supervising process keeps no deadline; the host then does.
  @Test func stoppingTheSupervisorEndsTheCommand() throws {
    #expect(try run("stop-parent").ending == .timedOut)
  }

  @Test func tracingTheSupervisor() async throws {
    // Root may trace anything.
    if geteuid() == 0 { #expect(try run("trace-parent").ending == .timedOut) }
    await #expect(processExitsWith: .exitCode(42)) { [program = openProgram() as String] in
      guard becomeOrdinaryUser() else { exit(1) }
      let outcome = try runMarked(command(.executable(program, ["trace-parent"])), by: runner)
      exit(text(outcome.output) == "attached no\n" ? 42 : 2)
    }
  }

  @Test func aGigabyteIsBounded() throws {
    let outcome = try run("flood", timeout: 60)
    #expect(outcome.ending == .exited(0))
    #expect(outcome.output.omitted == (1 << 30) - 2 * 65_536)
    #expect(outcome.output.tail == [UInt8](repeating: UInt8(ascii: "x"), count: 65_536))
  }

  /// The bomb stops by itself at 256 processes, so that a limit that does not hold does no harm.
  @Test func processesAreLimited() async throws {
    await #expect(processExitsWith: .exitCode(42)) { [program = openProgram() as String] in
      func bomb() throws -> Outcome {
        var bomb = command(.executable(program, ["bomb"]))
        bomb.limits.processes = 60
        bomb.timeout = 10
        return try runMarked(bomb, by: CommandRunner())
      }
      // Root's are counted, and too many of them end the command.
      if geteuid() == 0, try bomb().ending != .tooManyProcesses { exit(1) }
      guard becomeOrdinaryUser() else { exit(2) }
      // The kernel refuses a user's: those that are there wait for ever, in the user's number.
      let limited = try bomb()
      exit(limited.ending == .timedOut && limited.leftovers < 60 ? 42 : 3)
    }
  }
}

/// The same in a sandbox: there too each is over in time and leaves nothing, and its ending is
/// told as outside.
@Suite(.serialized) struct SandboxedHostileCommandTests {
  private static let endings: [(name: String, ending: Outcome.Ending?)] = [
    ("bomb", .timedOut), ("scattered-bomb", .timedOut), ("churn", .exited(0)),
    ("daemon", .exited(0)), ("deaf", .timedOut), ("endless-flood", .timedOut),
    ("hold-pipe", .exited(0)), ("ask", .exited(7)), ("stop", .timedOut),
    ("vfork-orphan", .exited(0)), ("trace-parent", .exited(0)), ("flood", .exited(0)),
    ("stop-parent", .timedOut),
    // Of bubblewrap's own process, which nobody can kill from inside; of the supervising one.
    ("kill-parent", nil),
  ]

  @Test(arguments: endings.map(\.name), ["bubblewrap", "landlock"])
  func nothingIsLeft(name: String, by kind: String) throws {
    let survey = try Sandbox.survey(runner)
    guard let sandbox = try kind == "landlock" ? landlock(survey) : bubblewrap() else { return }
    let folder = temporaryFolder()
    _ = mkdir(folder + "/tree", 0o755)
    var description = Shadow.Description(root: folder + "/tree", storage: folder + "/state")
    description.isSealed = kind == "landlock"
    let shadow = try Shadow.make(description)
    var policy = SandboxPolicy(root: shadow.workingRoot, scratch: shadow.scratch)
    policy.readable = [builtExecutable("hostile")]
    policy.isSealed = shadow.isSealed
    var hostile = command(
      .executable(builtExecutable("hostile"), [name]), directory: folder + "/tree")
    hostile.timeout = name == "flood" ? 60 : 1
    let outcome = try runInTime(sandbox.applied(policy, to: hostile), by: shadow.runner)
    if let wanted = Self.endings.first(where: { $0.name == name })?.ending {
      #expect(outcome.ending == wanted)
    } else {
      #expect(outcome.ending != .exited(0))
    }
    try shadow.discard()
    _ = try runner.run(command(.sh("rm -rf \(folder)")))
  }

  private func landlock(_ survey: Sandbox.Survey) -> Sandbox? {
    Sandbox.Survey.isEnough(survey.landlock) ? .landlock(version: survey.landlock) : nil
  }
}

/// Runs a command and proves that nothing is left of it.
private func runMarked(_ command: Command, by runner: CommandRunner) throws -> Outcome {
  var command = command
  let mark = "hostile-\(getpid())-\(UInt32.random(in: .min ... .max))"
  command.environment["MARK"] = mark
  command.grace = 0.2
  let outcome = try runner.run(command)
  #expect(processes(marked: mark) == [])
  return outcome
}

/// The same, and proves that it was over, with all that it left, within its deadline, its grace and
/// 0.3 s, by the clock that its supervising process keeps: at least once in ten tries. What makes
/// it late once is the machine, whose processors a whole test run shares; a supervising process
/// that is late by itself is so each time.
private func runInTime(_ command: Command, by runner: CommandRunner) throws -> Outcome {
  var outcome = try runMarked(command, by: runner)
  for _ in 0..<9 where outcome.secondsUntilGone > (command.timeout ?? 0) + 0.2 + 0.3 {
    outcome = try runMarked(command, by: runner)
  }
  #expect(outcome.secondsUntilGone <= (command.timeout ?? 0) + 0.2 + 0.3)
  return outcome
}

/// A copy of the hostile program where every user can run it.
private func openProgram() -> String {
  let folder = temporaryFolder()
  _ = try? runner.run(
    command(.sh("chmod 755 \(folder); cp \(builtExecutable("hostile")) \(folder)/hostile")))
  return folder + "/hostile"
}
