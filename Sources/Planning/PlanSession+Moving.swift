import Manifests
import Platform
import YAMLTree

extension ResolvedEntry {
  /// True for a move that changes what it moves.
  var isChanging: Bool {
    switch entry.action {
    case .move(_, let edits): !edits.isEmpty
    case .patch: patch?.hunks.isEmpty == false
    default: false
    }
  }
}

extension PlanSession {
  /// Plans `move_from` with its edits, or a patch that renames.
  func moved(
    _ entry: ResolvedEntry, from source: MoveSource
  ) throws(EntryFault) -> [PlannedFile] {
    guard let (origin, taken) = source.files.first else {
      return [try movedBefore(entry)]
    }
    let standing = try standing(of: entry.path)
    let before = try target(entry.path, standing)
    var after = taken
    if case .regular(var file) = taken {
      if entry.isChanging, let bytes = file.content?.decoded() {
        let result = try edited(entry, bytes)
        file = RegularFile(
          digest: Digest(of: result), size: result.count, mode: file.mode,
          isExecutable: file.isExecutable, content: Text(result))
      }
      (file.mode, file.isExecutable) = mode(for: entry.entry, on: .planned(file))
      after = .regular(file)
    }
    try checkBefore(entry, holding: before)
    try authorise(entry.path, standing, holding: before, writing: after)
    var moved = file(
      entry, .moved, before: before, after: after, declared: Declaration.digest(of: entry))
    moved.movedFrom = origin
    return [moved, gone(entry, origin, taken, to: entry.path)]
  }

  /// The source of a move.
  private func gone(
    _ entry: ResolvedEntry, _ source: RelativePath, _ before: FileState, to target: RelativePath
  ) -> PlannedFile {
    var file = PlannedFile(
      path: source, action: .deleted, before: before, after: .absent, mark: entry.entry.actionMark)
    file.movedTo = target
    return file
  }

  /// What a move replaces: nothing, or a file or link that may be replaced.
  private func target(
    _ path: RelativePath, _ standing: Standing
  ) throws(EntryFault) -> FileState {
    switch standing {
    case .absent: return .absent
    case .regular(let file): return .regular(try replaced(path, file))
    case .symlink(let target): return .symlink(target: target)
    case .folder:
      throw EntryFault(
        .conflict, "conflict-folder", "'\(path)' is a folder",
        hint: "write the file's whole new path")
    case .special, .blocked: throw special(path)
    }
  }

  func edited(_ entry: ResolvedEntry, _ bytes: [UInt8]) throws(EntryFault) -> [UInt8] {
    do {
      switch try transformation(entry, for: bytes).evaluated(on: bytes) {
      case .stands: return bytes
      case .changed(let result):
        try transformation(entry, for: result).proveIdempotent(on: result)
        return result
      }
    } catch {
      throw EntryFault(error.at(entry.entry.actionMark))
    }
  }

  /// A move whose source is gone: done already, if the target is known to be its result.
  private func movedBefore(
    _ entry: ResolvedEntry
  ) throws(EntryFault) -> PlannedFile {
    let source = entry.source?.text ?? ""
    let standing = try standing(of: entry.path)
    let declared = Declaration.digest(of: entry)
    switch standing {
    case .regular(let present):
      if case .planned = present {
        return try unchanged(
          entry, present, digest: try digest(of: entry.path, present), declared: declared)
      }
      if let file = try standingMove(entry, present, declared) { return file }
      if entry.isChanging { return try transformed(entry) }
      try checkKnown(entry, .regular(try state(entry.path, present)), source)
      return try unchanged(
        entry, present, digest: try digest(of: entry.path, present), declared: declared)
    case .symlink(let target):
      let state = FileState.symlink(target: target)
      try checkKnown(entry, state, source)
      return file(entry, .unchanged, before: state, after: state, declared: declared)
    case .absent, .folder, .special, .blocked:
      throw EntryFault(
        .missing, "conflict-absent", "'\(source)' does not exist", hint: "correct 'move_from'")
    }
  }

  /// The target as an earlier run left it; with `--declared` what was moved is put back where a repair
  /// stands.
  private func standingMove(
    _ entry: ResolvedEntry, _ present: PresentFile, _ declared: Digest?
  ) throws(EntryFault) -> PlannedFile? {
    guard let declared else { return nil }
    let path = entry.path
    let digest = try digest(of: path, present)
    let run = try repair(of: path, declared, digest)
    let stands = try stands(path, declared, digest)
    if run == nil, !stands {
      return try isRepaired(path, declared, digest) ? try transformed(entry) : nil
    }
    var file = try unchanged(entry, present, digest: digest, declared: declared)
    file.repairedIn = run
    return file
  }

  /// The target of a finished move stands as HEAD or memory has it.
  private func checkKnown(
    _ entry: ResolvedEntry, _ state: FileState, _ source: String
  ) throws(EntryFault) {
    let path = entry.path
    switch try ask({ try $0.claim(on: path, holding: state) }) {
    case .committed, .ours: return
    case .persons(let why), .foreign(let why):
      if options.force { return }
      throw EntryFault(
        .conflict, "conflict-moved",
        "'\(source)' is gone, and '\(path)' \(why): whether it is the moved file is not known",
        hint: "commit it if it is, or put '\(source)' back")
    }
  }

  // MARK: Folders

  /// Plans `move_tree`: each file below the source is moved.
  func movedTree(
    _ entry: ResolvedEntry, from source: MoveSource
  ) throws(EntryFault) -> [PlannedFile] {
    guard let folder = entry.source else { return [] }
    if source.files.isEmpty { return try movedTreeBefore(entry, folder) }
    var files: [PlannedFile] = []
    for (origin, taken) in source.files {
      let path = try newPath(of: origin, below: folder, in: entry.path)
      let standing = try standing(of: path)
      guard case .absent = standing else {
        throw EntryFault(
          .conflict, "conflict-exists", "'\(path)' stands where '\(origin)' is to be moved",
          hint: "move the file away, or delete it in the same step")
      }
      try authorise(path, standing, holding: .absent, writing: taken)
      var moved = PlannedFile(
        path: path, action: .moved, before: .absent, after: taken, mark: entry.entry.mark)
      moved.movedFrom = origin
      moved.isFrozen = entry.entry.isFrozen
      flag(&moved)
      files.append(moved)
      files.append(gone(entry, origin, taken, to: path))
    }
    for file in files where file.action == .moved { overlay.set(file.path, to: file.after) }
    return files
  }

  private func newPath(
    of path: RelativePath, below folder: RelativePath, in target: RelativePath
  ) throws(EntryFault) -> RelativePath {
    let rest = String(decoding: path.text.utf8.dropFirst(folder.text.utf8.count + 1), as: UTF8.self)
    do {
      return try target.appending(rest)
    } catch {
      throw EntryFault(.manifest, error.rule, error.message, hint: error.hint)
    }
  }

  private func movedTreeBefore(
    _ entry: ResolvedEntry, _ folder: RelativePath
  ) throws(EntryFault) -> [PlannedFile] {
    guard case .folder = try standing(of: entry.path) else {
      throw EntryFault(
        .missing, "conflict-absent", "'\(folder)' does not exist or holds no files",
        hint: "correct 'move_tree'")
    }
    var moved: [PlannedFile] = []
    for path in try contents(of: entry.path).files {
      let standing = try standing(of: path)
      if overlay.isPlanned(path) { return [] }
      let state = try target(path, standing)
      switch try ask({ try $0.claim(on: path, holding: state) }) {
      case .committed, .ours:
        moved.append(
          PlannedFile(
            path: path, action: .unchanged, before: state, after: state, mark: entry.entry.mark))
      case .persons, .foreign: continue
      }
    }
    if !moved.isEmpty { return moved }
    throw EntryFault(
      .conflict, "conflict-moved",
      "'\(folder)' is gone, and nothing in '\(entry.path)' is known to come from it",
      hint: "commit it if it does, or put '\(folder)' back")
  }
}
