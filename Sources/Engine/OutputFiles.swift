import Glibc
import Platform

/// The files that a step's `outputs` name, as they stand.
enum OutputFiles {
  /// Every file and link that one of the globs matches, sorted.
  ///
  /// Folders that no glob can reach are not entered; git's own folder and mtor's state never are.
  static func matching(_ globs: [Glob], in tree: RootTree) throws(SystemError) -> [RelativePath] {
    try look(for: globs, in: tree).files
  }

  /// What stands where outputs can lie.
  struct Found {
    var files: [RelativePath] = []
    /// Every folder that was entered: of those above a file that matches, none is missing.
    var folders: Set<RelativePath> = []
    /// What matches under a name that no manifest could write.
    var unwritable: [UnwritablePath: FileStatus] = [:]
  }

  /// The same with the folders; what is `protected` is not entered.
  static func look(
    for globs: [Glob], in tree: RootTree, protected: [RelativePath] = []
  ) throws(SystemError) -> Found {
    var found = Found()
    if globs.isEmpty { return found }
    try walk(nil, globs, in: tree, protected, into: &found)
    found.files.sort()
    return found
  }

  private static func walk(
    _ folder: RelativePath?, _ globs: [Glob], in tree: RootTree,
    _ protected: [RelativePath], into found: inout Found
  ) throws(SystemError) {
    let above = folder.map { RawPath($0.text) } ?? RawPath("")
    for name in try tree.entries(in: folder) {
      if name.text == ".git" { continue }
      let path: RelativePath
      switch above.appending(name).relative {
      case .success(let writable): path = writable
      case .failure(let odd):
        let holder = try tree.openFolder(folder)
        try gather(odd, name, in: holder.raw, globs, into: &found)
        continue
      }
      guard path.text != ".mtor/state", !protected.contains(path) else { continue }
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

  /// What matches at a name that no manifest could write, or below it.
  private static func gather(
    _ path: UnwritablePath, _ name: RawPath, in holder: Int32, _ globs: [Glob],
    into found: inout Found
  ) throws(SystemError) {
    guard let status = try FileStatus.of(name, in: holder, path: path.raw) else { return }
    let text = path.raw.decoded
    switch status.kind {
    case .directory:
      guard globs.contains(where: { $0.mayMatch(below: text) }) else { return }
      let raw = openat(holder, name.cString, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if raw < 0 { throw SystemError("openat", path.raw.shown) }
      let folder = Descriptor(owning: raw)
      let inside = folder.raw
      for inner in try FolderListing.entries(of: Descriptor(duplicating: inside))
      where inner.text != ".git" {
        let below = UnwritablePath(raw: path.raw.appending(inner), reason: path.reason)
        try gather(below, inner, in: inside, globs, into: &found)
      }
    case .regular, .symlink:
      if globs.contains(where: { $0.matches(text) }) { found.unwritable[path] = status }
    case .special: return
    }
  }
}
