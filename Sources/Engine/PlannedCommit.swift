import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

/// The commit of one plan: what it takes, what it removes, and what stands against it.
struct PlannedCommit {
  let plan: Plan
  let message: String
  let view: TreeView
  let repository: GitRepository

  /// What would stop the commit, found before the first byte is written; nil where nothing does.
  ///
  /// - Parameter behind: gets the paths of which git's index lacks what HEAD has, since a commit of
  ///   this kind was killed before its last call.
  func obstacle(behind: inout [RelativePath]) throws -> GitCommit.Obstacle? {
    let commit = GitCommit(repository: repository, message: message, hooks: true)
    let wanted = declaredFiles.map { ($0.path, $0.after) }
    return try commit.obstacle(among: wanted, of: view.root, behind: &behind)
      ?? commit.obstacle(toRemoving: pathsToRemove())
  }

  /// Whether the commit would be made, of a plan against which nothing stands.
  func outlook() throws -> CommitOutlook {
    let files = plan.steps.filter { $0.decision != .skip }.flatMap(\.files)
    if !files.allSatisfy({ $0.action == .unchanged || $0.action == .skipped }) { return .pending }
    let declared = Set(declaredFiles.map(\.path))
    let repaired = try repairsBesides(declared).map(\.path)
    let paths = Array(declared.union(repaired).union(try pathsToRemove())).sorted()
    let hasHead = try repository.head() != nil
    let index = try repository.index(of: paths)
    let differing = hasHead ? try repository.differing(from: "HEAD", among: paths) : []
    for path in paths {
      if differing.contains(path) { return .pending }
      if hasHead && index[path] != nil { continue }
      // A commit takes it in: HEAD, or the index, has nothing of it.
      if let status = try view.root.reachableStatus(of: path), status.kind != .directory {
        return .pending
      }
    }
    return plan.hasCommands ? .onlyCommands : CommitOutlook.none
  }

  /// What the plan leaves at each path that it declares.
  var declaredFiles: [PlannedFile] {
    var last: [RelativePath: PlannedFile] = [:]
    for file in plan.steps.filter({ $0.decision != .skip }).flatMap(\.files)
    where file.action != .skipped {
      last[file.path] = file
    }
    return Array(last.values)
  }

  /// The files that no entry declares and that hold an accepted repair of this manifest's, of this
  /// run or of an earlier one: without them its tests are red.
  func repairsBesides(
    _ declared: Set<RelativePath>
  ) throws -> [(path: RelativePath, state: FileState)] {
    let root = view.root
    let memory = try view.state.memory()
    return try memory.repairs(of: plan.manifestName).subtracting(declared).sorted()
      .compactMap { path in
        guard let status = try root.reachableStatus(of: path), status.kind == .regular else {
          return nil
        }
        let bytes = try root.bytes(of: path, limit: .max)
        let state = FileState.regular(
          RegularFile(digest: Digest(of: bytes), size: bytes.count, content: Text(bytes)))
        return memory.isOurs(path, holding: state) ? (path, state) : nil
      }
  }

  /// All paths that the commit takes away, sorted.
  func pathsToRemove() throws -> [RelativePath] {
    var gone = try pathsThatWent()
    for file in declaredFiles {
      if case .absent = file.after { gone.insert(file.path) }
    }
    return gone.sorted()
  }

  /// The paths that the plan's moves and removals of folders took away in an earlier run, and that
  /// are not committed yet: they have no files in this one.
  private func pathsThatWent() throws -> Set<RelativePath> {
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
    let root = view.root
    return try went.filter { try root.reachableStatus(of: $0) == nil }
  }

  /// A tracked name as a path; nil for one that no manifest could write.
  private static func path(_ name: String) -> RelativePath? {
    do throws(PathFault) { return try RelativePath(name) } catch { return nil }
  }
}

extension Plan {
  /// True if it runs anything.
  fileprivate var hasCommands: Bool {
    !setup.isEmpty || !verify.isEmpty
      || steps.contains { $0.decision != .skip && !($0.run.isEmpty && $0.tests.isEmpty) }
  }
}
