import CMtor
import Glibc
import Platform

/// A command in the form that the supervising process reads: a header and its texts.
struct Job {
  private(set) var bytes: [UInt8]

  init(_ command: Command) throws(SystemError) {
    let (executable, arguments) = try Self.resolve(command)
    var head = mtor_job()
    head.magic = MTOR_JOB_MAGIC
    head.argument_count = UInt32(arguments.count)
    head.environment_count = UInt32(command.environment.count)
    let confinement = command.confinement
    head.rule_count = UInt32(confinement.rules.count)
    head.confinement = confinement.flags
    head.landlock = UInt32(confinement.landlock)
    head.wrapped = command.wrapping != nil ? 1 : 0
    head.timeout_ms = command.timeout.map { Self.milliseconds($0) } ?? 0
    head.grace_ms = Self.milliseconds(command.grace)
    head.limit_core = command.limits.coreSize ?? -1
    head.limit_processes = command.limits.processes ?? -1
    head.limit_memory = command.limits.memory ?? -1
    head.limit_file_size = command.limits.fileSize ?? -1
    bytes = withUnsafeBytes(of: head) { Array($0) }
    append(command.directory)
    append(executable)
    for argument in arguments { append(argument) }
    for (name, value) in command.environment { append("\(name)=\(value)") }
    for rule in confinement.rules { append(rule.text) }
  }

  private mutating func append(_ text: String) { bytes.appendWithNUL(text) }

  /// At least 1, so that no deadline turns into none.
  private static func milliseconds(_ seconds: Double) -> UInt64 {
    UInt64(max(1, min(seconds * 1000, 1e12)))
  }

  private static func resolve(
    _ command: Command
  ) throws(SystemError) -> (executable: String, arguments: [String]) {
    let arguments = command.program.arguments
    if case .sh = command.program { return ("/bin/sh", arguments) }
    let path = command.environment["PATH"] ?? CommandEnvironment.fallbackPath
    let name = arguments[0]
    // A name with `/` is taken as it is.
    if name.utf8.contains(UInt8(ascii: "/")) { return (name, arguments) }
    guard let found = lookUp(name, path: path) else {
      throw SystemError("execve", name, code: ENOENT)
    }
    return (found, arguments)
  }

  /// The first executable of that name in PATH.
  static func lookUp(_ name: String, path: String) -> String? {
    for folder in path.split(separator: ":") where folder.utf8.first == UInt8(ascii: "/") {
      let candidate = "\(folder)/\(name)"
      var status = stat()
      if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        access(candidate, X_OK) == 0
      {
        return candidate
      }
    }
    return nil
  }
}

extension [UInt8] {
  /// Appends a text and its NUL. What stands behind a NUL inside could not reach a command anyway.
  mutating func appendWithNUL(_ text: String) {
    self += text.utf8.prefix { $0 != 0 }
    append(0)
  }
}
