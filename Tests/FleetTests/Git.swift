import Glibc
import Platform
import Subprocess
import TestSupport

/// Repositories that a test makes.
struct Git {
  static let runner = CommandRunner()

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs git in a folder and gives its output without the last line end.
  @discardableResult
  static func run(_ arguments: [String], in folder: String) throws -> String {
    var environment = CommandEnvironment.inherited.filter { !$0.key.hasPrefix("GIT_") }
    environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
    environment["GIT_CONFIG_NOSYSTEM"] = "1"
    for who in ["AUTHOR", "COMMITTER"] {
      environment["GIT_\(who)_NAME"] = "test"
      environment["GIT_\(who)_EMAIL"] = "test@example.org"
      environment["GIT_\(who)_DATE"] = "2026-01-01T00:00:00Z"
    }
    var command = Command(
      .executable("git", arguments), directory: folder, environment: environment)
    command.capture.separate = 1 << 20
    let outcome = try runner.run(command)
    guard outcome.succeeded else {
      throw Failure(
        description: "git \(arguments): \(String(decoding: outcome.output.head, as: UTF8.self))")
    }
    let text = String(decoding: outcome.standardOutput?.whole ?? [], as: UTF8.self)
    return text.last == "\n" ? String(text.dropLast()) : text
  }

  /// A repository with one commit of some files.
  static func make(
    _ name: String, in folder: TemporaryFolder, _ files: [String: String]
  ) throws {
    mkdir(folder.file(name), 0o755)
    try run(["init", "--quiet", "--initial-branch=main"], in: folder.file(name))
    if files.isEmpty { return }
    for (path, text) in files { try folder.write("\(name)/\(path)", text) }
    try commit(name, in: folder)
  }

  static func commit(_ name: String, in folder: TemporaryFolder) throws {
    try run(["add", "--all"], in: folder.file(name))
    try run(["commit", "--quiet", "--message", "as it is"], in: folder.file(name))
  }
}
