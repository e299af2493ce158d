public import Manifests
import Materialising
public import Planning
import Platform
import Subprocess

/// What an apply would do, looked at without a lock, a write or a command.
public struct Inspection: Sendable {
  public let plans: [Plan]
  /// Absolute, or as it was given where it is not there yet.
  public let root: String
  /// The root as a saved plan names it; nil where it is not there yet.
  let identity: SavedPlan.Root?
  /// What an earlier run left unfinished, one sentence; nil where nothing is.
  public let unfinished: String?
  /// True if something would be changed or a commit made.
  public let hasChanges: Bool

  /// Plans manifests on the tree as it is. Conflicts are in the plans, faults are thrown, and among
  /// them what the tree says against a configuration.
  public static func make(
    _ request: ApplyRequest, manifests: [LoadedManifest], configuration: Configuration? = nil
  ) throws(RunFailure) -> Inspection {
    guard let path = try RootFolder.resolve(request.root, making: false) else {
      return try ofMissingRoot(request, manifests)
    }
    let view = try TreeView(path, readsAll: request.verifiesContents, stateHome: request.stateHome)
    _ = try configuration?.tightened(by: view.root)
    var plans = try view.plan(manifests, request, keepsReplaced: true)
    try request.commands.refuseCommands(of: plans)
    // As in a run: conflicts of the tree are told alone.
    if plans.allSatisfy(\.conflicts.isEmpty) {
      var behind: [RelativePath] = []
      plans = try view.judgingCommits(of: plans, behind: &behind)
    }
    if plans.allSatisfy(\.conflicts.isEmpty) { plans = try view.withCommitOutlooks(plans) }
    do {
      return Inspection(
        plans, root: path, unfinished: try view.state.unfinished(),
        identity: SavedPlan.Root(
          path: path, device: view.root.device, inode: view.root.status.inode))
    } catch {
      throw RunFailure(error)
    }
  }

  private init(
    _ plans: [Plan], root: String, unfinished: String?, identity: SavedPlan.Root? = nil
  ) {
    self.plans = plans
    self.identity = identity
    self.root = root
    self.unfinished = unfinished
    let changesFiles = plans.flatMap(\.steps).contains { step in
      step.decision != .skip && step.files.contains { !$0.action.isDone }
    }
    hasChanges = changesFiles || plans.contains { $0.commitOutlook == .pending }
  }

  /// A root that is not there yet is an empty tree that nobody owns anything of.
  private static func ofMissingRoot(
    _ request: ApplyRequest, _ manifests: [LoadedManifest]
  ) throws(RunFailure) -> Inspection {
    var plans = try TreeView.plan(
      manifests, request, on: MemoryTree(), ownership: NobodysOwnership(), keepsReplaced: true)
    try request.commands.refuseCommands(of: plans)
    if plans.allSatisfy(\.conflicts.isEmpty), plans.contains(where: { $0.commit != nil }) {
      let repository: GitRepository?
      let obstacle: GitCommit.Obstacle?
      do {
        repository = try GitRepository.find(
          around: RootFolder.parent(of: request.root ?? "."), runner: CommandRunner())
        obstacle = try repository.flatMap {
          try GitCommit(repository: $0, message: "", hooks: false).obstacleOfAny()
        }
      } catch {
        throw RunFailure(lookingAtCommit: error)
      }
      for index in plans.indices where plans[index].commit != nil {
        if repository == nil { plans[index].refuseCommitOutsideGit() }
        if let obstacle { plans[index].refuseCommit(obstacle) }
        plans[index].commitOutlook = .pending
      }
    }
    return Inspection(plans, root: request.root ?? ".", unfinished: nil)
  }
}

extension PlannedFile.Action {
  /// True where nothing will be written.
  var isDone: Bool { self == .unchanged || self == .skipped }
}

/// The answers for a tree in which nothing stands.
private struct NobodysOwnership: Ownership {
  func claim(on path: RelativePath, holding present: FileState) -> Claim { .ours }
  func obstacle(toWriting wanted: FileState, at path: RelativePath) -> String? { nil }
  func differences(since base: String, among paths: [RelativePath]) throws -> [RelativePath] {
    throw GitFailure("'base' names a commit, but the root is not there yet")
  }
  func original(
    of path: RelativePath, holding present: Digest, manifest: String
  ) -> Original { .unknown }
  func original(
    of path: RelativePath, movedFrom source: RelativePath, holding present: Digest,
    manifest: String
  ) -> Original { .unknown }
  func repair(of path: RelativePath, declared: Digest, present: Digest) -> String? { nil }
  func isResult(of path: RelativePath, declared: Digest, present: Digest) -> Bool { false }
}
