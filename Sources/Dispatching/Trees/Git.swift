import Platform
import Subprocess

/// Why git could not do something; one sentence, safe to print.
struct GitError: Error, Sendable {
  let message: String
  /// True where whoever watched ended the call.
  var isStopped = false
}

/// The `git` of the machine in a person's repository, run so that nothing that is configured there
/// runs: no hook, no monitor, no filter, no helper, no prompt.
struct Git {
  let runner: CommandRunner
  /// The lease in whose name git works, so that whoever takes the task over can end it.
  let token: String?
  /// Looks on before every call and while git works, which may be long; false ends it.
  let look: () -> Bool

  init(runner: CommandRunner, token: String? = nil, look: @escaping () -> Bool = { true }) {
    self.runner = runner
    self.token = token
    self.look = look
  }

  /// Runs git in a folder and gives its standard output; throws where it does not exit with 0.
  ///
  /// `settings` hold besides the usual ones.
  func run(
    _ arguments: [String], in folder: String, _ settings: [(String, String)] = []
  ) throws(GitError) -> String {
    guard let output = try ask(arguments, in: folder, no: nil, settings) else { return "" }
    return output
  }

  /// The same for a single line.
  func line(_ arguments: [String], in folder: String) throws(GitError) -> String {
    String(try run(arguments, in: folder).prefix { $0 != "\n" })
  }

  /// Like `run`, but gives nil where git says no by the exit code 1.
  func ask(_ arguments: [String], in folder: String) throws(GitError) -> String? {
    try ask(arguments, in: folder, no: 1)
  }

  private func ask(
    _ arguments: [String], in folder: String, no: Int32?, _ settings: [(String, String)] = []
  ) throws(GitError) -> String? {
    // Those of a repository stand in variables: their names may hold the `=` at which `-c` ends
    // a name.
    var command = Command(
      .executable("git", Self.settings.flatMap { ["-c", "\($0.0)=\($0.1)"] } + arguments),
      directory: folder, environment: Self.environment(without: settings))
    if let token { command.environment[LeaseHolders.variable] = token }
    command.timeout = 3600
    command.capture.separate = 16 << 20
    let name = arguments[0]
    // Many short calls after each other are as long as one: each begins with a sign of life.
    var isStopped = !look()
    if isStopped { throw GitError(message: "git \(name) was not begun", isStopped: true) }
    let watch = CommandWatch(every: 0.5) { _ in
      if !look() { isStopped = true }
      return !isStopped
    }
    let outcome: Outcome
    do { outcome = try runner.run(command, watch: watch) } catch {
      throw GitError(message: "git cannot be started: \(error)")
    }
    switch outcome.ending {
    case .exited(0):
      guard let whole = outcome.standardOutput?.whole else {
        throw GitError(message: "git \(name) answered with more than 16 MB")
      }
      return String(decoding: whole, as: UTF8.self)
    case .exited(let code) where code == no: return nil
    default:
      let errors = outcome.standardError ?? outcome.output
      let said = Printable.escaped(
        String(
          decoding: (errors.head + errors.tail).split(separator: 0x0A).last ?? [], as: UTF8.self))
      throw GitError(
        message: "git \(name) failed" + (said.isEmpty ? "" : ": \(said)"), isStopped: isStopped)
    }
  }

  /// What is switched off, whatever the repository says.
  static let settings = [
    ("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("core.quotePath", "false"),
    ("core.untrackedCache", "false"), ("core.askPass", ""), ("core.pager", "cat"),
    ("core.editor", "false"), ("credential.helper", ""), ("diff.external", ""),
    ("gc.auto", "0"), ("maintenance.auto", "false"), ("submodule.recurse", "false"),
    ("commit.gpgSign", "false"), ("protocol.ext.allow", "never"),
  ]

  /// The same with the filters of a repository off, for whoever runs git in there: `filter.NAME`
  /// would start a program for every file that is checked out or committed.
  func settings(withoutFiltersOf folder: String) throws(GitError) -> [(String, String)] {
    let pattern = "^filter\\..*\\.(clean|smudge|process|required)$"
    let names = try ask(["config", "--name-only", "-z", "--get-regexp", pattern], in: folder) ?? ""
    // Bytes that are no UTF-8 come as U+FFFD, under which git knows no filter.
    if names.unicodeScalars.contains("\u{FFFD}") {
      throw GitError(
        message: "a filter is configured whose name is not UTF-8: it cannot be switched off")
    }
    let off = Set(names.split(separator: "\0").map(String.init)).sorted().map {
      ($0, $0.hasSuffix(".required") ? "false" : "")
    }
    return Self.settings + off
  }

  /// The worker's own environment without what git was told in it, and with what keeps it from
  /// asking and translating; the settings are there for every git below.
  static func environment(without settings: [(String, String)]) -> [String: String] {
    var result = CommandEnvironment.inherited.filter { name, _ in
      !name.hasPrefix("GIT_") || name.hasPrefix("GIT_AUTHOR_")
        || name.hasPrefix("GIT_COMMITTER_") || name == "GIT_CONFIG_NOSYSTEM"
        || name == "GIT_CONFIG_GLOBAL" || name == "GIT_CONFIG_SYSTEM"
    }
    result["GIT_OPTIONAL_LOCKS"] = "0"
    result["GIT_TERMINAL_PROMPT"] = "0"
    result["GIT_ASKPASS"] = "true"
    result["SSH_ASKPASS"] = "true"
    result["GIT_EDITOR"] = "true"
    result["LC_ALL"] = "C"
    if settings.isEmpty { return result }
    result["GIT_CONFIG_COUNT"] = String(settings.count)
    for (index, setting) in settings.enumerated() {
      result["GIT_CONFIG_KEY_\(index)"] = setting.0
      result["GIT_CONFIG_VALUE_\(index)"] = setting.1
    }
    return result
  }
}
