import Glibc
import Platform
import Subprocess

/// The `git` of the machine, run so that nothing of the repository's own configuration runs.
struct GitExecutable {
  let runner: CommandRunner
  /// Settings and variables beyond those of every call, for a repository that is not a person's.
  var settings: [String] = []
  var variables: [String: String] = [:]
  /// The bytes of an answer, and of the memory that git may take; nil leaves it all there is.
  var limit = 1 << 30
  var memory: Int64?
  var seconds = 600.0
  /// True where git is too late because a server is.
  var isAsking = false

  /// Runs git in a folder and gives its whole standard output.
  ///
  /// - Parameters:
  ///   - allowing: another exit code than 0 that is an answer; nil is given for it.
  ///   - hooks: true for the one call that may run the repository's hooks.
  ///   - look: asked twice a second while git works, which may be long; false ends it.
  func run(
    _ arguments: [String], in folder: String, input: [UInt8]? = nil,
    environment: [String: String] = [:], hooks: Bool = false, allowing code: Int32,
    look: (() -> Bool)? = nil
  ) throws(GitFailure) -> [UInt8]? {
    let outcome = try start(
      arguments, in: folder, input: input, environment: environment, hooks: hooks, look)
    switch outcome.ending {
    case .exited(0):
      guard let whole = outcome.standardOutput?.whole else {
        throw GitFailure("git \(arguments[0]) answered with more than \(limit >> 20) MB")
      }
      return whole
    case .exited(code): return nil
    case .exited(let code): throw failure(arguments, outcome, "failed with exit code \(code)")
    case .signalled(let signal): throw failure(arguments, outcome, "died of signal \(signal)")
    case .timedOut where isAsking:
      throw GitFailure(
        "git \(arguments[0]) got no answer within \(Int(seconds)) s",
        hint: ServerFault.silence, isPassing: true, isOfServer: true)
    case .timedOut: throw failure(arguments, outcome, "took longer than \(seconds) s")
    case .interrupted: throw failure(arguments, outcome, "was interrupted")
    case .tooManyProcesses: throw failure(arguments, outcome, "had too many processes")
    }
  }

  func run(
    _ arguments: [String], in folder: String, input: [UInt8]? = nil,
    environment: [String: String] = [:], hooks: Bool = false, look: (() -> Bool)? = nil
  ) throws(GitFailure) -> [UInt8] {
    // Exit code 0 twice: no other code is an answer, so there always is one.
    try run(
      arguments, in: folder, input: input, environment: environment, hooks: hooks, allowing: 0,
      look: look) ?? []
  }

  private func start(
    _ arguments: [String], in folder: String, input: [UInt8]?, environment: [String: String],
    hooks: Bool, _ look: (() -> Bool)?
  ) throws(GitFailure) -> Outcome {
    var settings = ["core.fsmonitor=false", "core.quotePath=false", "gc.auto=0"]
    settings.append("maintenance.auto=false")
    if !hooks { settings.append("core.hooksPath=/dev/null") }
    settings += self.settings
    var command = Command(
      .executable("git", settings.flatMap { ["-c", $0] } + arguments), directory: folder,
      environment: Self.environment(adding: variables.merging(environment) { _, new in new }))
    command.input = input ?? []
    command.timeout = seconds
    command.capture.separate = limit
    command.limits.memory = memory
    do {
      guard let look else { return try runner.run(command) }
      return try runner.run(command, watch: CommandWatch(every: 0.5) { _ in look() })
    } catch  where error.code == ENOENT {
      throw GitFailure(
        "this is a git work tree, but git is not installed", hint: "sudo apt-get install git")
    } catch {
      throw GitFailure("git cannot be started: \(error)")
    }
  }

  /// The person's environment without what a hook or an alias of git leaves in it, and with what
  /// keeps git from asking, paging and translating.
  private static func environment(adding own: [String: String]) -> [String: String] {
    var result = CommandEnvironment.inherited.filter { name, _ in
      // Identity and configuration chosen by the person stay.
      !name.hasPrefix("GIT_") || name.hasPrefix("GIT_AUTHOR_") || name.hasPrefix("GIT_COMMITTER_")
        || name.hasPrefix("GIT_CONFIG") || name == "GIT_SSH_COMMAND"
    }
    result["GIT_OPTIONAL_LOCKS"] = "0"
    result["GIT_TERMINAL_PROMPT"] = "0"
    result["GIT_LITERAL_PATHSPECS"] = "1"
    result["GIT_EDITOR"] = "true"
    result["LC_ALL"] = "C"
    return result.merging(own) { _, new in new }
  }

  private func failure(_ arguments: [String], _ outcome: Outcome, _ what: String) -> GitFailure {
    let errors = outcome.standardError ?? outcome.output
    return GitFailure(command: arguments[0], exit: what, errors: errors.head + errors.tail)
  }
}
