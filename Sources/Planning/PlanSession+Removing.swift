import Manifests
import Platform
import YAMLTree

/// What a move takes away, before anything of the step is created.
struct MoveSource {
  /// What stood at the source, or at each path below it; empty where it is gone.
  var files: [(path: RelativePath, before: FileState)]
  /// The folders below the source of a `move_tree`, the deepest first.
  var folders: [RelativePath]

  var removed: [RelativePath] { files.map(\.path) }
}

extension ResolvedEntry {
  var isMove: Bool { source != nil }
}

extension PlanSession {
  /// Plans `delete` and `delete_tree`.
  func removal(_ entry: ResolvedEntry) throws(EntryFault) -> [PlannedFile] {
    let standing = try look(at: entry.path)
    if try isBehindWantedLink(standing) { return [nothing(entry)] }
    if case .blocked(_, isLink: false, _) = standing { return [nothing(entry)] }
    if case .absent = standing { return [nothing(entry)] }
    if case .deleteTree = entry.entry.action { return try removedTree(entry, standing) }
    // The second time: the file is gone, and the folder that the manifest wants stands there.
    if case .folder = standing, hasDeclared(below: entry.path) { return [nothing(entry)] }
    let before = try removable(entry.path, standing, "delete_tree")
    try checkBefore(entry, holding: before)
    if let patch = entry.patch { try check(entry, patch, standing) }
    try authorise(
      entry.path, standing, holding: before, writing: .absent,
      guardedByMatch: entry.patch?.hunks.isEmpty == false)
    return [file(entry, .deleted, before: before, after: .absent)]
  }

  /// True where the manifest wants the very link that stands above a path: the second time, a
  /// folder has become that link, and nothing of the folder is there any more.
  private func isBehindWantedLink(_ standing: Standing) throws(EntryFault) -> Bool {
    guard case .blocked(let link, isLink: true, _) = standing, let wanted = declaredLinks[link],
      case .symlink(let target) = try look(at: link)
    else { return false }
    return wanted.contains(target)
  }

  /// A patch removes a file whose bytes are those that it shows.
  private func check(
    _ entry: ResolvedEntry, _ patch: FilePatch, _ standing: Standing
  ) throws(EntryFault) {
    let bytes: [UInt8]
    switch standing {
    case .regular(let file): bytes = try self.bytes(of: entry.path, file)
    case .symlink(let target): bytes = Array(target.utf8)
    default: return
    }
    // An envelope names the file only.
    if patch.hunks.isEmpty { return }
    do throws(EditFailure) {
      guard try transformation(entry, for: bytes).applied(to: bytes).isEmpty else {
        throw EditFailure(
          "conflict-no-match", "the file holds more than the patch removes",
          hint: "make the diff anew, or use 'delete: true'")
      }
    } catch {
      throw EntryFault(error.at(entry.entry.actionMark))
    }
  }

  func nothing(_ entry: ResolvedEntry) -> PlannedFile {
    file(entry, .unchanged, before: .absent, after: .absent)
  }

  /// The state of a file or link that is to go.
  private func removable(
    _ path: RelativePath, _ standing: Standing, _ keyForFolders: String
  ) throws(EntryFault) -> FileState {
    switch standing {
    case .regular(let file): return .regular(try replaced(path, file))
    case .symlink(let target): return .symlink(target: target)
    case .folder:
      throw EntryFault(
        .conflict, "conflict-folder", "'\(path)' is a folder", hint: "use '\(keyForFolders)'")
    case .special: throw special(path)
    case .absent, .blocked:
      _ = try self.standing(of: path)
      throw EntryFault(.missing, "conflict-absent", "'\(path)' does not exist")
    }
  }

  private func removedTree(
    _ entry: ResolvedEntry, _ standing: Standing
  ) throws(EntryFault) -> [PlannedFile] {
    guard case .folder = standing else {
      throw EntryFault(
        .conflict, "conflict-file", "'\(entry.path)' is no folder", hint: "use 'delete'")
    }
    let content = try contents(of: entry.path)
    var files: [PlannedFile] = []
    for path in content.files {
      let standing = try self.standing(of: path)
      let before = try removable(path, standing, "delete_tree")
      try authorise(path, standing, holding: before, writing: .absent)
      files.append(
        PlannedFile(
          path: path, action: .deleted, before: before, after: .absent, mark: entry.entry.mark))
    }
    for file in files { overlay.set(file.path, to: .absent) }
    overlay.willPrune(content.folders)
    return files
  }

  /// The files and links below a folder, sorted by path, and the folders, the deepest first.
  func contents(
    of folder: RelativePath
  ) throws(EntryFault) -> (files: [RelativePath], folders: [RelativePath]) {
    var files: [RelativePath] = []
    var folders: [RelativePath] = []
    var pending = [folder]
    do {
      while let next = pending.popLast() {
        folders.append(next)
        for name in try overlay.names(in: next) {
          try refuseIfNoText(name, in: next)
          let path = try path(name, in: next)
          switch try overlay.look(at: path) {
          case .folder: pending.append(path)
          case .special: throw special(path)
          default:
            try checkIsNoManifest(path)
            files.append(path)
          }
        }
      }
    } catch let error as SystemError {
      throw EntryFault(error)
    } catch let error as EntryFault {
      throw error
    } catch {
      throw EntryFault(asking: error)
    }
    return (files.sorted(), folders.reversed())
  }

  private func checkIsNoManifest(_ path: RelativePath) throws(EntryFault) {
    guard options.manifestPaths.contains(path) else { return }
    throw EntryFault(
      .conflict, "path-protected", "'\(path)' is a manifest of this run",
      hint: "move it out of the folder: mtor never writes there")
  }

  /// A name that is no UTF-8 is listed with U+FFFD, and under that nothing stands.
  private func refuseIfNoText(_ name: String, in folder: RelativePath) throws(EntryFault) {
    guard name.unicodeScalars.contains("\u{FFFD}") else { return }
    let names: [RawPath]
    do throws(SystemError) { names = try overlay.namesThatAreNoText(in: folder) } catch {
      throw EntryFault(error)
    }
    guard let odd = names.first(where: { $0.decoded == name }) else { return }
    throw EntryFault(
      .conflict, "path-control", "in '\(folder)': the name '\(odd.shown)' is no UTF-8",
      hint: "remove it yourself: mtor does not touch such names")
  }

  /// A name that was found in the tree; one that breaks the rules cannot be removed or moved.
  private func path(_ name: String, in folder: RelativePath) throws(EntryFault) -> RelativePath {
    do {
      return try folder.appending(name)
    } catch {
      throw EntryFault(
        .conflict, error.rule, "in '\(folder)': \(error.message)",
        hint: "remove it yourself: mtor does not touch such names")
    }
  }

  // MARK: The source of a move

  /// Takes what a move moves out of the overlay.
  func takeSource(of entry: ResolvedEntry) throws(EntryFault) -> MoveSource {
    guard let source = entry.source else { return MoveSource(files: [], folders: []) }
    let standing = try look(at: source)
    if try isBehindWantedLink(standing) { return MoveSource(files: [], folders: []) }
    var isTree = false
    if case .moveTree = entry.entry.action { isTree = true }
    switch standing {
    case .absent, .blocked(_, isLink: false, _): return MoveSource(files: [], folders: [])
    // The second time: the file is gone, and the folder that the manifest wants stands there.
    case .folder where !isTree && hasDeclared(below: source):
      return MoveSource(files: [], folders: [])
    default: break
    }
    var taken = MoveSource(files: [], folders: [])
    if isTree {
      guard case .folder = standing else {
        throw EntryFault(
          .conflict, "conflict-file", "'\(source)' is no folder", hint: "use 'move_from'")
      }
      let content = try contents(of: source)
      for path in content.files {
        taken.files.append((path, try movable(path, try self.standing(of: path))))
      }
      taken.folders = content.folders
    } else {
      taken.files.append((source, try movable(source, standing)))
    }
    for path in taken.removed { overlay.set(path, to: .absent) }
    overlay.willPrune(taken.folders)
    return taken
  }

  /// The state of a file that is to go elsewhere, with its bytes.
  private func movable(
    _ path: RelativePath, _ standing: Standing
  ) throws(EntryFault) -> FileState {
    var before = try removable(path, standing, "move_tree")
    if case .regular(let file) = standing {
      before = .regular(try state(path, file, bytes: try bytes(of: path, file)))
    }
    try authorise(path, standing, holding: before, writing: .absent)
    return before
  }
}
