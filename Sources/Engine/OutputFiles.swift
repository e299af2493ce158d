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
    try look(for: globs, in: tree).files
  }

  /// What stands where outputs can lie.
  struct Found {
    var files: [RelativePath] = []
    /// Every folder that was entered: of those above a file that matches, none is missing.
    var folders: Set<RelativePath> = []
  }

  /// The same with the folders; what is `protected` is not entered.
  static func look(
    for globs: [Glob], in tree: some FileTree, protected: [RelativePath] = []
  ) throws(SystemError) -> Found {
    var found = Found()
    if globs.isEmpty { return found }
    try walk(nil, globs, in: tree, protected, into: &found)
    found.files.sort()
    return found
  }

  private static func walk(
    _ folder: RelativePath?, _ globs: [Glob], in tree: some FileTree,
    _ protected: [RelativePath], into found: inout Found
  ) throws(SystemError) {
    for name in try tree.names(in: folder) {
      guard let path = path(name, in: folder), path.text != ".mtor/state",
        !protected.contains(path)
      else { continue }
      guard let status = try tree.status(of: path) else { continue }
      switch status.kind {
      case .directory:
        if globs.contains(where: { $0.mayMatch(below: path.text) }) {
          found.folders.insert(path)
          try walk(path, globs, in: tree, protected, into: &found)
        }
      case .regular, .symlink:
        if globs.contains(where: { $0.matches(path.text) }) {
          found.files.append(path)
        }
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
