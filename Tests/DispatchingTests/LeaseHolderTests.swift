import Glibc
import Platform
import Testing

@testable import Dispatching

@Suite struct LeaseHolderTests {
  @Test func whatIsLeftOfSeveralAttemptsIsAskedInOneLook() throws {
    let tokens = [UInt8](1...2).map { Digest(of: [$0, UInt8.random(in: .min ... .max)]).hex }
    let processes = try tokens.map(sleeper)
    #expect(Set(LeaseHolders.processes(of: tokens) ?? []) == Set(processes))
    #expect(LeaseHolders.processes(of: [tokens[1]]) == [processes[1]])
    var looks = 0
    _ = LeaseHolders.end(tokens) {
      looks += 1
      return looks < 2
    }
    for process in processes {
      var status: Int32 = 0
      waitpid(process, &status, 0)
      #expect(status & 0x7F == SIGTERM)
    }
    #expect(LeaseHolders.end(tokens) { false })
  }

  @Test func anEmptyTokenIsNobodys() {
    #expect(LeaseHolders.processes(of: ["", "short"]) == [])
    #expect(LeaseHolders.end([]) { false })
  }

  /// A process that ends by itself, should nobody end it.
  private func sleeper(_ token: String) throws -> pid_t {
    var words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("20"), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [
      strdup("\(LeaseHolders.variable)=\(token)"), nil,
    ]
    defer { for text in words + environment { free(text) } }
    // The threads of tests block signals, and what they start would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sleep", nil, &attributes, &words, &environment)
    if code != 0 { throw SystemError("posix_spawn", "/bin/sleep", code: code) }
    return process
  }
}
