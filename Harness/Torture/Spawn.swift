import Glibc

/// A program that runs beside the harness.
struct Spawn {
  let process: pid_t
  /// Where its standard output can be read; -1: it goes nowhere.
  let output: Int32

  /// Starts a program of the PATH, by default with all its output on /dev/null; nil where it is
  /// not there.
  init?(
    _ arguments: [String], environment: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
    readingOutput: Bool = false
  ) {
    var ends: [Int32] = [-1, -1]
    if readingOutput {
      if pipe(&ends) < 0 { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if readingOutput {
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    } else {
      for output in [Int32(1), 2] {
        posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
      }
    }
    var words = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, &variables)
    if ends[1] >= 0 { close(ends[1]) }
    if code != 0 {
      if ends[0] >= 0 { close(ends[0]) }
      return nil
    }
    self.process = process
    output = ends[0]
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
