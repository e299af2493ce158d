import Glibc
import Manifests
import Planning
import Platform

/// The folders that a run's steps took away with all in them: no file is to stand there in the end but
/// what later steps declare, name in their `outputs`, or take away and make again.
struct ClearedFolders {
  private var folders: Set<RelativePath> = []
  /// What stands in them and is some step's own; a folder with all below it.
  private var owned: Set<RelativePath> = []

  /// Takes notice of a step whose commands have ended; `outputs` are what its `outputs` name.
  mutating func note(
    _ step: PlannedStep, outputs: Set<RelativePath>, in tree: any FileTree
  ) throws {
    var emptied: [RelativePath] = []
    lazy var skipped = Set(step.files.lazy.filter { $0.action == .skipped }.map(\.path))
    for entry in step.entries {
      guard case .deleteTree = entry.action else { continue }
      let path = try RelativePath(entry.path)
      if !skipped.contains(path) { emptied.append(path) }
    }
    if !folders.isEmpty {
      for file in step.files where file.action != .skipped && file.action != .unknown {
        owned.insert(file.path)
      }
      owned.formUnion(outputs)
    }
    for path in emptied {
      if try Self.holdsFile(path, in: tree) {
        // What the step itself put there again.
        owned.insert(path)
      } else {
        folders.insert(path)
        owned = owned.filter { !$0.isWithin(path) }
      }
    }
  }

  /// True if something stands in a cleared folder that is no step's own.
  func holdsStranger(_ path: RelativePath, in tree: any FileTree) throws(SystemError) -> Bool {
    guard folders.contains(path), !path.ancestors.contains(where: owned.contains) else {
      return false
    }
    return try Self.holdsFile(path, in: tree, besides: owned)
  }

  /// True if something else than folders stands at a path or below it. What cannot be looked into
  /// counts: somebody has put it there.
  private static func holdsFile(
    _ path: RelativePath, in tree: any FileTree, besides owned: Set<RelativePath> = []
  ) throws(SystemError) -> Bool {
    guard !owned.contains(path), let status = try tree.reachableStatus(of: path) else {
      return false
    }
    if status.kind != .directory { return true }
    do throws(SystemError) {
      if try !tree.namesThatAreNoText(in: path).isEmpty { return true }
      for name in try tree.names(in: path) {
        let child: RelativePath
        do throws(PathFault) { child = try path.appending(name) } catch { return true }
        if try holdsFile(child, in: tree, besides: owned) { return true }
      }
    } catch {
      if error.code == EACCES { return true }
      // It has just gone.
      if error.code != ENOENT { throw error }
    }
    return false
  }
}
