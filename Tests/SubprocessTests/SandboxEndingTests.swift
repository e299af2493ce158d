import Glibc
import Platform
import Subprocess
import Testing

/// How a command ended is told in a sandbox as outside of it.
@Suite struct SandboxEndingTests {
  private func run(
    _ program: Command.Program, timeout: Double = 60, grace: Double = 20,
    _ change: (inout SandboxPolicy) -> Void = { _ in }
  ) throws -> Outcome? {
    guard let sandbox = try bubblewrap() else { return nil }
    let folder = temporaryFolder()
    defer { rmdir(folder) }
    var policy = SandboxPolicy(root: folder)
    change(&policy)
    var inner = command(program, directory: folder)
    inner.timeout = timeout
    inner.grace = grace
    return try runner.run(sandbox.applied(policy, to: inner))
  }

  @Test func exitCodeSignalAndTimeoutAreToldApart() throws {
    let endings: [(String, Outcome.Ending)] = [
      ("exit 0", .exited(0)), ("exit 124", .exited(124)), ("exit 137", .exited(137)),
      ("exit 255", .exited(255)), ("kill -KILL $$", .signalled(SIGKILL)),
      ("kill -SEGV $$", .signalled(SIGSEGV)), ("kill -TERM $$", .signalled(SIGTERM)),
    ]
    for (script, ending) in endings {
      guard let outcome = try run(.sh(script)) else { return }
      #expect(outcome.ending == ending, "\(script)")
    }
    #expect(try run(.sh("sleep 100"), timeout: 0.2)?.ending == .timedOut)
  }

  @Test func theGraceReachesTheCommand() throws {
    let script = "trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
    guard let outcome = try run(.sh(script), timeout: 1) else { return }
    #expect(outcome.ending == .timedOut)
    #expect(text(outcome.output).contains("ready\n"))
    #expect(text(outcome.output).hasSuffix("asked\n"))
    // Long before the end of the grace.
    #expect(outcome.seconds < 15)
  }

  @Test func whatIsMissingInsideIsMtorsOwnError() throws {
    guard try bubblewrap() != nil else { return }
    #expect(throws: SystemError("execve", "/no/such", code: ENOENT)) {
      try run(.executable("/no/such", []))
    }
  }

  /// A sandbox that cannot be made is no red test, which might cost tokens.
  @Test func aSandboxThatFailsIsMtorsOwnError() throws {
    guard try bubblewrap() != nil else { return }
    let error = #expect(throws: SystemError.self) {
      try run(.sh("true")) { $0.root = "/no/such/tree" }
    }
    #expect(error?.call == "bwrap")
    #expect(error?.path?.contains("/no/such/tree") == true)
  }

  /// Any service may stop between the listing of its socket and the sandbox that covers it.
  @Test func aSocketThatGoesIsCoveredNoMore() throws {
    guard let sandbox = try bubblewrap() else { return }
    let folder = temporaryFolder()
    let outside = geteuid() == 0 ? "/var/lib/mtor-\(getpid())" : builtExecutable("sockets")
    mkdir(outside, 0o755)
    defer {
      rmdir(folder)
      rmdir(outside)
    }
    let listeners = try Listeners(socketFolder: outside)
    let said = command(.sh("echo 'bwrap: said by it'; echo done"), directory: folder)
    let confined = try sandbox.applied(SandboxPolicy(root: folder), to: said)
    #expect(confined.program.text.contains(listeners.socketPath))
    unlink(listeners.socketPath)
    var lines: [String] = []
    let outcome = try runner.run(confined) { lines.append(String(decoding: $0, as: UTF8.self)) }
    #expect(outcome.ending == .exited(0))
    #expect(text(outcome.output) == "bwrap: said by it\ndone\n")
    #expect(lines == ["bwrap: said by it", "done"])
  }

  /// The process between the sandbox and its command is killed by the command: nobody knows then
  /// how it would have ended, and it has not passed.
  @Test func killingTheInnerProcessIsNoPass() throws {
    guard let outcome = try run(.sh("kill -KILL $PPID; sleep 10; exit 0")) else { return }
    #expect(outcome.ending == .signalled(SIGKILL))
  }

  @Test func theInnerProcessCannotBeLookedInto() throws {
    let script = "cat /proc/$PPID/environ /proc/$PPID/maps; ls /proc/$PPID/fd; exit 0"
    guard let outcome = try run(.sh(script)) else { return }
    #expect(!text(outcome.output).contains("PATH="))
    #expect(text(outcome.output).contains("Permission denied"))
  }

  @Test func limitsReachTheCommand() throws {
    // Core files, files in blocks of 512 bytes, processes.
    guard let outcome = try run(.bash("ulimit -c; ulimit -f; ulimit -u; ulimit -Hc")) else {
      return
    }
    let lines = text(outcome.output).split(separator: "\n").map(String.init)
    #expect(lines == ["0", "\(16 << 20)", "4096", "0"])
    // By a signal, or refused where that is ignored: in no case does the file grow.
    let large = "truncate -s 17G f && echo grown; exit 0"
    #expect(try run(.sh(large)).map { text($0.output).contains("grown") } == false)
  }

  @Test func usageInsideIsMeasured() throws {
    let script = "head -c 50000000 /dev/zero | tail -c 40000000 | wc -c"
    guard let outcome = try run(.sh(script)) else { return }
    #expect(outcome.peakMemory > 35_000_000)
    #expect(outcome.userSeconds + outcome.systemSeconds > 0)
  }

  @Test func descriptorsDoNotPassThrough() throws {
    guard let outcome = try run(.sh("ls /proc/self/fd | tr '\\n' ' '")) else { return }
    #expect(text(outcome.output) == "0 1 2 3 ")
  }
}
