import Manifests
import Materialising
import Planning
import Platform
import Subprocess

/// A tree that is held to be changed: a `TreeView` with its lock and what earlier runs left put
/// right.
final class Workspace {
  let view: TreeView
  let materialiser: Materialiser
  /// What recovery did, one sentence each.
  let recovered: [String]

  var root: RootTree { view.root }

  /// Takes the lock of the root, making the root where it is missing, and recovers.
  static func open(
    _ root: String?, durability: Durability = .full, readsAll: Bool = false,
    stateHome: String? = nil
  ) throws(RunFailure) -> Workspace {
    guard let path = try RootFolder.resolve(root, making: true) else {
      throw .system(message: "the root cannot be made", hint: nil)
    }
    return try Workspace(TreeView(path, readsAll: readsAll, stateHome: stateHome), durability)
  }

  private init(_ view: TreeView, _ durability: Durability) throws(RunFailure) {
    self.view = view
    do throws(TreeError) {
      materialiser = try Materialiser(tree: view.root, state: view.state, durability: durability)
      recovered = try materialiser.recover()
    } catch {
      throw RunFailure(error)
    }
  }

  /// Plans a step again, now that it is reached.
  func replan(
    _ step: PlannedStep, of plan: Plan, _ request: ApplyRequest, folder: String
  ) throws -> Planner.Replanned {
    let following = plan.steps.drop { $0.id != step.id }.dropFirst()
    return try Planner.replan(
      step, of: plan, following: Array(following), on: view.tree, ownership: view.ownership,
      options: try TreeView.options(for: request, folder: folder))
  }

  /// Runs commands in this tree.
  func execution(
    params: [String: String], onLine: (@Sendable (String) -> Void)?
  ) -> CommandExecution {
    CommandExecution(
      root: view.root, runner: view.runner, environment: CommandEnvironment(), params: params,
      onLine: onLine)
  }
}
