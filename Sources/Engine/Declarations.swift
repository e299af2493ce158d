import Manifests
import Planning
import Platform

/// What the entries that a run has carried out declare, by path, as the last one has it.
struct Declarations {
  private var declared: [RelativePath: Digest] = [:]
  /// Files and folders.
  private(set) var removed: Set<RelativePath> = []

  mutating func add(_ step: PlannedStep) throws(PathFault) {
    for entry in step.entries where entry.condition == nil {
      switch entry.action {
      case .deleteTree: removed.insert(try RelativePath(entry.path))
      case .moveTree(let source): removed.insert(try RelativePath(source))
      default: break
      }
    }
    // Removals come first, whatever the order in the manifest.
    for file in step.files where file.isRemoval {
      declared[file.path] = nil
      removed.insert(file.path)
    }
    for file in step.files where !file.isRemoval && file.action != .skipped {
      // An entry that only sets the mode declares no bytes.
      if let digest = file.declared { declared[file.path] = digest }
      removed.remove(file.path)
    }
  }

  /// What the last entry of the path declares; nil for none.
  subscript(path: RelativePath) -> Digest? { declared[path] }
}

extension PlannedFile {
  /// True for an entry that leaves nothing at its path.
  var isRemoval: Bool {
    guard case .absent = after else { return false }
    return action == .deleted || action == .unchanged
  }
}
