import Manifests
import Planning
import Platform
import Subprocess

/// The rules that a run's commands are under, and what keeps them to these.
struct CommandConfinement {
  let sandbox: Sandbox
  let policy: SandboxPolicy
  /// Commands that a person trusts: they work in the shadow, and not in the sandbox.
  var rules: CommandRules?

  /// True for a command that the sandbox is not for.
  func spares(_ planned: PlannedCommand) -> Bool { rules?.runsFreely(planned) ?? false }

  /// A command's environment by allow-list, and the command under the sandbox: off the network
  /// unless its manifest says `network: true`.
  func applied(
    to command: Command, planned: PlannedCommand
  ) throws(SystemError) -> Command {
    var policy = self.policy
    policy.hasNetwork = planned.spec.network ?? false
    return try sandbox.applied(policy, to: command)
  }
}
