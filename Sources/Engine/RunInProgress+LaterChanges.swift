import Events
import Manifests
import Materialising
import Planning
import Platform
import Subprocess

/// Declared files that a command changed after their own step had left them.
///
/// What a step's own commands make of its files is the step's result. A later step, or `verify`, has
/// no business there unless its `outputs` say so: the tree would not hold what was declared, or not
/// what the tests saw.
extension RunInProgress {
  /// Looks at many paths where commands work, which is where what is to stand in the end stands now.
  private func looking<Value>(_ body: (any FileTree) throws -> Value) throws -> Value {
    guard let stage = workspace.stage else {
      return try workspace.view.tree.keepingFolders { try body(workspace.view.tree) }
    }
    if request.isolation.isRehearsal { return try body(stage.shadow.tree) }
    return try body(LayeredTree(shadow: stage.shadow.tree, below: workspace.view.tree))
  }

  /// Remembers what a step has left of its files, and of what its `outputs` named of earlier ones,
  /// now that its commands have ended.
  func noteResults(of step: PlannedStep) throws {
    guard hasCommands else { return }
    try looking { try note(step, in: $0) }
  }

  private func note(_ step: PlannedStep, in tree: any FileTree) throws {
    let isUntouched = step.run.isEmpty && step.tests.isEmpty
    for entry in step.entries where entry.mode != nil || entry.isExecutable != nil {
      modeMasks[try RelativePath(entry.path)] =
        entry.mode == nil ? StandingFile.executableBits : StandingFile.allBits
    }
    var noted: Set<RelativePath> = []
    for file in step.files where file.action != .skipped && file.action != .unknown {
      // Of what a step takes away and puts there again the second is what stands.
      if case .absent = file.after, noted.contains(file.path) { continue }
      noted.insert(file.path)
      switch file.after {
      case .absent where isUntouched: results[file.path] = .nothing
      case .symlink(let target) where isUntouched: results[file.path] = .link(target)
      case .regular(let landed) where isUntouched:
        try note(file.path, in: tree, known: landed.digest)
      default: try note(file.path, in: tree)
      }
    }
    for path in outputsOfStep where results[path] != nil && !noted.contains(path) {
      try note(path, in: tree)
    }
    try cleared.note(step, outputs: outputsOfStep, in: tree)
  }

  private func note(
    _ path: RelativePath, in tree: any FileTree, known: Digest? = nil
  ) throws(SystemError) {
    results[path] = try StandingFile(path, in: tree, mask: mask(of: path), known: known)
  }

  private func mask(of path: RelativePath) -> UInt32 {
    // Where nothing is declared of it a later command may make a script of it, say.
    modeMasks[path] ?? 0
  }

  /// Remembers a file that holds a repair.
  func noteResult(repairing path: RelativePath, with bytes: [UInt8]) throws {
    try looking { try note(path, in: $0, known: Digest(of: bytes)) }
  }

  /// True if a step has left at a path what stands there now.
  func isResult(_ path: RelativePath) throws -> Bool {
    guard let left = results[path] else { return false }
    return try looking { try StandingFile(path, in: $0, mask: mask(of: path)) } == left
  }

  /// Ends the run where a command has changed what stood when its step had ended, in one of the
  /// plans that were carried out.
  ///
  /// It counts as mtor's own from now on, so that the next apply puts the declared bytes back.
  func refuseLaterChanges(of plans: some Collection<Plan>) throws {
    guard hasRunCommands, verdict == nil else { return }
    guard try workspace.root.isInPlace() else {
      // Nothing is left there, and nothing is there to undo it in.
      hasLanded = false
      throw Verdict(
        outcome: .failed, exit: 1,
        reason: "a command has removed the root, or put something else in its place: "
          + "'\(Printable.escaped(workspace.root.path))'; nothing declared stands there")
    }
    let plans = plans.map(asPerformed)
    let changed = try looking { try laterChanges(of: plans, in: $0) }
    guard let first = changed.min() else { return }
    if workspace.stage == nil {
      for plan in plans {
        for step in plan.steps
        where step.files.contains(where: { changed.contains($0.path) }) {
          try workspace.materialiser.recordResults(
            of: step, run: id, manifest: plan.manifestName, changed: changed)
        }
      }
    }
    let more = changed.count == 1 ? " was" : " and \(changed.count - 1) more were"
    throw Verdict(
      outcome: .failed, exit: 1,
      reason: "'\(Printable.escaped(first.text))'\(more) changed by a command of a later step or "
        + "of verify; name it in that step's 'outputs', or keep the command from writing it")
  }

  /// Remembers as the run's own what its later commands made of outputs, so that an undo takes them back.
  func recordChangedOutputs() {
    if outputsLeft.isEmpty { return }
    do {
      var changed: [String: [RelativePath]] = [:]
      for (path, left) in outputsLeft where !declaredPaths.contains(path) {
        if try workspace.root.reachableStatus(of: path) == left.status { continue }
        changed[left.manifest, default: []].append(path)
      }
      for (manifest, paths) in changed {
        try workspace.materialiser.recordChanges(of: paths, run: id, manifest: manifest)
      }
    } catch {
      stream.send(.noted("an undo may not know what commands made of outputs: \(error)"))
    }
  }

  private func laterChanges(
    of plans: [Plan], in tree: any FileTree
  ) throws(SystemError) -> Set<RelativePath> {
    var changed: Set<RelativePath> = []
    for path in plans.lazy.flatMap({ $0.steps.lazy.flatMap { $0.files.lazy.map(\.path) } }) {
      guard let left = results[path] else { continue }
      if try StandingFile(path, in: tree, mask: mask(of: path)) != left { changed.insert(path) }
    }
    for entry in plans.lazy.flatMap({ $0.steps.lazy.flatMap(\.entries) }) {
      guard case .deleteTree = entry.action else { continue }
      let path = RelativePath(trusted: entry.path)
      if changed.contains(where: { $0.isWithin(path) }) { continue }
      if try cleared.holdsStranger(path, in: tree) { changed.insert(path) }
    }
    return changed
  }
}

/// A shadow over a tree: what it shows of the tree itself is known to the tree's index.
private struct LayeredTree: FileTree {
  let shadow: RootTree
  let below: IndexedTree

  func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
    try shadow.status(of: path)
  }

  func digest(
    of path: RelativePath, status: FileStatus
  ) throws(SystemError) -> Digest {
    if let own = try below.reachableStatus(of: path), own.isVery(status) {
      return try below.digest(of: path, status: own)
    }
    return try shadow.digest(of: path, status: status)
  }

  func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8] {
    try shadow.bytes(of: path, limit: limit)
  }

  func linkTarget(of path: RelativePath) throws(SystemError) -> String {
    try shadow.linkTarget(of: path)
  }

  func names(in folder: RelativePath?) throws(SystemError) -> [String] {
    try shadow.names(in: folder)
  }

  func namesThatAreNoText(in folder: RelativePath?) throws(SystemError) -> [RawPath] {
    try shadow.namesThatAreNoText(in: folder)
  }
}

extension FileStatus {
  /// True for one file seen through a shadow and in the tree below it: the device may be another one,
  /// and nobody can choose when an inode changed.
  func isVery(_ other: FileStatus) -> Bool {
    kind == other.kind && inode == other.inode && changed == other.changed
      && modified == other.modified && size == other.size && mode == other.mode
  }
}
