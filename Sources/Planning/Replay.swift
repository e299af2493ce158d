import Manifests
import Platform
import YAMLTree

/// Finds how much of a run stands in the tree, by doing it again in memory.
///
/// Where several entries have to do with one path, what stands in the end does not show what each
/// of them has done: a file that was edited and then moved away is no longer there to be edited.
/// Memory knows the tree from before the runs of these manifests. From there the steps are planned
/// once more; if they come to what stands, all of them are done, or those up to a step that does.
enum Replay {
  /// What stands; nil where that is nothing, or where it cannot be told. `run` is the one that has
  /// begun already: what it has not come to, it has not done.
  static func find<Tree: FileTree>(
    _ manifests: [ResolvedManifest], _ tree: Tree, _ ownership: some Ownership,
    during run: String? = nil
  ) -> ReplayedSteps? {
    guard isEntangled(manifests) else { return nil }
    do {
      return try Replaying(manifests: manifests, tree: tree, ownership: ownership, run: run).find()
    } catch {
      // What cannot be read here, the plan has met as well, and says so.
      return nil
    }
  }

  /// True if several entries of a run have to do with one path, or one with whole folders.
  private static func isEntangled(_ manifests: [ResolvedManifest]) -> Bool {
    var seen: Set<RelativePath> = []
    for entry in manifests.lazy.flatMap(\.steps).flatMap(\.entries) {
      switch entry.entry.action {
      case .deleteTree, .moveTree: return true
      default: break
      }
      for path in [entry.path, entry.source, entry.copied].compactMap({ $0 }) {
        if !seen.insert(path).inserted { return true }
      }
    }
    return false
  }
}

/// The steps that stand, each with its files as unchanged ones.
struct ReplayedSteps {
  /// For each manifest its steps that are done, from the first; whole manifests before the last.
  var steps: [[PlannedStep]]

  /// How many steps of a manifest are done.
  func count(in manifest: Int) -> Int {
    manifest < steps.count ? steps[manifest].count : 0
  }

  /// The paths of their files.
  var paths: Set<RelativePath> {
    Set(steps.lazy.flatMap { $0 }.flatMap(\.files).map(\.path))
  }
}

private struct Replaying<Tree: FileTree, Owner: Ownership> {
  let manifests: [ResolvedManifest]
  let tree: Tree
  let ownership: Owner
  let run: String?

  func find() throws -> ReplayedSteps? {
    let places = Places(manifests)
    for attempt in 0..<ReplayStart.attempts {
      guard
        let starts = try ownership.starts(of: names, attempt: attempt, besides: run)
      else { return nil }
      let own = try starts.filter { places.contains($0.path) }.filter(stands)
      guard !own.isEmpty else { continue }
      if let found = try standing(from: own) { return found }
    }
    return nil
  }

  private var names: Set<String> { Set(manifests.map(\.plan.manifestName)) }

  /// True if the tree has what mtor left there.
  private func stands(_ start: ReplayStart) throws -> Bool {
    let present = PlanningOverlay(tree: tree)
    switch try present.look(at: start.path) {
    case .regular(let file):
      let digest = try present.digest(of: start.path, file)
      return start.left == digest
    case .symlink(let target): return start.left == Digest(of: target.utf8)
    case .absent, .folder, .blocked: return start.left == nil
    case .special: return false
    }
  }

  private func standing(from starts: [ReplayStart]) throws -> ReplayedSteps? {
    let session = PlanSession(
      tree: tree, ownership: Unasked(), manifests: manifests.map(\.unasking), chains: Chains([]))
    // What was not there comes first: it may be a folder that other files stood in.
    for start in starts where start.before.isAbsent {
      session.overlay.set(start.path, to: .absent)
    }
    for start in starts where !start.before.isAbsent {
      session.overlay.set(start.path, to: start.before)
    }
    let present = PlanningOverlay(tree: tree)
    var differing: Set<RelativePath> = []
    // What is to be gone and cannot be looked at, since a link stands in the place of its folder: a
    // later step may have made that link.
    var behindLinks: [RelativePath: RelativePath] = [:]
    func compare(_ paths: some Sequence<RelativePath>) throws {
      for path in paths {
        // A folder is compared by its files.
        let isFolder = session.overlay.isFolder(path)
        guard let state = isFolder ? .absent : session.overlay.planned(path) else { continue }
        behindLinks[path] = nil
        if try present.holds(path, state) {
          differing.remove(path)
        } else if case .absent = state,
          case .blocked(let link, isLink: true, _) = try present.look(at: path)
        {
          behindLinks[path] = link
          differing.remove(path)
        } else {
          differing.insert(path)
        }
      }
    }
    try compare(starts.map(\.path))
    var done: [[PlannedStep]] = []
    var found: ReplayedSteps?
    // What only later steps have to do with may differ: those may say something else by now.
    var touched: Set<RelativePath> = []
    for manifest in session.manifests {
      done.append([])
      session.begin(manifest, mayBeUnknown: false)
      for step in manifest.steps {
        let planned = session.planned(step)
        guard !session.hasFaults else { return try found.map(asPresent) }
        done[done.count - 1].append(planned)
        try compare(planned.files.map(\.path))
        try compare(planned.emptiedFolders)
        touched.formUnion(planned.files.map(\.path))
        touched.formUnion(planned.emptiedFolders)
        let areLinksDeclared = behindLinks.allSatisfy { path, link in
          if !touched.contains(path) { return true }
          if case .symlink? = session.overlay.planned(link) { return true }
          return false
        }
        if areLinksDeclared, differing.isDisjoint(with: touched) {
          found = ReplayedSteps(steps: done)
        }
      }
    }
    return try found.map(asPresent)
  }

  /// The steps with their files as they stand, which nothing is to be done to.
  private func asPresent(_ standing: ReplayedSteps) throws -> ReplayedSteps {
    let overlay = PlanningOverlay(tree: tree)
    var standing = standing
    for manifest in standing.steps.indices {
      for step in standing.steps[manifest].indices {
        try Self.settle(&standing.steps[manifest][step], overlay)
      }
    }
    return standing
  }

  private static func settle(
    _ step: inout PlannedStep, _ present: PlanningOverlay<Tree>
  ) throws {
    step.emptiedFolders = []
    for index in step.files.indices where step.files[index].action != .skipped {
      let planned = step.files[index]
      let state = try present.state(at: planned.path)
      var file = PlannedFile(
        path: planned.path, action: .unchanged, before: state, after: state, mark: planned.mark)
      file.declared = planned.declared
      file.isFrozen = planned.isFrozen
      file.movedTo = planned.movedTo
      step.files[index] = file
    }
  }
}

/// The paths that entries name, and the folders that they take as a whole.
private struct Places {
  private var paths: Set<RelativePath> = []
  private var folders: Set<RelativePath> = []

  init(_ manifests: [ResolvedManifest]) {
    for entry in manifests.lazy.flatMap(\.steps).flatMap(\.entries) {
      for path in [entry.path, entry.source, entry.copied].compactMap({ $0 }) {
        paths.insert(path)
      }
      switch entry.entry.action {
      case .deleteTree: folders.insert(entry.path)
      case .moveTree: folders.formUnion([entry.path, entry.source].compactMap { $0 })
      default: break
      }
    }
  }

  func contains(_ path: RelativePath) -> Bool {
    paths.contains(path) || (!folders.isEmpty && path.ancestors.contains(where: folders.contains))
  }
}

extension ResolvedManifest {
  /// The manifest for a plan that asks nobody: what was allowed when it was done is not asked again.
  fileprivate var unasking: ResolvedManifest {
    var manifest = self
    manifest.plan.base = nil
    manifest.options.force = true
    manifest.options.verifiesContents = false
    return manifest
  }
}

/// The answers where nothing is asked.
private struct Unasked: Ownership {
  func claim(on path: RelativePath, holding present: FileState) -> Claim { .committed }
  func obstacle(toWriting wanted: FileState, at path: RelativePath) -> String? { nil }
  func differences(since base: String, among paths: [RelativePath]) -> [RelativePath] { [] }
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

extension PlanSession {
  /// True if planned steps change nothing, or nothing but files that come and go again with commands
  /// between, which may need them each time.
  func leavesTreeAlone(_ steps: some Sequence<PlannedStep>) -> Bool {
    let present = PlanningOverlay(tree: overlay.tree)
    var passing: Set<RelativePath> = []
    do throws(SystemError) {
      for file in steps.lazy.flatMap(\.files) {
        if file.action == .unchanged || file.action == .skipped { continue }
        if file.action == .unknown { return false }
        if let source = file.movedFrom, passing.contains(source) { passing.insert(file.path) }
        if passing.contains(file.path) { continue }
        guard case .absent = try present.look(at: file.path) else { return false }
        passing.insert(file.path)
      }
      for path in passing {
        guard let state = overlay.planned(path), try present.holds(path, state) else {
          return false
        }
      }
      return true
    } catch {
      // Not to be seen: the plan has said so, or its step will.
      return false
    }
  }
}

extension PlanningOverlay {
  /// What stands at a path, by its digest; a folder counts as nothing.
  func state(at path: RelativePath) throws(SystemError) -> FileState {
    switch try look(at: path) {
    case .regular(let file):
      return .regular(
        RegularFile(
          digest: try digest(of: path, file), size: file.size, mode: file.mode,
          isExecutable: file.isExecutable))
    case .symlink(let target): return .symlink(target: target)
    default: return .absent
    }
  }

  /// True if a path stands as a state says.
  func holds(_ path: RelativePath, _ state: FileState) throws(SystemError) -> Bool {
    switch (try look(at: path), state) {
    case (.absent, .absent), (.blocked(_, isLink: false, _), .absent): return true
    // What stands in the place of a file that went is compared for itself.
    case (.folder, .absent): return true
    case (.symlink(let target), .symlink(let wanted)): return target.utf8.elementsEqual(wanted.utf8)
    case (.regular(let file), .regular(let wanted)):
      guard file.size == wanted.size else { return false }
      if let mode = wanted.mode, file.mode != mode { return false }
      if wanted.mode == nil, let isExecutable = wanted.isExecutable,
        isExecutable != file.isExecutable
      {
        return false
      }
      return try digest(of: path, file) == wanted.digest
    default: return false
    }
  }
}
