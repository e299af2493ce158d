import Manifests
import Planning

/// Where a command stands in a run: two of equal text are two.
struct CommandPlace: Hashable {
  /// The manifest's file.
  var manifest: String
  /// Nil for `setup` and `verify`.
  var step: String?
  var kind: PlannedCommand.Kind
  /// Among those of its kind, from 0.
  var index: Int

  init(_ kind: PlannedCommand.Kind, _ index: Int, of step: String?, in plan: Plan) {
    manifest = plan.manifestFile
    self.step = step
    self.kind = kind
    self.index = index
  }
}

extension PlannedCommand {
  /// The command as it runs whatever stands: where it has run already, neither `unless` nor
  /// `creates` may let it be left out.
  var unguarded: PlannedCommand {
    var command = self
    command.spec.unless = nil
    command.creates = nil
    return command
  }
}
