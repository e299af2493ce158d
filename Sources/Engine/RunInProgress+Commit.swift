import Events
import Glibc
import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

extension RunInProgress {
  /// Refuses, before the first byte, a commit that could not be made.
  func refuseImpossibleCommits(_ plans: [Plan]) throws(RunFailure) {
    for plan in plans {
      guard let message = plan.commit ?? request.commitMessage else { continue }
      let wanted = Self.declaredFiles(of: plan).map { ($0.path, $0.after) }
      let obstacle: (message: String, hint: String)?
      do {
        guard let repository = try workspace.view.repository() else {
          throw RunFailure.refused(
            message: plan.commit == nil
              ? "--commit is given, but the root is in no git repository"
              : "the manifest asks for a commit, but the root is in no git repository",
            details: [],
            hint: plan.commit == nil
              ? "git init, or leave --commit out"
              : "git init, or take 'commit' out of the manifest")
        }
        let commit = GitCommit(repository: repository, message: message, hooks: true)
        obstacle =
          try commit.obstacle(among: wanted, of: workspace.root, behind: &pathsBehindHead)
          ?? commit.obstacle(toRemoving: pathsToRemove(by: plan, repository))
      } catch let failure as RunFailure {
        throw failure
      } catch {
        throw .system(message: "\(error)", hint: (error as? GitFailure)?.hint)
      }
      if let obstacle {
        throw .refused(
          message: "the commit could not be made: \(obstacle.message)", details: [],
          hint: obstacle.hint)
      }
    }
  }

  /// Commits what a manifest declares and its outputs, after everything of it has passed.
  func commit(_ plan: Plan) throws {
    guard let message = plan.commit ?? request.commitMessage, verdict == nil, request.only == nil
    else { return }
    guard let repository = try workspace.view.repository() else { return }
    try refuseUntested()
    if !unwritableOutputs.isEmpty {
      throw GitFailure(
        "the commit was not made: it would lack outputs that the tests saw: "
          + unwritableOutputs.listed)
    }
    try stopIfInterrupted()
    // What is committed stands: a crash after it takes nothing back.
    if stepsBegun == stepIDs.count { try workspace.materialiser.completeUnit() }
    let commit = GitCommit(repository: repository, message: message, hooks: request.runsHooks)
    let plan = asPerformed(plan)
    let declared = Set(Self.declaredFiles(of: plan).map(\.path))
    let repaired = try repairsBesides(declared, of: plan)
    if let obstacle = try commit.obstacle(
      among: repaired, of: workspace.root, behind: &pathsBehindHead)
    {
      throw GitFailure(
        "the commit was not made: a repair is part of it, and \(obstacle.message)",
        hint: obstacle.hint)
    }
    let gone = try pathsToRemove(by: plan, repository)
    if let obstacle = try commit.obstacle(toRemoving: gone) {
      throw GitFailure(
        "the commit was not made: \(obstacle.message)", hint: obstacle.hint)
    }
    let paths = declared.union(outputPaths).union(repaired.map(\.path)).union(gone)
    guard let id = try commit.make(of: paths.sorted(), behind: pathsBehindHead) else { return }
    stream.send(.committed(id: id, message: message))
  }

  /// The files that no entry declares and that hold an accepted repair of this manifest's, of this
  /// run or of an earlier one: without them its tests are red.
  private func repairsBesides(
    _ declared: Set<RelativePath>, of plan: Plan
  ) throws -> [(path: RelativePath, state: FileState)] {
    let root = workspace.root
    let memory = try workspace.view.state.memory()
    return try memory.repairs(of: plan.manifestName).subtracting(declared).sorted()
      .compactMap { path in
        guard let status = try root.status(of: path), status.kind == .regular else { return nil }
        let bytes = try root.bytes(of: path, limit: .max)
        let state = FileState.regular(
          RegularFile(digest: Digest(of: bytes), size: bytes.count, content: Text(bytes)))
        return memory.isOurs(path, holding: state) ? (path, state) : nil
      }
  }

  /// The root below the top of the work tree, empty where there is no repository.
  var gitPrefix: String {
    do { return try workspace.view.repository()?.prefix ?? "" } catch { return "" }
  }

  /// All paths that a commit of the plan takes away, sorted.
  private func pathsToRemove(
    by plan: Plan, _ repository: GitRepository
  ) throws -> [RelativePath] {
    var gone = try pathsThatWent(by: plan, repository)
    for file in Self.declaredFiles(of: plan) {
      if case .absent = file.after { gone.insert(file.path) }
    }
    return gone.sorted()
  }

  /// The paths that a plan's moves and removals of folders took away in an earlier run, and that
  /// are not committed yet: they have no files in this one.
  private func pathsThatWent(
    by plan: Plan, _ repository: GitRepository
  ) throws -> Set<RelativePath> {
    var went: Set<RelativePath> = []
    var folders: Set<RelativePath> = []
    for step in plan.steps where step.decision != .skip {
      for entry in step.entries where entry.condition == nil {
        switch entry.action {
        case .move(let source, _): went.insert(try RelativePath(source))
        case .moveTree(let source): folders.insert(try RelativePath(source))
        case .deleteTree: folders.insert(try RelativePath(entry.path))
        default: break
        }
      }
    }
    if !folders.isEmpty {
      for name in try repository.trackedFiles() {
        guard let path = Self.path(name), path.ancestors.contains(where: folders.contains) else {
          continue
        }
        went.insert(path)
      }
    }
    let root = workspace.root
    return try went.filter { path in
      do throws(SystemError) { return try root.status(of: path) == nil } catch {
        if error.code == ENOTDIR || error.code == ELOOP { return true }
        throw error
      }
    }
  }

  /// A tracked name as a path; nil for one that no manifest could write.
  private static func path(_ name: String) -> RelativePath? {
    do throws(PathFault) { return try RelativePath(name) } catch { return nil }
  }

  /// What a plan leaves at each path that it declares.
  private static func declaredFiles(of plan: Plan) -> [PlannedFile] {
    var last: [RelativePath: PlannedFile] = [:]
    for file in plan.steps.filter({ $0.decision != .skip }).flatMap(\.files)
    where file.action != .skipped {
      last[file.path] = file
    }
    return Array(last.values)
  }
}
