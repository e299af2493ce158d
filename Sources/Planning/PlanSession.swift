import Manifests
import Platform
import YAMLTree

/// The planning of a run: the overlay, what was found, and the step that is being planned.
///
/// One manifest after the other, one step after the other, one entry after the other; within a
/// step removals come first, so that `a/b` may become `a`.
final class PlanSession<Tree: FileTree, Owner: Ownership> {
  var overlay: PlanningOverlay<Tree>
  let ownership: Owner
  let manifests: [ResolvedManifest]
  /// Every path that the run declares; gathered when it is first asked for, which an unchanged
  /// tree never does.
  private(set) lazy var paths = manifests.flatMap(\.paths)
  /// The targets of the links that the run declares.
  private(set) lazy var declaredLinks: [RelativePath: Set<String>] = {
    var links: [RelativePath: Set<String>] = [:]
    for entry in manifests.lazy.flatMap({ $0.steps }).flatMap(\.entries) {
      if case .symlink(let target) = entry.entry.action {
        links[entry.path, default: []].insert(target)
      }
    }
    return links
  }()
  private let chains: Chains
  let transients: Transients
  /// Of transient paths that were met: whether they were taken away already.
  var isGone: [RelativePath: Bool] = [:]
  /// How much of each chain stands, once its first entry was met.
  var standings: [RelativePath: ChainStanding] = [:]

  /// Of the manifest that is being planned.
  var plan = Plan(manifestName: "", manifestDigest: Digest(of: []), manifestFile: "")
  var options = PlanOptions()
  private(set) var diagnostics: Diagnostics?
  private var effects = CommandEffects()
  /// The paths that differ from `base`; nil before it was asked.
  private var differing: Set<RelativePath>?
  private var hasToldPaths = false
  /// Paths that an earlier step of this run has written: their bytes are the ones to go on from,
  /// whatever memory says of those from before the run.
  let writtenBefore: Set<RelativePath>
  /// True while the files of a step are planned whose `run` always runs.
  private(set) var isBeforeRun = false
  /// False where nothing is unknown any more: the step was reached.
  private var mayBeUnknown = true

  init(
    tree: Tree, ownership: Owner, manifests: [ResolvedManifest], chains: Chains,
    transients: Transients = Transients(), after written: Set<RelativePath> = []
  ) {
    writtenBefore = written
    overlay = PlanningOverlay(tree: tree)
    self.ownership = ownership
    self.manifests = manifests
    self.chains = chains
    self.transients = transients
  }

  func links(of path: RelativePath) -> [Chains.Link]? { chains.links(of: path) }

  // MARK: Manifests and steps

  /// Plans a manifest; its faults are in `diagnostics`.
  func plan(_ manifest: ResolvedManifest) -> Plan {
    begin(manifest)
    for command in plan.setup { note(command) }
    for step in manifest.steps { plan.steps.append(planned(step)) }
    plan.diagnostics = diagnostics?.all ?? []
    return plan
  }

  /// Plans the first step of a manifest again.
  func replan(_ manifest: ResolvedManifest) -> Planner.Replanned {
    begin(manifest, mayBeUnknown: false)
    let planned = planned(manifest.steps[0])
    return Planner.Replanned(
      step: planned, conflicts: plan.conflicts, diagnostics: diagnostics?.all ?? [])
  }

  func begin(_ manifest: ResolvedManifest, mayBeUnknown: Bool = true) {
    self.mayBeUnknown = mayBeUnknown
    plan = manifest.plan
    plan.steps = []
    plan.conflicts = []
    options = manifest.options
    diagnostics = Diagnostics(
      plan.source ?? SourceText(name: plan.manifestFile, bytes: []))
    differing = nil
  }

  /// Records what a command of `setup` or `run` may make.
  private func note(_ command: PlannedCommand) {
    if let path = command.creates, stands(path) { return }
    effects.add(creating: command.creates)
  }

  private func stands(_ path: RelativePath) -> Bool {
    do {
      switch try overlay.look(at: path) {
      case .absent, .blocked: return false
      default: return true
      }
    } catch {
      // Not to be seen: the command may run, and what depends on it stays unknown.
      return false
    }
  }

  func planned(_ resolved: ResolvedStep) -> PlannedStep {
    var step = resolved.step
    step.files = []
    step.emptiedFolders = []
    switch decision(on: resolved.condition, step: step) {
    case .skip:
      step.decision = .skip
      return step
    case .unknown:
      step.decision = .unknown
      step.files = resolved.entries.map { unknown($0, "its step's 'when' depends on a command") }
    case .perform:
      step.decision = .perform
      isBeforeRun = !step.run.isEmpty && step.run.allSatisfy(\.isUnconditional)
      defer { isBeforeRun = false }
      planFiles(of: resolved, into: &step)
      if step.files.contains(where: { $0.action == .unknown }) { step.decision = .unknown }
    }
    for command in step.run { note(command) }
    if !step.run.isEmpty || !step.tests.isEmpty { effects.add(outputs: resolved.outputs) }
    return step
  }

  /// Removals first, then everything else, each in written order; the result in written order.
  private func planFiles(of resolved: ResolvedStep, into step: inout PlannedStep) {
    var planned = [[PlannedFile]](repeating: [], count: resolved.entries.count)
    var isDone = [Bool](repeating: false, count: resolved.entries.count)
    overlay.reserve(resolved.entries.count)
    var sources: [Int: MoveSource] = [:]
    var removed: [RelativePath] = []
    // Before anything of the step: its own removals are nothing that a 'when' is to see.
    for (index, entry) in resolved.entries.enumerated() {
      guard let files = settled(entry, in: step) else { continue }
      (planned[index], isDone[index]) = (files, true)
    }
    for (index, entry) in resolved.entries.enumerated()
    where !isDone[index] && (entry.isRemoval || entry.isMove) {
      if entry.isRemoval {
        isDone[index] = true
        planned[index] = attempt(entry, in: step) { () throws(EntryFault) in
          try self.removal(entry)
        }
      } else {
        do {
          sources[index] = try takeSource(of: entry)
        } catch {
          (planned[index], isDone[index]) = (settle(error, entry, in: step), true)
        }
      }
      removed += planned[index].filter { $0.action == .deleted }.map(\.path)
      // A folder without files goes, too, and what is above it may be empty then.
      if entry.isRemoval, planned[index].isEmpty, overlay.isToBePruned(entry.path) {
        removed.append(entry.path)
      }
      removed += sources[index]?.removed ?? []
    }
    refuseWhatMovesMake(resolved.entries, sources, &planned, &isDone, in: step)
    let emptied = prune(after: removed, in: step)
    for (index, entry) in resolved.entries.enumerated() where !isDone[index] {
      planned[index] = attempt(entry, in: step) { () throws(EntryFault) in
        try self.files(for: entry, from: sources[index])
      }
    }
    step.files = planned.flatMap { $0 }
    step.emptiedFolders = emptied.filter { !overlay.isFolder($0) }
  }

  private func prune(after removed: [RelativePath], in step: PlannedStep) -> [RelativePath] {
    guard !removed.isEmpty else { return [] }
    do {
      return try overlay.prune(after: removed)
    } catch {
      report(EntryFault(error), path: removed[0].text, in: step, at: step.mark)
      return []
    }
  }

  /// True if the manifest that is being planned has faults, or does not fit the tree.
  var hasFaults: Bool { !plan.conflicts.isEmpty || diagnostics?.hasErrors == true }

  // MARK: Decisions

  /// The files of an entry that need no look: skipped, or unknown before a command has run.
  private func settled(_ entry: ResolvedEntry, in step: PlannedStep) -> [PlannedFile]? {
    if let condition = entry.condition {
      switch decision(on: condition, step: step) {
      case .perform: break
      case .skip:
        var file = PlannedFile(
          path: entry.path, action: .skipped, before: .absent, after: .absent,
          mark: entry.entry.mark)
        file.reason = "its 'when' does not hold"
        return [file]
      case .unknown: return [unknown(entry, "its 'when' depends on a command")]
      }
    }
    if !entry.isRemoval, let fate = transients.fate(of: entry.path), isGone(entry.path, fate) {
      return [file(entry, .unchanged, before: .absent, after: .absent)]
    }
    guard mayBeUnknown else { return nil }
    for path in [entry.path, entry.source].compactMap({ $0 }) {
      if overlay.isUndetermined(path) || effects.declares(path) {
        return [unknown(entry, "an earlier command may make or change it")]
      }
    }
    return nil
  }

  private func unknown(_ entry: ResolvedEntry, _ reason: String) -> PlannedFile {
    overlay.setUndetermined(entry.path)
    if let source = entry.source { overlay.setUndetermined(source) }
    var file = PlannedFile(
      path: entry.path, action: .unknown, before: .absent, after: .absent, mark: entry.entry.mark)
    file.reason = reason
    file.movedFrom = entry.source
    file.isFrozen = entry.entry.isFrozen
    flag(&file)
    return file
  }

  /// Whether a `when` holds, as far as that is known.
  private func decision(
    on condition: ResolvedCondition?, step: PlannedStep
  ) -> PlannedStep.Decision {
    guard let condition else { return .perform }
    let path = condition.path
    if mayBeUnknown, overlay.isUndetermined(path) || effects.declares(path) { return .unknown }
    do {
      let standing = try overlay.look(at: path)
      var isThere = true
      switch standing {
      case .absent: isThere = false
      case .blocked(let link, isLink: true, _):
        throw EntryFault(
          .conflict, "conflict-link", "'\(link)', above '\(path)', is a symbolic link")
      case .blocked: isThere = false
      default: break
      }
      // What does not stand yet, an earlier command may make.
      if !isThere, mayBeUnknown, effects.mayMakeAnything { return .unknown }
      switch condition {
      case .exists: return isThere ? .perform : .skip
      case .missing: return isThere ? .skip : .perform
      case .contains(_, let text):
        guard case .regular(let file) = standing else { return .skip }
        guard let search = ByteSearch(Array(text.utf8)) else { return .perform }
        let bytes = try overlay.bytes(of: path, file, limit: options.fileLimit)
        return search.places(in: bytes, limit: 1).isEmpty ? .skip : .perform
      }
    } catch let error as SystemError {
      report(EntryFault(error), path: path.text, in: step, at: step.mark)
    } catch let error as EntryFault {
      report(error, path: path.text, in: step, at: step.mark)
    } catch {
      report(EntryFault(asking: error), path: path.text, in: step, at: step.mark)
    }
    return .skip
  }

  // MARK: Faults

  private func attempt(
    _ entry: ResolvedEntry, in step: PlannedStep,
    _ body: () throws(EntryFault) -> [PlannedFile]
  ) -> [PlannedFile] {
    do {
      return try body()
    } catch {
      return settle(error, entry, in: step)
    }
  }

  /// What becomes of an entry with a fault: unknown where a command may mend it, else reported.
  func settle(
    _ fault: EntryFault, _ entry: ResolvedEntry, in step: PlannedStep
  ) -> [PlannedFile] {
    if fault.kind == .missing, mayBeUnknown, effects.mayMakeAnything {
      return [unknown(entry, "an earlier command may make it: \(fault.message)")]
    }
    report(fault, path: entry.path.text, in: step, at: entry.entry.mark)
    // Later entries for the path would only repeat it.
    overlay.setUndetermined(entry.path)
    return []
  }

  private func report(_ fault: EntryFault, path: String, in step: PlannedStep, at mark: Mark) {
    switch fault.kind {
    case .manifest:
      diagnostics?.error(
        fault.rule, "\(path): \(fault.message)", at: fault.mark ?? mark, hint: fault.hint)
    case .conflict, .missing, .unreadable:
      plan.conflicts.append(
        Conflict(
          path: path, rule: fault.rule, message: fault.message, hint: fault.hint, step: step.id,
          mark: fault.mark ?? mark))
    }
  }

  // MARK: Questions to the owner

  /// Asks git or mtor's memory; told of all paths before the first question.
  func ask<Answer>(
    _ question: (Owner) throws -> Answer
  ) throws(EntryFault) -> Answer {
    do {
      if !hasToldPaths {
        hasToldPaths = true
        try ownership.expect(paths)
      }
      return try question(ownership)
    } catch {
      throw EntryFault(asking: error)
    }
  }

  /// True if the path differs between the manifest's `base` and the tree.
  func differsFromBase(_ path: RelativePath) throws(EntryFault) -> Bool {
    guard let base = plan.base else { return false }
    if let differing { return differing.contains(path) }
    let paths = paths
    let found = Set(try ask { try $0.differences(since: base, among: paths) })
    differing = found
    return found.contains(path)
  }
}
