import Manifests
import Platform

extension PlanSession {
  /// True if a path that the run makes and takes away again was taken away already, and what it
  /// became stands as it is to.
  func isGone(_ path: RelativePath, _ fate: Transients.Fate) -> Bool {
    if let known = isGone[path] { return known }
    var found = false
    do throws(EntryFault) {
      switch try look(at: path) {
      case .absent: found = try stands(fate)
      // The folder that the manifest wants in the file's place: the file went before.
      case .folder where hasDeclared(below: path): found = try stands(fate)
      default: break
      }
    } catch {
      // Not to be seen: then the entry is planned as usual, and says why.
    }
    isGone[path] = found
    return found
  }

  /// True if the run declares something below a path.
  func hasDeclared(below path: RelativePath) -> Bool {
    paths.contains { $0 != path && $0.isWithin(path) }
  }

  private func stands(_ fate: Transients.Fate) throws(EntryFault) -> Bool {
    guard case .moved(let target, let mover, let entries) = fate else { return true }
    switch try look(at: target) {
    case .regular(.inTree(let status)):
      let digest = try digest(of: target, .inTree(status))
      if let declared = Declaration.digest(of: entries.last ?? mover),
        try repair(of: target, declared, digest) != nil
      {
        return true
      }
      return result(of: entries).map { Digest(of: $0) } == digest
    case .symlink(let target):
      guard case .symlink(let wanted) = entries[0].entry.action else { return false }
      return wanted == target
    default: return false
    }
  }

  /// What entries make of nothing, one after the other; nil where one of them does not apply.
  private func result(of entries: [ResolvedEntry]) -> [UInt8]? {
    var bytes: [UInt8] = []
    do throws(EditFailure) {
      for entry in entries {
        switch entry.entry.action {
        case .symlink: return nil
        case .move(_, let edits) where edits.isEmpty: continue
        default: bytes = try transformation(entry, for: bytes).applied(to: bytes)
        }
      }
    } catch {
      return nil
    }
    return bytes
  }
}
