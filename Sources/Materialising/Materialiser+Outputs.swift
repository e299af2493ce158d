import CMtor
import Glibc
import Planning
public import Platform

/// The products of a step's commands: copied before, so that undo can put them back.
extension Materialiser {
  /// What stood at the outputs' paths before the commands.
  public final class OutputSnapshot {
    fileprivate let header: TransactionHeader
    fileprivate var before: [RelativePath: (slot: Int, recorded: Operation.Recorded)] = [:]
    /// The folders in which outputs could lie; nil: not known.
    fileprivate let folders: Set<RelativePath>?
    /// Those with outputs in them, of which copies were made.
    fileprivate var filled: [RelativePath: (slot: Int, recorded: Operation.Recorded)] = [:]
    fileprivate var nextSlot = 0

    fileprivate init(header: TransactionHeader, folders: Set<RelativePath>?) {
      self.header = header
      self.folders = folders
    }

    fileprivate func takeSlot() -> Int {
      defer { nextSlot += 1 }
      return nextSlot
    }
  }

  /// Copies the files and links that stand at the paths now. One snapshot at a time.
  ///
  /// `folders` are those that stand now of all in which outputs could lie: one that is not among
  /// them, and in which an output lies afterwards, was made by the commands and goes with it.
  public func beginOutputs(
    _ paths: [RelativePath], folders: Set<RelativePath>? = nil, of step: String, run: String,
    manifest: String
  ) throws(TreeError) -> OutputSnapshot {
    try requireRecovered()
    let snapshot = OutputSnapshot(
      header: TransactionHeader(run: run, manifest: manifest, step: step), folders: folders)
    if paths.isEmpty { return snapshot }
    try state.create()
    try recordUnit()
    do throws(SystemError) {
      try makeHolder(StateFolder.Names.outputs)
      let store = try openOutputs()
      for path in Set(paths).sorted() {
        let slot = snapshot.takeSlot()
        if let copy = try copy(path, to: slot, in: store.raw) {
          snapshot.before[path] = (slot, copy)
        }
      }
      for folder in Self.folders(above: snapshot.before.keys) {
        guard let status = try tree.status(of: folder), status.kind == .directory else { continue }
        let slot = snapshot.takeSlot()
        try FolderCopy.make(of: folder, status, in: tree, named: String(slot), in: store.raw)
        snapshot.filled[folder] = (
          slot, Operation.Recorded(.folder, status, digest: Inspector.noDigest)
        )
      }
    } catch {
      throw .system(error, note: "the step's outputs could not be copied; nothing was changed")
    }
    return snapshot
  }

  /// Adds to the undo store what the commands changed of the outputs; `paths` are those that
  /// match now. Returns the changed ones, in order.
  public func endOutputs(
    _ snapshot: OutputSnapshot, _ paths: [RelativePath]
  ) throws(TreeError) -> [RelativePath] {
    do throws(SystemError) {
      return try difference(snapshot, paths)
    } catch {
      throw .system(error, note: "the step's outputs cannot be undone")
    }
  }

  private func difference(
    _ snapshot: OutputSnapshot, _ paths: [RelativePath]
  ) throws(SystemError) -> [RelativePath] {
    var changed: [Operation] = []
    var header = snapshot.header
    for path in Set(paths).union(snapshot.before.keys).sorted() {
      let now = try present(at: path)
      let copy = snapshot.before[path]
      // Where a folder has taken a file's place, the file has gone.
      let file = now?.kind == .folder ? nil : now
      guard let kind = Self.change(from: copy?.recorded, to: file) else { continue }
      header.kept += copy?.recorded.size ?? 0
      changed.append(
        Operation(
          kind: kind, path: path, slot: copy?.slot ?? snapshot.takeSlot(), old: copy?.recorded,
          new: file, action: kind == .create ? .created : kind == .delete ? .deleted : .replaced))
    }
    // In the order of a step: what goes with its folders, then folders with what comes.
    let operations =
      changed.filter { $0.kind != .create } + (try foldersThatWent(snapshot))
      + (try foldersThatCame(snapshot, with: changed)) + changed.filter { $0.kind == .create }
    let outputs = StateFolder.Names.outputs
    if operations.isEmpty {
      if !state.isAbsent { try NewFile.removeAll(outputs, in: state.descriptor) }
      return []
    }
    if snapshot.before.isEmpty { try makeOutputsAgain() }
    try add(Journal(header: header, operations: operations), folder: outputs)
    return changed.map(\.path)
  }

  /// The folders that were there for outputs before and are not now, the deepest first. A file or a
  /// link may stand in the place of one.
  private func foldersThatWent(_ snapshot: OutputSnapshot) throws(SystemError) -> [Operation] {
    var operations: [Operation] = []
    for (path, copy) in snapshot.filled.sorted(by: { $1.key < $0.key })
    where try present(at: path)?.kind != .folder {
      operations.append(
        Operation(
          kind: .removeFolder, path: path, slot: copy.slot, old: copy.recorded, new: nil,
          action: .deleted))
    }
    return operations
  }

  /// The folders that the commands made for outputs or put where a file stood, the topmost first.
  private func foldersThatCame(
    _ snapshot: OutputSnapshot, with changed: [Operation]
  ) throws(SystemError) -> [Operation] {
    guard let standing = snapshot.folders else { return [] }
    var operations: [Operation] = []
    let above = Self.folders(above: changed.lazy.filter { $0.kind == .create }.map(\.path))
    let instead = changed.lazy.filter { $0.kind == .delete }.map(\.path)
    for path in Set(above).union(instead).sorted() where !standing.contains(path) {
      guard let now = try present(at: path), now.kind == .folder,
        try tree.status(of: path)?.kind == .directory
      else { continue }
      operations.append(
        Operation(
          kind: .makeFolder, path: path, slot: snapshot.takeSlot(), old: nil, new: now,
          action: .created))
    }
    return operations
  }

  private static func folders(above paths: some Sequence<RelativePath>) -> [RelativePath] {
    Set(paths.flatMap(\.ancestors)).sorted()
  }

  private func makeOutputsAgain() throws(SystemError) {
    do throws(TreeError) {
      try state.create()
      try recordUnit()
    } catch {
      if case .system(let error, _) = error { throw error }
      throw SystemError("mkdirat", state.path, code: EACCES)
    }
    try makeHolder(StateFolder.Names.outputs)
  }

  private static func change(
    from old: Operation.Recorded?, to new: Operation.Recorded?
  ) -> Operation.Kind? {
    switch (old, new) {
    case (nil, nil): nil
    case (nil, _): .create
    case (_, nil): .delete
    case (.some(let old), .some(let new)): new.isUnchanged(from: old) ? nil : .replace
    }
  }

  private func openOutputs() throws(SystemError) -> Descriptor {
    let holder = try NewFile.openFolder(StateFolder.Names.outputs, in: state.descriptor)
    return try NewFile.openFolder(StateFolder.Names.store, in: holder.raw)
  }

  /// Copies a file with all its attributes, or a link; nil where neither stands.
  private func copy(
    _ path: RelativePath, to slot: Int, in store: Int32
  ) throws(SystemError) -> Operation.Recorded? {
    guard let status = try tree.status(of: path) else { return nil }
    let name = String(slot)
    switch status.kind {
    case .directory, .special: return nil
    case .symlink:
      let target = try tree.linkTarget(of: path)
      while symlinkat(target, store, name) < 0 {
        if errno != EINTR { throw SystemError("symlinkat", path.text) }
      }
    case .regular:
      let source = try tree.open(path, O_RDONLY | O_NONBLOCK)
      _ = try NewFile.create(name, in: store, mode: 0o600, bytes: [])
      let raw = openat(store, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
      if raw < 0 { throw SystemError("openat", path.text) }
      let copy = Descriptor(owning: raw)
      var code = mtor_copy_bytes(source.raw, copy.raw)
      if code == 0 { code = mtor_copy_attributes(source.raw, copy.raw) }
      if code < 0 { throw SystemError("copy", path.text, code: -code) }
      if fchmod(copy.raw, status.mode) < 0 { throw SystemError("fchmod", path.text) }
      code = mtor_set_modified(copy.raw, status.modified)
      if code < 0 { throw SystemError("futimens", path.text, code: -code) }
    }
    return try Inspector.look(at: name, in: store, path: path.text)
  }
}
