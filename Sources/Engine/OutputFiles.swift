import Glibc
import Platform

/// The files that a step's `outputs` name, as they stand.
enum OutputFiles {
  /// Every file and link that one of the globs matches, sorted.
  ///
  /// Folders that no glob can reach are not entered; git's own folder and mtor's state never are.
  /// A name that no manifest could write is left out.
  static func matching(
    _ globs: [Glob], in tree: some FileTree
  ) throws(SystemError) -> [RelativePath] {
    if globs.isEmpty { return [] }
    var found: [RelativePath] = []
    try walk(nil, globs, in: tree, into: &found)
    return found.sorted()
  }

  private static func walk(
    _ folder: RelativePath?, _ globs: [Glob], in tree: some FileTree,
    into found: inout [RelativePath]
  ) throws(SystemError) {
    for name in try tree.names(in: folder) {
      guard let path = path(name, in: folder), path.text != ".mtor/state" else { continue }
      guard let status = try tree.status(of: path) else { continue }
      switch status.kind {
      case .directory:
        if globs.contains(where: { $0.mayMatch(below: path.text) }) {
          try walk(path, globs, in: tree, into: &found)
        }
      case .regular, .symlink:
        if globs.contains(where: { $0.matches(path.text) }) { found.append(path) }
      case .special: continue
      }
    }
  }

  private static func path(_ name: String, in folder: RelativePath?) -> RelativePath? {
    do throws(PathFault) {
      if let folder { return try folder.appending(name) }
      return try RelativePath(name)
    } catch {
      return nil
    }
  }
}

extension Glob {
  /// False only where nothing below a folder can match, by the part of the pattern that is plain.
  fileprivate func mayMatch(below folder: String) -> Bool {
    let plain = text.prefix { !"*?[{\\".contains($0) }
    // Without a slash at all a pattern stands for names in the root alone.
    guard let slash = plain.lastIndex(of: "/") else { return text.contains("/") }
    let prefix = plain[...slash]
    let entered = folder + "/"
    return entered.hasPrefix(prefix) || prefix.hasPrefix(entered)
  }
}
