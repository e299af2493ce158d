import Glibc
import Platform
import Subprocess
import Testing

@Suite struct CommandRunnerTests {
  @Test func exitCodeAndOutput() throws {
    let outcome = try runner.run(command(.sh("echo out; echo err >&2; exit 3")))
    #expect(outcome.ending == .exited(3))
    #expect(!outcome.succeeded)
    #expect(text(outcome.output) == "out\nerr\n")
    #expect(outcome.standardOutput == nil)
  }

  @Test func shellsStopAtTheFirstFailure() throws {
    #expect(try runner.run(command(.sh("false; echo no"))).ending == .exited(1))
    let piped = try runner.run(command(.bash("false | true; echo no")))
    #expect(piped.ending == .exited(1))
    #expect(text(piped.output) == "")
  }

  @Test func signalTimeoutAndExit124AreToldApart() throws {
    #expect(try runner.run(command(.sh("kill -KILL $$"))).ending == .signalled(9))
    #expect(try runner.run(command(.sh("exit 124"))).ending == .exited(124))
    #expect(try runner.run(command(.sh("exit 137"))).ending == .exited(137))
    var slow = command(.sh("sleep 100"))
    slow.timeout = 0.05
    #expect(try runner.run(slow).ending == .timedOut)
  }

  @Test func commandThatEndsWellAfterItsDeadlineTimedOut() throws {
    var slow = command(.sh("trap 'exit 0' TERM; echo ready; while :; do :; done"))
    slow.timeout = 0.2
    let outcome = try runner.run(slow)
    #expect(outcome.ending == .timedOut)
    #expect(text(outcome.output) == "ready\n")
  }

  @Test func inputIsGivenAndNullByDefault() throws {
    #expect(text(try runner.run(command(.sh("cat; echo end"))).output) == "end\n")
    var reading = command(.executable("cat", []))
    reading.input = Array("a\u{0}b\n".utf8)
    #expect(try runner.run(reading).output.whole == Array("a\u{0}b\n".utf8))
    let large = [UInt8](repeating: 7, count: 3_000_000)
    reading = command(.sh("wc -c"))
    reading.input = large
    #expect(text(try runner.run(reading).output) == "3000000\n")
  }

  @Test func environmentIsExactlyWhatIsGiven() throws {
    var alone = command(.executable("/usr/bin/env", []))
    alone.environment = ["A": "1 = ü"]
    #expect(text(try runner.run(alone).output) == "A=1 = ü\n")
  }

  @Test func executableIsLookedUpInItsOwnPath() throws {
    let folder = temporaryFolder()
    _ = try runner.run(
      command(.sh("printf '#!/bin/sh\\necho found' >f; chmod +x f"), directory: folder))
    var lookup = command(.executable("f", []))
    lookup.environment["PATH"] = "\(folder):/bin"
    #expect(text(try runner.run(lookup).output) == "found\n")
    #expect(throws: SystemError("execve", "no-such", code: ENOENT)) {
      try runner.run(command(.executable("no-such", [])))
    }
  }

  @Test func whatCannotStartSaysWhy() {
    #expect(throws: SystemError("execve", "/no/such", code: ENOENT)) {
      try runner.run(command(.executable("/no/such", [])))
    }
    #expect(throws: SystemError("execve", "/etc/passwd", code: EACCES)) {
      try runner.run(command(.executable("/etc/passwd", [])))
    }
    #expect(throws: SystemError("chdir", "/no/folder", code: ENOENT)) {
      try runner.run(command(.sh("true"), directory: "/no/folder"))
    }
    #expect(throws: SystemError("posix_spawn", "/no/mtor", code: ENOENT)) {
      try CommandRunner(supervisor: "/no/mtor").run(command(.sh("true")))
    }
  }

  @Test func usageOfTheWholeTreeIsMeasured() throws {
    let outcome = try runner.run(
      command(.sh("(i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done) & wait")))
    #expect(outcome.userSeconds > 0)
    #expect(outcome.seconds >= outcome.userSeconds * 0.2)
    #expect(outcome.peakMemory > 100_000)
    let large = try runner.run(
      command(.sh("head -c 50000000 /dev/zero | tail -c 40000000 | wc -c")))
    #expect(large.peakMemory > 35_000_000)
  }

  @Test func commandsInheritNothing() throws {
    let listing = command(.sh("ls /proc/self/fd | tr '\\n' ' '"))
    #expect(text(try runner.run(listing).output) == "0 1 2 3 ")
  }

  @Test func aHundredRunsLeakNeitherDescriptorsNorZombies() async {
    // In a process of its own: the other tests of this one open descriptors too.
    await #expect(processExitsWith: .exitCode(42)) {
      var failures = 0
      func hundredRuns() throws {
        let own = CommandRunner()
        for _ in 0..<100 {
          var failing = command(.sh("(exit 3) & cat; exit 2"))
          failing.input = [1]
          failing.capture.separate = 10
          if try own.run(failing).ending != .exited(2) { failures += 1 }
          if (try? own.run(command(.executable("/no/such", [])))) != nil { failures += 1 }
        }
      }
      // Under load one descriptor appears once in this process; a leak would come again.
      try hundredRuns()
      let before = entries("/proc/self/fd").count
      try hundredRuns()
      let leaked = entries("/proc/self/fd").count - before
      // Which of the three it was, the code says.
      if failures > 0 { exit(1) }
      if leaked != 0 { exit(2) }
      exit(waitpid(-1, nil, WNOHANG) == -1 ? 42 : 3)
    }
  }

  /// Starting a command costs the same whatever the size of mtor: no process is copied for it. A
  /// copy (fork) would protect every page of this one, and each would fault at its next write.
  @Test func startingACommandDoesNotCopyTheProcess() async {
    await #expect(processExitsWith: .exitCode(42)) {
      let pages = 16384
      let size = pages * 4096
      let ballast = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
      madvise(ballast, size, MADV_NOHUGEPAGE)
      func faultsOfWriting() -> Int {
        var before = rusage()
        var after = rusage()
        getrusage(0, &before)
        for page in 0..<pages {
          ballast.storeBytes(of: 1, toByteOffset: page * 4096, as: UInt8.self)
        }
        getrusage(0, &after)
        return after.ru_minflt - before.ru_minflt
      }
      _ = faultsOfWriting()
      let own = CommandRunner()
      // The first one starts the host, too.
      for _ in 0..<5 {
        if try !own.run(command(.executable("/bin/true", []))).succeeded { exit(1) }
        if faultsOfWriting() > pages / 2 { exit(2) }
      }
      // And this is how a copy would have shown.
      let copy = fork()
      if copy == 0 { _exit(0) }
      waitpid(copy, nil, 0)
      exit(faultsOfWriting() > pages / 2 ? 42 : 3)
    }
  }

  @Test func manyAtOnce() {
    let failures = Counter()
    Parallel.forEach(below: 60, jobs: 8) { index in
      let outcome = try? runner.run(command(.sh("echo \(index)")))
      if text(outcome?.output) != "\(index)\n" { failures.add() }
      return true
    }
    #expect(failures.value == 0)
  }

  @Test func hostThatWasKilledIsReplaced() throws {
    let own = CommandRunner()
    // The host is the supervisor's parent.
    let kill = "kill -KILL $(cut -d' ' -f4 /proc/$PPID/stat); sleep 0.2; echo on"
    #expect(text(try own.run(command(.sh(kill))).output) == "on\n")
    #expect(try own.run(command(.sh("exit 4"))).ending == .exited(4))
  }
}
