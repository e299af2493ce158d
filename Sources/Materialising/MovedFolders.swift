import Manifests
import Planning
import Platform

/// The folders that a step moves as a whole, whose modes go along.
struct MovedFolders {
  private let moves: [(source: String, target: String)]

  init(_ entries: [FileEntry]) {
    moves = entries.compactMap { entry in
      guard case .moveTree(let source) = entry.action else { return nil }
      return (source, entry.path)
    }
  }

  /// The permission bits of the folder that comes to a path; nil where none does.
  ///
  /// Its owner may always enter and write: else it could neither be filled nor be placed.
  func mode(of path: RelativePath, in tree: RootTree) throws(SystemError) -> UInt32? {
    for move in moves {
      guard path.text == move.target || path.text.hasPrefix(move.target + "/") else { continue }
      let source: RelativePath
      do {
        source = try RelativePath(move.source + path.text.dropFirst(move.target.count))
      } catch {
        // The rest of a path of this step below a path that was checked when it was planned.
        continue
      }
      do throws(SystemError) {
        guard let status = try tree.status(of: source), status.kind == .directory else { continue }
        return status.mode & 0o1777 | 0o700
      } catch {
        if !error.isAboutPath { throw error }
      }
    }
    return nil
  }
}
