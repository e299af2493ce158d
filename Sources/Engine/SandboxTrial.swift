import Glibc
public import Manifests
import Platform
import Subprocess

/// One command under the rules of repair, so that a person sees what these let it do:
/// `mtor doctor --try`.
public struct SandboxTrial: Sendable {
  /// The command's exit code; 128 + signal where it was killed, 124 where it did not end.
  public let exit: Int32
  /// How it ended, where that was by no exit code.
  public let ending: String?
  /// What it ran under, and how its shadow was made.
  public let sandbox: String
  public let shadow: String
  /// What is not as it usually is, with its reason.
  public let notes: [String]
  /// Its output, escaped.
  public let output: String
  /// What it changed in the tree's shadow, and left in its HOME and TMP; all of it is gone.
  public let changes: [String]
  /// What it was refused, as far as its output tells, each with what would allow it.
  public let refusals: [String]

  /// Runs the text by `sh -ec` in the root.
  public static func perform(
    _ text: String, root: String?, sandbox wanted: Configuration.Sandbox = .auto
  ) throws(RunFailure) -> SandboxTrial {
    guard let path = try RootFolder.resolve(root, making: false) else {
      throw RootFolder.missing(root)
    }
    let view = try TreeView(path)
    let (sandbox, notes) = try ShadowStage.sandbox(wanted, view.runner)
    let stage = try ShadowStage(view, ShadowStage.Rules(sandbox: sandbox, notes: notes))
    guard let confinement = stage.confinement else {
      throw .system(message: "no sandbox works on this machine", hint: "mtor doctor")
    }
    do throws(SystemError) {
      var command = Command(
        .sh(text), directory: stage.shadow.workingRoot,
        environment: CommandEnvironment().makeSandboxed())
      command = try sandbox.applied(confinement.policy, to: command)
      let outcome = try stage.shadow.runner.run(command)
      let trial = SandboxTrial(
        outcome, sandbox: sandbox, stage, changes: try stage.shadow.changes())
      try stage.shadow.discard()
      return trial
    } catch {
      throw .system(message: "the command could not be tried: \(error)", hint: nil)
    }
  }

  private init(
    _ outcome: Subprocess.Outcome, sandbox: Sandbox, _ stage: ShadowStage,
    changes: [ShadowChange]
  ) {
    exit =
      switch outcome.ending {
      case .exited(let code): code
      case .signalled(let number): 128 + number
      case .timedOut: 124
      case .interrupted: 130
      case .tooManyProcesses: 137
      }
    ending =
      switch outcome.ending {
      case .exited: nil
      case .signalled(let number): "died of signal \(number)"
      case .timedOut: "did not end in time"
      case .interrupted: "was interrupted"
      case .tooManyProcesses: "had too many processes"
      }
    self.sandbox = sandbox.name
    shadow = stage.shadowName
    notes = stage.notes
    output = Printable.output(outcome.output.head + outcome.output.tail)
    self.changes = changes.map { "\($0.kind.rawValue) \(Printable.escaped($0.path))" }
    let text = output
    refusals =
      Self.signs.compactMap { sign, meaning in text.contains(sign) ? meaning : nil }
      + (outcome.ending == .tooManyProcesses ? ["more processes than the limit"] : [])
  }

  /// What programs say when the sandbox refuses them something.
  private static let signs = [
    ("Network is unreachable", "the network; `network: true` on the command allows it"),
    ("Temporary failure in name resolution", "names of hosts; `network: true` allows them"),
    ("Could not resolve host", "names of hosts; `network: true` allows them"),
    ("Read-only file system", "writing outside the tree, or to a protected file in it"),
    ("Operation not permitted", "an operation that needs a privilege"),
    ("Permission denied", "a file or device that is hidden or belongs to somebody else"),
    ("Resource temporarily unavailable", "more processes than the limit"),
    ("Cannot allocate memory", "more memory than the limit"),
    ("File too large", "a larger file than the limit"),
  ]
}
