import Manifests
import Platform

/// Files that one step makes and a later one deletes or moves away.
///
/// Where no command runs between the two, nobody can see such a file: once it is gone the steps
/// that make it have nothing to do, which is what makes a second apply free. Where a command does
/// run there, it may need the file, and each apply makes it anew.
struct Transients {
  /// What becomes of such a file.
  enum Fate {
    case deleted
    /// Moved to a target that stands, at the end, as these entries make it one after the other:
    /// those of the file, the move, and those of the target behind it.
    case moved(to: RelativePath, mover: ResolvedEntry, entries: [ResolvedEntry])
  }

  private var fates: [RelativePath: Fate] = [:]

  /// What becomes of the file at a path; nil for every other path.
  func fate(of path: RelativePath) -> Fate? { fates.isEmpty ? nil : fates[path] }

  init() {}

  init(_ manifests: [ResolvedManifest]) {
    let steps = Self.steps(of: manifests)
    let hasRemovals = steps.dropFirst().contains { step in
      step.resolved.entries.contains { $0.isRemoval || $0.source != nil }
    }
    guard hasRemovals else { return }
    let uses = Self.uses(in: steps)
    let trees = Self.trees(in: steps)
    for (path, all) in uses { fates[path] = Self.fate(of: path, all, trees, uses, steps) }
  }

  // MARK: Steps and entries

  private struct Step {
    let resolved: ResolvedStep
    /// How many groups of commands run before the step's files land.
    let commandsBefore: Int
  }

  /// What an entry does with a path, and in which step.
  private struct Use {
    enum Kind {
      /// Makes the file whole, or changes it.
      case makes, changes
      case deletes, movesAway
      /// Anything that depends on the path in another way.
      case other
    }

    let kind: Kind
    let step: Int
    let entry: ResolvedEntry?
  }

  private static func steps(of manifests: [ResolvedManifest]) -> [Step] {
    var steps: [Step] = []
    var commands = 0
    for manifest in manifests {
      if !manifest.plan.setup.isEmpty { commands += 1 }
      for resolved in manifest.steps {
        steps.append(Step(resolved: resolved, commandsBefore: commands))
        if !resolved.step.run.isEmpty || !resolved.step.tests.isEmpty { commands += 1 }
      }
      if !manifest.plan.verify.isEmpty { commands += 1 }
    }
    return steps
  }

  private static func uses(in steps: [Step]) -> [RelativePath: [Use]] {
    var uses: [RelativePath: [Use]] = [:]
    for (index, step) in steps.enumerated() {
      func add(_ kind: Use.Kind, _ path: RelativePath?, _ entry: ResolvedEntry? = nil) {
        guard let path else { return }
        uses[path, default: []].append(Use(kind: kind, step: index, entry: entry))
      }
      add(.other, step.resolved.condition?.path)
      for entry in step.resolved.entries {
        add(.other, entry.condition?.path)
        add(.other, entry.copied)
        add(entry.condition == nil ? .movesAway : .other, entry.source, entry)
        let isOther =
          entry.condition != nil || step.resolved.condition != nil
          || (entry.copied != nil && entry.patch != nil)
        add(isOther ? .other : kind(of: entry), entry.path, entry)
      }
    }
    return uses
  }

  private static func kind(of entry: ResolvedEntry) -> Use.Kind {
    if entry.isRemoval { return .deletes }
    switch entry.entry.action {
    case .content, .symlink: return .makes
    case .edit: return .changes
    case .patch: return entry.source == nil ? .changes : .other
    default: return .other
    }
  }

  /// The folders that are deleted with all that is in them, and the first step that does it.
  private static func trees(in steps: [Step]) -> [RelativePath: Int] {
    var trees: [RelativePath: Int] = [:]
    for (index, step) in steps.enumerated() where step.resolved.condition == nil {
      for entry in step.resolved.entries where entry.condition == nil {
        guard case .deleteTree = entry.entry.action, trees[entry.path] == nil else { continue }
        trees[entry.path] = index
      }
    }
    return trees
  }

  // MARK: Fates

  /// Made first, then at most changed, then taken away, and no command between first and last.
  private static func fate(
    of path: RelativePath, _ uses: [Use], _ trees: [RelativePath: Int],
    _ all: [RelativePath: [Use]], _ steps: [Step]
  ) -> Fate? {
    guard let first = uses.first, first.kind == .makes else { return nil }
    let isOwn = uses.last.map { $0.kind == .deletes || $0.kind == .movesAway } ?? false
    let makers = isOwn ? uses.dropLast() : uses[...]
    guard makers.allSatisfy({ $0.kind == .makes || $0.kind == .changes }),
      let last = makers.last?.step
    else { return nil }
    let removal = isOwn ? uses.last?.step : path.ancestors.compactMap { trees[$0] }.min()
    guard let removal, removal > last,
      steps[first.step].commandsBefore == steps[removal].commandsBefore
    else { return nil }
    guard isOwn, uses.last?.kind == .movesAway, let mover = uses.last?.entry else {
      return .deleted
    }
    return moved(makers.compactMap(\.entry), by: mover, in: removal, all[mover.path] ?? [])
  }

  private static func moved(
    _ makers: [ResolvedEntry], by mover: ResolvedEntry, in step: Int, _ uses: [Use]
  ) -> Fate? {
    if case .moveTree = mover.entry.action { return nil }
    // The target is met first as the target of this move, and changed at most from then on.
    guard let first = uses.first, first.step == step, first.entry?.source == mover.source,
      uses.dropFirst().allSatisfy({ $0.kind == .makes || $0.kind == .changes })
    else { return nil }
    let later = uses.dropFirst().compactMap(\.entry)
    return .moved(to: mover.path, mover: mover, entries: makers + [mover] + later)
  }
}
