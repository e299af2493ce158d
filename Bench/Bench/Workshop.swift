import CBench
import Glibc

/// The folder that the rows work in, and the executable that they measure.
///
/// Nothing in it is removed before the end: ext4 does not use an inode again at once, so that
/// making files where some were removed costs many times as much.
final class Workshop {
  let mtor: String
  let folder: String
  private var rounds = 0
  private var made: [String: String] = [:]

  /// - Parameter work: a folder on a real file system.
  init(mtor: String, work: String) throws(BenchFailure) {
    self.mtor = mtor
    folder = "\(work)/mtor-bench.\(getpid())"
    try Files.makeFolder(folder)
    for (name, value) in [
      ("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"),
      ("XDG_CACHE_HOME", "cache"),
    ] {
      try Files.makeFolder("\(folder)/\(value)")
      setenv(name, "\(folder)/\(value)", 1)
    }
    for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
      setenv("\(name)_NAME", "bench", 1)
      setenv("\(name)_EMAIL", "bench@localhost", 1)
    }
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1)
  }

  /// A new folder for a round.
  func newFolder() throws(BenchFailure) -> String {
    rounds += 1
    let path = "\(folder)/\(rounds)"
    try Files.makeFolder(path)
    return path
  }

  /// The path of a file that is made once, and used by every row that asks for it.
  ///
  /// Another process makes it: the kernel counts what this one had in memory, when it started a
  /// program, as that program's peak.
  func material(_ name: String, _ bytes: () -> [UInt8]) throws(BenchFailure) -> String {
    if let path = made[name] { return path }
    let path = "\(folder)/\(name)"
    let maker = bench_fork()
    if maker == 0 {
      do throws(BenchFailure) { try Files.write(bytes(), to: path) } catch {
        Files.say("\(error.message)\n")
        _exit(1)
      }
      _exit(0)
    }
    var status: Int32 = 0
    while waitpid(maker, &status, 0) < 0 && errno == EINTR {}
    guard maker > 0, status == 0 else { throw BenchFailure("\(path) cannot be made") }
    made[name] = path
    return path
  }

  /// A folder that is filled once.
  func tree(_ name: String, _ fill: (String) throws(BenchFailure) -> Void) throws(BenchFailure)
    -> String
  {
    if let path = made[name] { return path }
    let path = "\(folder)/\(name)"
    try Files.makeFolder(path)
    try fill(path)
    made[name] = path
    return path
  }

  /// How often each system call is made, and the errors among them, by strace.
  func systemCalls(
    of words: [String], only filter: String, output: String
  ) throws(BenchFailure) -> [String: Int] {
    guard Program.path(of: "strace") != nil else {
      throw BenchFailure("strace is missing: apt install strace")
    }
    try Program(["strace", "-f", "-qq", "-e", "trace=\(filter)", "-o", output] + words).run()
    var counts: [String: Int] = [:]
    for line in String(decoding: try Files.read(output), as: UTF8.self).split(separator: "\n") {
      // "PID call(arguments) = result"
      guard let name = line.split(separator: " ").dropFirst().first?.split(separator: "(").first,
        name.first?.isLetter == true
      else { continue }
      counts[String(name), default: 0] += 1
    }
    return counts
  }

  func remove() {
    do { try Program(["rm", "-rf", folder]).run() } catch {
      Files.say("bench: \(folder) is left: \(error.message)\n")
    }
  }
}
