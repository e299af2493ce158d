import Platform
import Subprocess

/// How a server is asked: nobody is prompted, and none is waited for without end.
extension GitMirror {
  /// Seconds in which a server has to answer, and for which it may send nothing; as git itself is
  /// told otherwise.
  static let patience =
    CommandEnvironment.inherited["GIT_HTTP_LOW_SPEED_TIME"].flatMap { Int($0) }
    .flatMap { (1...600).contains($0) ? $0 : nil } ?? 60

  /// Git that asks for a few words only: a server which takes the connection and is silent then is
  /// not held to anything by git as long as the two do not speak TLS.
  func asking() throws(GitFailure) -> GitExecutable {
    var asking = git
    if !isHere {
      // git's own limit comes first, and says more.
      asking.seconds = Double(Self.patience) + 5
      asking.isAsking = true
    }
    asking.variables.merge(try silentSSH()) { _, new in new }
    return asking
  }

  /// ssh as the person has configured it, so that it asks for nothing and gives up.
  ///
  /// A program of another name may not know the options for that, and is left as it is.
  func silentSSH() throws(GitFailure) -> [String: String] {
    let isSSH = !isHere && !address.utf8.starts(with: "https:".utf8)
    let inherited = CommandEnvironment.inherited
    guard isSSH, ["auto", "ssh", nil].contains(inherited["GIT_SSH_VARIANT"]) else { return [:] }
    let command: String
    if let own = inherited["GIT_SSH_COMMAND"] {
      command = own
    } else if let own = try git.run(["config", "--get", "core.sshCommand"], in: "/", allowing: 1) {
      command = GitRepository.line(own)
    } else if inherited["GIT_SSH"] != nil {
      return [:]
    } else {
      command = "ssh"
    }
    return Self.silent(command).map { ["GIT_SSH_COMMAND": $0] } ?? [:]
  }

  /// A command that is ssh, with the options that keep it from asking and waiting; nil where it is
  /// not known to be ssh.
  static func silent(_ command: String) -> String? {
    let program = command.split(separator: " ").first?.split(separator: "/").last
    guard program == "ssh" else { return nil }
    // The first of two options holds: those of the person.
    let options = [
      "BatchMode=yes", "ConnectTimeout=\(patience)", "ServerAliveInterval=15",
      "ServerAliveCountMax=4",
    ]
    return command + options.map { " -o \($0)" }.joined()
  }
}
