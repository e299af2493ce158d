import CBench
import Glibc

/// What keeps a row from being measured.
struct BenchFailure: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// What a process cost, with all its descendants, as `wait4` tells.
struct Cost {
  /// User and system CPU, in seconds.
  var cpu: Double
  /// Resident memory at its peak, in bytes.
  var peak: Int
  /// From start to end, in seconds.
  var wall: Double
}

/// A program that is measured.
struct Program {
  var words: [String]
  /// A file that takes its standard output; nil: nobody.
  var output: String?
  /// Exit codes that are no failure.
  var accepted: Set<Int32> = [0]

  init(_ words: [String], output: String? = nil, accepted: Set<Int32> = [0]) {
    self.words = words
    self.output = output
    self.accepted = accepted
  }

  /// Runs it to its end.
  @discardableResult
  func run() throws(BenchFailure) -> Cost {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var process: pid_t = 0
    let start = Self.now
    let code = posix_spawnp(&process, words[0], &actions, nil, &pointers, environ)
    guard code == 0 else {
      throw BenchFailure("\(words[0]) cannot be started: \(String(cString: strerror(code)))")
    }
    var cost = Cost(cpu: 0, peak: 0, wall: 0)
    var end: Int32 = 0
    // Descendants that it has not waited for come to us (`becomeReaper`): they count too.
    while true {
      var status: Int32 = 0
      var usage = rusage()
      let ended = wait4(-1, &status, 0, &usage)
      if ended < 0 && errno == EINTR { continue }
      if ended < 0 { break }
      cost.cpu += Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
      guard ended == process else { continue }
      cost.wall = Self.now - start
      cost.peak = usage.ru_maxrss << 10
      end = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
    guard accepted.contains(end) else {
      throw BenchFailure("'\(words.joined(separator: " "))' ended with \(end)")
    }
    return cost
  }

  /// Makes this process the parent of every descendant that loses its own.
  static func becomeReaper() throws(BenchFailure) {
    let code = bench_become_reaper()
    guard code == 0 else { throw BenchFailure("no reaper: \(String(cString: strerror(code)))") }
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Where a program of that name is on the PATH; nil where it is not.
  static func path(of name: String) -> String? {
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin").split(
      separator: ":")
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}
