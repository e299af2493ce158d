import Glibc
import Platform
import YAMLTree

/// What stands at a path as a step will find it.
enum Standing {
  case absent
  case regular(PresentFile)
  case symlink(target: String)
  case folder
  case special
  /// Something above the path is no folder.
  case blocked(by: RelativePath, isLink: Bool, isDeclared: Bool)
}

/// A regular file as a step will find it: as the tree has it, or as an earlier step makes it.
enum PresentFile {
  case inTree(FileStatus)
  case planned(RegularFile)

  var size: Int {
    switch self {
    case .inTree(let status): Int(status.size)
    case .planned(let file): file.size
    }
  }

  /// The permission bits; nil for a file that an earlier step creates.
  var mode: UInt32? {
    switch self {
    case .inTree(let status): status.mode
    case .planned(let file): file.mode
    }
  }

  var isExecutable: Bool {
    switch self {
    case .inTree(let status): status.isExecutable
    case .planned(let file): file.isExecutable ?? ((file.mode ?? 0) & 0o111 != 0)
    }
  }
}

/// A tree together with what the steps planned so far make of it.
///
/// Nothing is read that no entry asks for: a path costs one `status` call, a folder is listed only
/// where something in it is removed.
struct PlanningOverlay<Tree: FileTree> {
  private enum Node {
    case state(FileState)
    /// A folder made anew where the tree has something else, or had one that was emptied.
    case folder
  }

  let tree: Tree
  private var nodes: [RelativePath: Node] = [:]
  /// For each folder, by name, whether a planned change leaves something there.
  private var changes: [RelativePath: [String: Bool]] = [:]
  /// How much is left in a folder of the tree, for those that were listed.
  private var live: [RelativePath: Int] = [:]
  private var listed: [RelativePath: Set<String>] = [:]
  /// Paths whose state depends on a command, or on an entry in conflict.
  private var undetermined: Set<RelativePath> = []
  /// Folders that the next `prune` looks at besides those above what was removed.
  private var candidates: [RelativePath] = []

  init(tree: Tree) { self.tree = tree }

  /// True if an earlier step touches the path.
  func isPlanned(_ path: RelativePath) -> Bool { nodes[path] != nil }

  /// What an earlier step leaves at the path, unless that is a folder; nil where none touches it.
  func planned(_ path: RelativePath) -> FileState? {
    if case .state(let state) = nodes[path] { state } else { nil }
  }

  // MARK: What is not known

  mutating func setUndetermined(_ path: RelativePath) { undetermined.insert(path) }

  /// True if the path, or a folder above it, is not known before an earlier step has run.
  func isUndetermined(_ path: RelativePath) -> Bool {
    guard !undetermined.isEmpty else { return false }
    return undetermined.contains(path) || path.ancestors.contains(where: undetermined.contains)
  }

  // MARK: Looking

  /// What stands at a path; throws what keeps the tree from being looked at.
  func look(at path: RelativePath) throws(SystemError) -> Standing {
    if let node = nodes[path] {
      switch node {
      case .state(.absent): return .absent
      case .state(.regular(let file)): return .regular(.planned(file))
      case .state(.symlink(let target)): return .symlink(target: target)
      case .folder: return .folder
      }
    }
    if !nodes.isEmpty {
      var above = path.parent
      while let folder = above {
        switch nodes[folder] {
        case .state(.absent): return .absent
        // Made anew, with the folders that planned files stand in.
        case .folder: return isMade(path) ? .folder : .absent
        case .state(.regular): return .blocked(by: folder, isLink: false, isDeclared: true)
        case .state(.symlink): return .blocked(by: folder, isLink: true, isDeclared: true)
        case nil: above = folder.parent
        }
      }
    }
    return try lookInTree(at: path)
  }

  /// True if a planned change leaves something in the folder.
  private func isMade(_ folder: RelativePath) -> Bool {
    changes[folder]?.values.contains(true) == true
  }

  private func lookInTree(at path: RelativePath) throws(SystemError) -> Standing {
    let status: FileStatus?
    do {
      status = try tree.status(of: path)
    } catch let error where error.code == ENOTDIR || error.code == ELOOP {
      return try blocker(of: path, error)
    }
    guard let status else {
      // Nothing in the tree; an earlier step may have made it a folder.
      return isMade(path) ? .folder : .absent
    }
    switch status.kind {
    case .regular: return .regular(.inTree(status))
    case .directory: return .folder
    case .symlink: return .symlink(target: try tree.linkTarget(of: path))
    case .special: return .special
    }
  }

  /// The topmost thing above the path that is no folder.
  private func blocker(
    of path: RelativePath, _ error: SystemError
  ) throws(SystemError) -> Standing {
    for folder in path.ancestors.reversed() {
      guard let status = try tree.status(of: folder), status.kind != .directory else { continue }
      return .blocked(by: folder, isLink: status.kind == .symlink, isDeclared: false)
    }
    throw error
  }

  /// The digest of a file that stands at the path.
  func digest(of path: RelativePath, _ file: PresentFile) throws(SystemError) -> Digest {
    switch file {
    case .inTree(let status): try tree.digest(of: path, status: status)
    case .planned(let file): file.digest
    }
  }

  /// The bytes of a file that stands at the path; EFBIG above `limit`.
  func bytes(
    of path: RelativePath, _ file: PresentFile, limit: Int
  ) throws(SystemError) -> [UInt8] {
    if case .planned(let file) = file, let content = file.content { return content.decoded() }
    return try tree.bytes(of: path, limit: limit)
  }

  /// The names in a folder as a step will find them, sorted by bytes.
  func names(in folder: RelativePath) throws(SystemError) -> [String] {
    var names: Set<String> = []
    if nodes[folder] == nil, case .folder = try lookInTree(at: folder) {
      if try tree.status(of: folder) != nil { names = Set(try tree.names(in: folder)) }
    }
    for (name, stands) in changes[folder] ?? [:] {
      if stands { names.insert(name) } else { names.remove(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Those of a folder's names that are no UTF-8: no step can make or remove one.
  func namesThatAreNoText(in folder: RelativePath) throws(SystemError) -> [RawPath] {
    try tree.namesThatAreNoText(in: folder)
  }

  // MARK: Changing

  /// Makes room for so many more paths.
  mutating func reserve(_ count: Int) { nodes.reserveCapacity(nodes.count + count) }

  /// Records what a step leaves at a path.
  mutating func set(_ path: RelativePath, to state: FileState) {
    nodes[path] = .state(state)
    if case .absent = state {
      note(path, stands: false)
      return
    }
    note(path, stands: true)
    var above = path.parent
    while let folder = above {
      if case .state(.absent) = nodes[folder] {
        nodes[folder] = .folder
      } else if let parent = folder.parent, changes[parent]?[String(folder.name)] == true {
        break
      }
      note(folder, stands: true)
      above = folder.parent
    }
  }

  private mutating func note(_ path: RelativePath, stands: Bool) {
    guard let folder = path.parent else { return }
    let name = String(path.name)
    if let count = live[folder], let names = listed[folder] {
      let stood = changes[folder]?[name] ?? names.contains(name)
      live[folder] = count + (stands ? 1 : 0) - (stood ? 1 : 0)
    }
    changes[folder, default: [:]][name] = stands
  }

  /// Names folders all of whose files are removed: they are looked at by the next `prune`, even
  /// where nothing was in them.
  mutating func willPrune(_ folders: [RelativePath]) { candidates += folders }

  /// True of a folder that `willPrune` has named.
  func isToBePruned(_ folder: RelativePath) -> Bool { candidates.contains(folder) }

  /// Removes the folders that the removal of these paths has left empty, and those above them
  /// that this empties; returns them, the deepest first.
  mutating func prune(after removed: [RelativePath]) throws(SystemError) -> [RelativePath] {
    var emptied: [RelativePath] = []
    for folder in candidates where try isEmptied(folder) {
      nodes[folder] = .state(.absent)
      note(folder, stands: false)
      emptied.append(folder)
    }
    candidates = []
    for path in removed {
      var above = path.parent
      while let folder = above {
        // One that is gone already may have emptied those above it.
        if case .state(.absent) = nodes[folder] {
        } else if try isEmptied(folder) {
          nodes[folder] = .state(.absent)
          note(folder, stands: false)
          emptied.append(folder)
        } else {
          break
        }
        above = folder.parent
      }
    }
    return emptied
  }

  private mutating func isEmptied(_ folder: RelativePath) throws(SystemError) -> Bool {
    if case .state(.absent) = nodes[folder] { return false }
    if let count = live[folder] { return count == 0 }
    var names: Set<String> = []
    if nodes[folder] == nil {
      guard case .folder = try lookInTree(at: folder), try tree.status(of: folder) != nil else {
        // Made by an earlier step: only planned files stand in it.
        return changes[folder]?.values.contains(true) == false
      }
      names = Set(try tree.names(in: folder))
    }
    var count = names.count
    for (name, stands) in changes[folder] ?? [:] {
      if names.contains(name) { count -= stands ? 0 : 1 } else { count += stands ? 1 : 0 }
    }
    live[folder] = count
    listed[folder] = names
    return count == 0
  }

  /// True if a folder that was emptied has been made anew.
  func isFolder(_ path: RelativePath) -> Bool {
    if case .folder = nodes[path] { true } else { false }
  }
}
