import Glibc

/// A program that runs beside the harness.
struct Spawn {
  let process: pid_t

  /// Starts a program of the PATH with all its output on /dev/null; nil where it is not there.
  init?(_ arguments: [String], environment: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for output in [Int32(1), 2] {
      posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
    }
    var words = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var process: pid_t = 0
    if posix_spawnp(&process, arguments[0], &actions, nil, &words, &variables) != 0 { return nil }
    self.process = process
  }

  /// Its exit code; 128 + signal number where a signal ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  /// True if the command could be run and ended with 0.
  static func succeeds(_ arguments: [String]) -> Bool { Spawn(arguments)?.wait() == 0 }
}
