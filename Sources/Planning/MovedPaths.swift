import Manifests
import Platform
import YAMLTree

/// What the `move_tree` entries of a step make, which no other entry of the step may speak of:
/// removals run before it, and what a moved file gets besides belongs to a later step.
struct MovedPaths {
  /// The entry that makes each path.
  private var makers: [RelativePath: ResolvedEntry] = [:]
  /// The folders that come along, below the target of the move.
  private var folders: [RelativePath: ResolvedEntry] = [:]

  init(_ entries: [ResolvedEntry], _ sources: [Int: MoveSource]) {
    for (index, source) in sources {
      let entry = entries[index]
      guard case .moveTree = entry.entry.action, let root = entry.source else { continue }
      for file in source.files {
        let rest = file.path.text.utf8.dropFirst(root.text.utf8.count + 1)
        let path: RelativePath
        do {
          path = try entry.path.appending(String(decoding: rest, as: UTF8.self))
        } catch {
          // The move itself reports it.
          continue
        }
        makers[path] = entry
        var above = path.parent
        while let folder = above, folder != entry.path, folders[folder] == nil {
          folders[folder] = entry
          above = folder.parent
        }
      }
    }
  }

  var isEmpty: Bool { makers.isEmpty }

  /// Why an entry that writes cannot stand in the step of the move.
  func fault(of entry: ResolvedEntry) -> EntryFault? {
    makers[entry.path].map { fault(entry.path, madeBy: $0) }
  }

  /// Why a removal that found nothing cannot, either: what it names comes after it. One that takes
  /// away what is in the way of the move may.
  func fault(ofIdle entry: ResolvedEntry) -> EntryFault? {
    var maker = makers[entry.path]
    if case .deleteTree = entry.entry.action { maker = maker ?? folders[entry.path] }
    return maker.map { fault(entry.path, madeBy: $0) }
  }

  private func fault(_ path: RelativePath, madeBy move: ResolvedEntry) -> EntryFault {
    EntryFault(
      .manifest, "path-twice",
      "named twice in this step: the move of '\(move.source?.text ?? "")' (line "
        + "\(move.entry.mark.line)) makes it",
      hint: "put this entry into a later step")
  }
}

extension PlanSession {
  /// Reports the entries that speak of what a `move_tree` of their step makes.
  func refuseWhatMovesMake(
    _ entries: [ResolvedEntry], _ sources: [Int: MoveSource], _ planned: inout [[PlannedFile]],
    _ isDone: inout [Bool], in step: PlannedStep
  ) {
    let moved = MovedPaths(entries, sources)
    if moved.isEmpty { return }
    for (index, entry) in entries.enumerated() {
      let fault: EntryFault?
      if isDone[index] {
        let isIdle = planned[index].allSatisfy { $0.action == .unchanged }
        fault = entry.isRemoval && isIdle ? moved.fault(ofIdle: entry) : nil
      } else {
        fault = moved.fault(of: entry)
      }
      guard let fault else { continue }
      (planned[index], isDone[index]) = (settle(fault, entry, in: step), true)
    }
  }
}
