import Glibc

/// A program of Tests/Endpoints, alive as long as this process: it ends when its input does.
public final class EndpointProcess: Sendable {
  public struct Failure: Error { public let reason: String }

  /// The ports that it listens on, as it named them; never empty.
  public let ports: [Int]
  public var port: Int { ports[0] }

  /// Starts it and waits for the ports on its first line of output.
  public init(
    _ program: String, _ arguments: [String] = [], file: StaticString = #filePath
  ) throws(Failure) {
    var input: [Int32] = [0, 0]
    var output: [Int32] = [0, 0]
    guard pipe(&input) == 0, pipe(&output) == 0 else {
      throw Failure(reason: "no pipe")
    }
    for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    let tests = "\(file)".split(separator: "/").dropLast(2).joined(separator: "/")
    let words = ["python3", "/\(tests)/Endpoints/\(program)"] + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    let argv = words.map { strdup($0) } + [nil]
    defer { for word in argv { free(word) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "python3", &actions, nil, argv, environ) == 0 else {
      throw Failure(reason: "python3 cannot be started")
    }
    close(input[0])
    close(output[1])
    // The writing end of `input` stays open until this process ends, whatever way it ends.
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output[0], &byte, 1) == 1, byte != 0x0A { line.append(byte) }
    close(output[0])
    ports = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
    guard !ports.isEmpty else { throw Failure(reason: "\(program) gave no port") }
  }
}
