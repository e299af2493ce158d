import Glibc
import Manifests
import Planning
import Platform

/// The folders that a step moves as a whole, whose modes, owners and attributes go along.
struct MovedFolders {
  private let moves: [(source: String, target: String)]

  init(_ entries: [FileEntry]) {
    moves = entries.compactMap { entry in
      guard case .moveTree(let source) = entry.action else { return nil }
      return (source, entry.path)
    }
  }

  /// Makes the new folder at a path like the one that comes there; false where none does.
  ///
  /// Its owner may always enter and write: else it could neither be filled nor be placed.
  func makeAlike(
    _ made: Int32, for path: RelativePath, in tree: RootTree
  ) throws(SystemError) -> Bool {
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
        let original = try tree.open(source, O_RDONLY | O_DIRECTORY)
        try FolderCopy.makeAlike(
          made, original.raw, status, mode: status.mode & 0o3777 | 0o700, path: path.text)
        return true
      } catch {
        if !error.isAboutPath { throw error }
      }
    }
    return false
  }
}
