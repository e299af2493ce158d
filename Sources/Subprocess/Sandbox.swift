import CMtor
import Glibc
public import Platform

/// What keeps a command to its policy on this machine.
public enum Sandbox: Sendable, Hashable {
  /// Nothing does.
  case none
  case bubblewrap(executable: String)
  /// The kernel's own rules, of this version of Landlock, with seccomp for what they lack.
  case landlock(version: Int)

  /// The word for it in reports.
  public var name: String {
    switch self {
    case .none: "none"
    case .bubblewrap: "bubblewrap"
    case .landlock: "landlock"
    }
  }

  /// The command as it runs under this sandbox by a policy.
  public func applied(_ policy: SandboxPolicy, to command: Command) throws(SystemError) -> Command {
    var command = command
    switch self {
    case .none: return command
    case .bubblewrap(let executable):
      let (inner, directory) = (command.program, command.directory)
      let wrapping = Wrapping(program: inner) { () throws(SystemError) in
        let arguments = try Bubblewrap.arguments(policy, directory: directory)
        return .executable(executable, arguments + Bubblewrap.inner + inner.arguments)
      }
      command.program = try wrapping.remake()
      command.wrapping = wrapping
      command.environment["HOME"] = policy.home
      command.environment["TMPDIR"] = "/tmp"
    case .landlock(let version):
      command.confinement.landlock = version
      let home = try Self.makeFolder("home", in: policy.scratch)
      let temporary = try Self.makeFolder("tmp", in: policy.scratch)
      command.confinement.fileSystem = try LandlockRules.rules(
        policy, writable: [home, temporary])
      command.confinement.hasSockets = policy.hasNetwork
      command.confinement.hasMetadata = policy.isSealed
      command.environment["HOME"] = home
      command.environment["TMPDIR"] = temporary
      // Tools that find themselves by the home that they do not have here.
      for (folder, name) in [
        (".rustup", "RUSTUP_HOME"), (".pyenv", "PYENV_ROOT"), (".nvm", "NVM_DIR"),
      ]
      where command.environment[name] == nil
        && SandboxPolicy.kind("\(policy.home)/\(folder)") != nil
      {
        command.environment[name] = "\(policy.home)/\(folder)"
      }
    }
    command.confinement.hasKeys = false
    command.limits = policy.limits
    return command
  }

  /// Makes a private folder of a sandboxed command in the scratch folder. In a shadow that is kept
  /// in memory there is one of that name already, and its commands see that.
  static func makeFolder(_ name: String, in scratch: String?) throws(SystemError) -> String {
    guard let scratch else { throw SystemError("mkdir", "sandbox-\(name)", code: ENOENT) }
    let path = "\(scratch)/sandbox-\(name)"
    if mkdir(path, 0o700) < 0 && errno != EEXIST { throw SystemError("mkdir", path) }
    return path
  }
}

extension Sandbox {
  /// What this machine offers, each with the reason where it does not.
  public struct Survey: Sendable {
    /// Where bubblewrap is, whether it works or not.
    public var bubblewrap: String?
    /// Why bubblewrap does not work here, its own words; nil where it does.
    public var bubblewrapFault: String?
    /// 0: this kernel has none, or it is switched off.
    public var landlock: Int

    /// The best that works.
    public var best: Sandbox {
      if let bubblewrap, bubblewrapFault == nil { return .bubblewrap(executable: bubblewrap) }
      return Survey.isEnough(landlock) ? .landlock(version: landlock) : .none
    }

    /// Before version 3 a file outside can be cut to nothing (truncate(2)).
    public static func isEnough(_ version: Int) -> Bool { version >= 3 }
  }

  /// Tries out what there is; takes as long as one sandboxed command.
  public static func survey(
    _ runner: CommandRunner, path: String? = nil
  ) throws(SystemError) -> Survey {
    var survey = Survey(landlock: Int(mtor_landlock_version()))
    let folders = path ?? CommandEnvironment.inherited["PATH"] ?? CommandEnvironment.fallbackPath
    guard let executable = Job.lookUp("bwrap", path: folders) else { return survey }
    survey.bubblewrap = executable
    let options = [
      "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
      "--die-with-parent",
    ]
    let question = Command.Program.executable("/bin/true", [])
    let wrapped = Command.Program.executable(
      executable, options + Bubblewrap.inner + question.arguments)
    var trial = Command(wrapped, directory: "/", environment: [:])
    trial.wrapping = Wrapping(program: question) { wrapped }
    trial.timeout = 10
    do throws(SystemError) {
      let outcome = try runner.run(trial)
      if !outcome.succeeded { survey.bubblewrapFault = "it ended with \(outcome.ending)" }
    } catch {
      // Its own words stand where an error has a path.
      survey.bubblewrapFault = error.call == Wrapping.call ? error.path ?? error.reason : "\(error)"
    }
    return survey
  }
}
