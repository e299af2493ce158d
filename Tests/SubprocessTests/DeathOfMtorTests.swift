import Glibc
import Platform
import Subprocess
import Testing

@Suite struct DeathOfMtorTests {
  @Test func nothingSurvivesKill9() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let mark = "killed-\(getppid())"
      _ = try Thread {
        var deaf = command(.sh("setsid \(builtExecutable("hostile")) deaf & wait"))
        deaf.environment["MARK"] = mark
        deaf.grace = 0.2
        _ = try? runner.run(deaf)
      }
      // The shell and what it has started.
      while processes(marked: mark).count < 2 { usleep(1000) }
      kill(getpid(), SIGKILL)
    }
    let mark = "killed-\(getpid())"
    // The supervising process notices by itself; it has a grace to keep first.
    var left = processes(marked: mark)
    for _ in 0..<2000 where !left.isEmpty {
      usleep(1000)
      left = processes(marked: mark)
    }
    #expect(left == [])
  }

  @Test(
    arguments: ["bomb", "scattered-bomb", "deaf", "endless-flood", "stop", "stop-parent"],
    ["plain", "bubblewrap", "landlock"])
  func nothingOfAHostileCommandSurvivesKill9(name: String, kind: String) async throws {
    let survey = try Sandbox.survey(runner)
    if kind == "bubblewrap", survey.bubblewrap == nil || survey.bubblewrapFault != nil { return }
    if kind == "landlock", !Sandbox.Survey.isEnough(survey.landlock) { return }
    let folder = temporaryFolder()
    let mark = "killed-\(getpid())-\(name)-\(kind)"
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [
        name = name as String, kind = kind as String, folder = folder as String,
        mark = mark as String
      ] in
      var hostile = command(
        .executable(builtExecutable("hostile"), [name]), directory: folder)
      hostile.environment["MARK"] = mark
      hostile.grace = 0.2
      var policy = SandboxPolicy(root: folder, scratch: folder)
      policy.readable = [builtExecutable("hostile")]
      let survey = try Sandbox.survey(runner)
      let sandbox: Sandbox =
        switch kind {
        case "bubblewrap": .bubblewrap(executable: survey.bubblewrap ?? "")
        case "landlock": .landlock(version: survey.landlock)
        default: .none
        }
      let confined = try sandbox.applied(policy, to: hostile)
      _ = try Thread { _ = try? runner.run(confined) }
      while !processes(marked: mark).contains(where: { isHostile($0) }) { usleep(1000) }
      kill(getpid(), SIGKILL)
    }
    var left = processes(marked: mark)
    for _ in 0..<5000 where !left.isEmpty {
      usleep(1000)
      left = processes(marked: mark)
    }
    #expect(left == [])
    _ = try runner.run(command(.sh("rm -rf \(folder)")))
  }

  @Test func interruptionEndsTheCommand() async throws {
    await #expect(processExitsWith: .exitCode(42)) {
      try Interruption.watch()
      let mark = "interrupted-\(getppid())"
      var polite = command(
        .sh("trap 'echo bye; exit 0' TERM; kill -INT \(getpid()); sleep 60 & wait"))
      polite.environment["MARK"] = mark
      let outcome = try runner.run(polite)
      let never = try runner.run(command(.sh("echo no")))
      let isRight =
        outcome.ending == .interrupted && text(outcome.output) == "bye\n"
        && never.ending == .interrupted && text(never.output) == ""
        && processes(marked: mark).isEmpty
      exit(isRight ? 42 : 1)
    }
  }

  @Test func secondSignalDoesNotWaitForTheGrace() async throws {
    await #expect(processExitsWith: .exitCode(42)) {
      try Interruption.watch()
      let parent = getpid()
      var deaf = command(
        .sh(
          "trap '' TERM; kill -INT \(parent); sleep 0.1; kill -TERM \(parent); while :; do :; done")
      )
      deaf.grace = 100
      let outcome = try runner.run(deaf)
      exit(outcome.ending == .interrupted && outcome.seconds < 50 ? 42 : 1)
    }
  }
}

/// True once a process has become the hostile program: not while a sandbox is still being made.
private func isHostile(_ process: String) -> Bool {
  guard let file = try? Descriptor.open("/proc/\(process)/comm", O_RDONLY),
    let bytes = try? file.readAll()
  else { return false }
  return bytes == Array("hostile\n".utf8)
}
