import Glibc
import Manifests
import Materialising
import Planning
import Platform
import Subprocess
import YAMLTree

/// A tree as it can be looked at: files, state, git. Nothing of it writes.
final class TreeView {
  let root: RootTree
  let state: StateFolder
  private(set) lazy var tree = IndexedTree(root, index: state.index, readsAll: readsAll)
  private let readsAll: Bool
  let runner = CommandRunner()
  /// The folder that holds what mtor keeps for its user, without the `mtor` in it.
  let stateHome: String

  private var foundRepository: GitRepository??
  /// Why git says nothing of the repository around the root.
  private var repositoryFault: GitFailure?
  private(set) lazy var ownership = TreeOwnership(
    state: state, tree: root, repository: repository)

  /// Opens a root by its real path; one on git's own ground is refused.
  init(
    _ path: String, readsAll: Bool = false, stateHome: String? = nil
  ) throws(RunFailure) {
    guard let stateHome = stateHome ?? StateHome.path else {
      throw .system(
        message: "there is no place for mtor's state: \(StateHome.absence)",
        hint: "export HOME=/home/NAME")
    }
    self.stateHome = stateHome
    try GitGround.refuse(path)
    do throws(SystemError) { root = try RootTree(path: path) } catch {
      throw .system(message: "the root cannot be used: \(error)", hint: nil)
    }
    do throws(TreeError) {
      state = try StateFolder.open(root: root, stateHome: stateHome)
    } catch {
      throw RunFailure(error)
    }
    self.readsAll = readsAll
  }

  /// The git repository around the root, found at the first call; nil where there is none.
  func repository() throws(GitFailure) -> GitRepository? {
    if let foundRepository { return foundRepository }
    do throws(GitFailure) {
      let found = try GitRepository.find(around: root.path, runner: runner)
      foundRepository = .some(found)
      return found
    } catch {
      repositoryFault = error
      throw error
    }
  }

  /// Plans manifests as one run, in order, on the tree as it is.
  func plan(
    _ manifests: [LoadedManifest], _ request: ApplyRequest, keepsReplaced: Bool = false
  ) throws(RunFailure) -> [Plan] {
    // Planning looks and runs nothing, so a folder that is open may stay so.
    var plans = try tree.keepingFolders { () throws(RunFailure) in
      try Self.plan(
        manifests, request, on: tree, ownership: ownership, keepsReplaced: keepsReplaced,
        protected: state.gitFolders, pathInRoot: pathInRoot)
    }
    for index in plans.indices { plans[index].isForced = request.isForced }
    // Said once, and not of every file.
    if let fault = repositoryFault { throw .system(message: fault.message, hint: fault.hint) }
    if request.isForced { return plans }
    do {
      return try PlannedAttributes.judging(plans, on: root, repository: repository)
    } catch {
      let hint = (error as? GitFailure)?.hint
      throw .system(message: "git's attributes cannot be looked at: \(error)", hint: hint)
    }
  }

  static func plan(
    _ manifests: [LoadedManifest], _ request: ApplyRequest, on tree: some FileTree,
    ownership: some Ownership, keepsReplaced: Bool, protected: [RelativePath] = [],
    pathInRoot: (String) -> RelativePath? = { _ in nil }
  ) throws(RunFailure) -> [Plan] {
    // A step that replaced a manifest of this run would change what later steps seem to say.
    let manifestPaths = manifests.compactMap { pathInRoot($0.manifest.source.name) }
    let declared = Set(manifests.flatMap { $0.manifest.params.map(\.name) })
    let stepsFound = manifests.map { $0.manifest.steps.contains { $0.id == request.only } }
    var requests: [Planner.Request] = []
    for (manifest, hasStep) in zip(manifests, stepsFound) {
      var options = options(for: request, folder: manifest.folder)
      // Several manifests are one run: a value or a step is for those that have such a one.
      let own = Set(manifest.manifest.params.map(\.name))
      options.params = request.params.filter { own.contains($0.key) || !declared.contains($0.key) }
      options.isStepElsewhere = !hasStep && stepsFound.contains(true)
      options.keepsReplaced = keepsReplaced
      options.manifestPaths = manifestPaths
      options.protected = protected
      requests.append(Planner.Request(manifest.manifest, options))
    }
    do throws(DiagnosticList) {
      return try Planner.plan(requests, on: tree, ownership: ownership)
    } catch {
      throw .invalid(error.all)
    }
  }

  static func options(for request: ApplyRequest, folder: String) -> PlanOptions {
    var options = PlanOptions()
    options.params = request.params
    options.force = request.isForced
    options.declared = request.restoresDeclared
    options.only = request.only
    options.verifiesContents = request.verifiesContents
    options.fileLimit = request.limits.file
    // Only a `from` reads there, and a folder may let a manifest be read and not be listed.
    do {
      options.sources = try RootTree(path: folder)
    } catch {
      options.sourcesFault = error.description
    }
    return options
  }

  /// A file of the machine as a path of this tree; nil where it lies elsewhere.
  private func pathInRoot(of file: String) -> RelativePath? {
    guard let resolved = realpath(file, nil) else { return nil }
    defer { free(resolved) }
    let path = String(cString: resolved)
    let folder = root.path + "/"
    guard path.utf8.starts(with: folder.utf8) else { return nil }
    do {
      return try RelativePath(
        String(decoding: path.utf8.dropFirst(folder.utf8.count), as: UTF8.self))
    } catch {
      // A name that no manifest could write is no target of one.
      return nil
    }
  }
}
