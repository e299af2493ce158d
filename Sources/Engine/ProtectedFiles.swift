import Glibc
import Planning
import Platform
import Repairing

/// The files of a tree that no repair may touch: read-only to whatever runs in a trial.
enum ProtectedFiles {
  /// How many are looked for: more are not mounted one by one, and every one is compared by its
  /// hash in any case.
  private static let limit = 256
  /// How many entries of a tree without git are looked at.
  private static let entries = 20_000

  /// Those that stand in the tree and that a scope protects: the declared ones first, then what git
  /// tracks, or what lies in the tree where there is no git.
  /// `tree` is the tree, or the shadow of it that the run works in.
  static func paths(
    in view: TreeView, _ tree: RootTree, _ scope: RepairScope, declared: [RelativePath]
  ) throws -> [RelativePath] {
    var candidates = declared
    candidates += try tracked(in: view) ?? walk(tree)
    var found: [RelativePath] = []
    var seen: Set<RelativePath> = []
    for path in candidates where seen.insert(path).inserted && scope.decision(path).isProtection {
      guard try tree.status(of: path)?.kind == .regular else { continue }
      found.append(path)
      if found.count == limit { break }
    }
    return found
  }

  /// What git tracks; nil where it does not say, such as for more names than it is listened to.
  private static func tracked(in view: TreeView) -> [RelativePath]? {
    do throws(GitFailure) {
      return try view.repository()?.trackedFiles().compactMap { child($0, of: nil) }
    } catch {
      return nil
    }
  }

  /// The tree's files, those nearest to its root first.
  private static func walk(_ root: RootTree) throws(SystemError) -> [RelativePath] {
    var files: [RelativePath] = []
    var folders: [RelativePath?] = [nil]
    var next = 0
    while next < folders.count, files.count + folders.count < entries {
      let folder = folders[next]
      next += 1
      for name in try root.names(in: folder) {
        guard let path = child(name, of: folder), let status = try root.status(of: path) else {
          continue
        }
        switch status.kind {
        case .directory: folders.append(path)
        case .regular: files.append(path)
        case .symlink, .special: continue
        }
      }
    }
    return files
  }

  /// Nil for a name that no manifest could write.
  private static func child(_ name: String, of folder: RelativePath?) -> RelativePath? {
    do throws(PathFault) {
      if let folder { return try folder.appending(name) }
      return try RelativePath(name)
    } catch {
      return nil
    }
  }
}

extension RepairScope.Decision {
  /// True for what a repair may not touch even by the way, as a build may touch its products.
  fileprivate var isProtection: Bool {
    switch self {
    case .protected, .frozen, .denied, .test: true
    case .allowed, .outside, .removed, .irregular, .later: false
    }
  }
}
