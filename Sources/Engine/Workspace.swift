import Glibc
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
  /// Where commands work instead of the tree; nil: in the tree.
  private(set) var stage: ShadowStage?
  private var logs: CommandLogs?
  /// True if the root was not there before.
  private var hasMadeRoot = false

  var root: RootTree { view.root }

  /// Takes the lock of the root, making the root where it is missing, and recovers.
  static func open(
    _ root: String?, durability: Durability = .full, readsAll: Bool = false,
    stateHome: String? = nil
  ) throws(RunFailure) -> Workspace {
    let found = try RootFolder.resolve(root, making: false)
    let made = found == nil ? try RootFolder.resolve(root, making: true) : nil
    guard let path = found ?? made else { throw RootFolder.missing(root) }
    let workspace = try Workspace(
      TreeView(path, readsAll: readsAll, stateHome: stateHome), durability)
    workspace.hasMadeRoot = found == nil
    return workspace
  }

  /// Takes away a root that this run made, where nothing came to stand in it.
  func removeUnusedRoot() {
    guard hasMadeRoot else { return }
    // One that holds something, or is gone, stays as it is.
    _ = rmdir(root.path)
  }

  /// Gives the commands a shadow to work in.
  func makeStage(for request: ApplyRequest) throws(RunFailure) {
    if request.isolation == .none { return }
    var rules = ShadowStage.Rules(commands: request.commands)
    // Declared files land in the tree while the shadow is in use.
    rules.isRenewable = !request.isolation.isRehearsal
    if request.isolation.usesSandbox {
      let choice = try ShadowStage.sandbox(request.configuration.sandbox, view.runner)
      rules.sandbox = choice.sandbox
      rules.notes = choice.notes
    }
    stage = try ShadowStage(view, rules)
  }

  /// Takes the lock and recovers.
  init(_ view: TreeView, _ durability: Durability) throws(RunFailure) {
    self.view = view
    do throws(TreeError) {
      materialiser = try Materialiser(tree: view.root, state: view.state, durability: durability)
      recovered = try materialiser.recover() + Self.removeAbandonedShadows(view)
    } catch {
      throw RunFailure(error)
    }
  }

  /// What a killed run left of its shadow. That it cannot be removed is no reason not to run.
  private static func removeAbandonedShadows(_ view: TreeView) -> [String] {
    let others = ShadowStorage.places(of: view.root.path)
    do throws(SystemError) {
      var count = 0
      for place in [view.stateHome + "/mtor", others.beside, others.temporary] {
        count += try ShadowStorage.removeAbandoned(in: place)
      }
      return count == 0 ? [] : ["removed \(count) shadow\(count == 1 ? "" : "s") of killed runs"]
    } catch {
      return ["a shadow of a killed run could not be removed: \(error)"]
    }
  }

  /// Plans a step again, now that it is reached.
  func replan(
    _ step: PlannedStep, of plan: Plan, _ request: ApplyRequest, folder: String, during run: String
  ) throws -> Planner.Replanned {
    // What earlier commands made stands where they ran.
    let tree: any FileTree = try stage?.shadow.tree ?? view.tree
    var options = TreeView.options(for: request, folder: folder)
    options.protected = view.state.gitFolders
    return try Planner.replan(
      step, of: plan, on: tree, ownership: view.ownership, options: options, during: run)
  }

  /// Keeps whole outputs of commands in a folder.
  func keepLogs(in folder: String?) throws(RunFailure) {
    guard let folder else { return }
    do throws(SystemError) { logs = try CommandLogs(folder: folder) } catch {
      throw .system(
        message: "the folder for logs cannot be made: \(error)",
        hint: "name another by --log-dir")
    }
  }

  /// Runs commands in this tree, or in its shadow.
  func execution(
    params: [String: String], onLine: (@Sendable (String) -> Void)?
  ) throws -> CommandExecution {
    var execution =
      try stage?.execution(CommandEnvironment(), params: params, onLine: onLine)
      ?? CommandExecution(
        root: view.root, runner: view.runner, environment: CommandEnvironment(), params: params,
        onLine: onLine)
    execution.logs = logs
    execution.passed = PassedCommands(stateHome: view.stateHome)
    return execution
  }
}
