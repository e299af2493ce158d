import Glibc
import Platform

/// Taking a transaction back.
extension Transaction {
  /// Puts every path back as it was, the last operation first; what holds somebody else's bytes
  /// is left and noted in `kept`.
  func takeBack() throws(Fault) {
    for operation in operations.reversed() {
      // The second signal: at once. Recovery goes on from whatever stands.
      if Interruption.count > 1 { throw .interrupted }
      do throws(SystemError) { try takeBack(operation) } catch { throw .system(error) }
    }
  }

  /// The paths that are not as this transaction, or what was accepted since, left them.
  ///
  /// Where nothing stands by now, nobody's bytes are in the way: a new file is gone already, and an old
  /// one comes back as if it had been deleted.
  func changedSince() throws(SystemError) -> [Operation] {
    var changed: [Operation] = []
    // A file that became a folder: the folder that stands there is ours.
    let made = Dictionary(
      operations.filter { $0.kind == .makeFolder }.map { ($0.path, $0.new?.inode) },
      uniquingKeysWith: { first, _ in first })
    for operation in operations where operation.kind != .note {
      if operation.kind == .makeFolder || operation.kind == .removeFolder { continue }
      switch (try look(operation), operation.new) {
      case (.nothing, _), (.gone, _), (.unreachable, nil): continue
      case (.something(let found, _, _), nil) where made[operation.path] == found.inode: continue
      case (.something(let found, _, _), nil) where isAccepted(found, operation): continue
      case (.something(let found, _, _), .some(let new)):
        if !isOurs(found, operation, new) { changed.append(operation) }
      default: changed.append(operation)
      }
    }
    return changed
  }

  /// What cannot come back, since nothing is kept of it any more.
  func withoutCopy() throws(SystemError) -> [Operation] {
    var lost: [Operation] = []
    for operation in operations where operation.kind == .replace || operation.kind == .delete {
      if try FileStatus.of(String(operation.slot), in: store.raw) == nil { lost.append(operation) }
    }
    return lost
  }

  private enum Look {
    case nothing
    case something(Operation.Recorded, folder: Int32, name: String)
    /// A parent is gone.
    case gone
    /// A parent is no folder any more.
    case unreachable
  }

  private func look(_ operation: Operation) throws(SystemError) -> Look {
    do throws(SystemError) {
      let (folder, name) = try locate(operation)
      guard let found = try Inspector.look(at: name, in: folder, path: operation.path.text) else {
        return .nothing
      }
      return .something(found, folder: folder, name: name)
    } catch {
      if error.code == ENOENT { return .gone }
      if error.isAboutPath { return .unreachable }
      throw error
    }
  }

  /// The same, where something is to come back: an undo makes the folders for it again that are gone.
  private func lookRemaking(_ operation: Operation) throws(SystemError) -> Look {
    let seen = try look(operation)
    guard isUndo, case .gone = seen else { return seen }
    for path in operation.path.ancestors.reversed() {
      do throws(SystemError) {
        _ = try folders.open(path)
      } catch {
        // A file or a link in its place stays.
        guard error.code == ENOENT else { break }
        let folder = try folders.open(path.parent)
        while mkdirat(folder, String(path.name), 0o777) < 0 {
          if errno == EEXIST { break }
          if errno != EINTR { throw SystemError("mkdirat", path.text) }
        }
        remade.insert(path)
      }
    }
    return try look(operation)
  }

  private func isOurs(
    _ found: Operation.Recorded, _ operation: Operation, _ new: Operation.Recorded
  ) -> Bool {
    found.isVery(new) || acceptsCopies && found.isUnchanged(from: new)
      || isAccepted(found, operation)
  }

  /// True for what a command of the run is known to have made.
  private func isAccepted(_ found: Operation.Recorded, _ operation: Operation) -> Bool {
    guard let result = found.resultDigest else { return false }
    return accepted[operation.path] == result
  }

  private func takeBack(_ operation: Operation) throws(SystemError) {
    switch operation.kind {
    case .note: return
    case .makeFolder: try takeBackFolder(operation)
    case .create: try takeBackCreation(operation)
    case .replace: try takeBackReplacement(operation)
    case .delete: try takeBackDeletion(operation)
    case .removeFolder: try takeBackFolderRemoval(operation)
    }
  }

  private func inSlot(_ operation: Operation) throws(SystemError) -> Operation.Recorded? {
    try Inspector.look(at: String(operation.slot), in: store.raw, path: operation.path.text)
  }

  /// True if the new folder in which it was staged is still in the store.
  private func isStaged(_ operation: Operation) throws(SystemError) -> Bool {
    guard let top = operation.within else { return false }
    return try FileStatus.of(String(top), in: store.raw) != nil
  }

  // MARK: Each kind

  private func takeBackFolder(_ operation: Operation) throws(SystemError) {
    if try isStaged(operation) { return }
    if try FileStatus.of(String(operation.slot), in: store.raw) != nil { return }
    guard case .something(let found, let folder, let name) = try look(operation),
      found.kind == .folder,
      found.inode == operation.new?.inode || remade.contains(operation.path)
    else { return }
    folders.leave(operation.path)
    while unlinkat(folder, name, AT_REMOVEDIR) < 0 {
      // A person filled it: it stays, with what they put there.
      if errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT || errno == ENOTDIR { return }
      if errno != EINTR { throw SystemError("unlinkat", operation.path.text) }
    }
  }

  private func takeBackCreation(_ operation: Operation) throws(SystemError) {
    if try isStaged(operation) { return }
    guard let new = operation.new else { return }
    let path = operation.path.text
    if let slot = try inSlot(operation), slot.inode == new.inode {
      // Never placed, or back already. Without RENAME_NOREPLACE it may have both names.
      if case .something(let found, let folder, let name) = try look(operation),
        found.isVery(slot)
      {
        try unlink(name, in: folder, path)
      }
      return
    }
    guard case .something(let found, let folder, let name) = try look(operation) else { return }
    guard isOurs(found, operation, new) else { return keep(operation, inSlot: false) }
    try renaming.takeAside(operation.slot, folder, name, path: path)
    if let taken = try inSlot(operation), isOurs(taken, operation, new) { return }
    // Changed between the look and the rename: back with it.
    try renaming.place(operation.slot, folder, name, path: path)
    keep(operation, inSlot: false)
  }

  private func takeBackReplacement(_ operation: Operation) throws(SystemError) {
    let path = operation.path.text
    try renaming.settle(operation.slot)
    guard let new = operation.new, let old = operation.old else {
      return keep(operation, inSlot: false)
    }
    guard let slot = try inSlot(operation) else {
      let isBack = isUndo ? try isBack(operation, old) : false
      if !isBack { keep(operation, inSlot: false) }
      return
    }
    if slot.inode == new.inode { return }
    let folder: Int32
    let name: String
    let found: Operation.Recorded
    let isLast = !takenFurther.contains(operation.path)
    switch try isLast ? lookRemaking(operation) : look(operation) {
    case .something(let standing, let parent, let last):
      (found, folder, name) = (standing, parent, last)
    case .nothing where isUndo, .gone where isUndo:
      // What is taken back further comes from there; to bring this one before would need folders
      // of which a cut-off forgets that they are to go again.
      return try isLast
        ? placeAgain(operation) : unlink(String(operation.slot), in: store.raw, path)
    case .nothing, .gone, .unreachable: return keep(operation, inSlot: true)
    }
    if found.inode != new.inode && found.isUnchanged(from: old) {
      // Placed without RENAME_NOREPLACE, it may have both names.
      if found.inode == slot.inode { try unlink(String(operation.slot), in: store.raw, path) }
      return
    }
    guard isOurs(found, operation, new) else { return keep(operation, inSlot: true) }
    try renaming.exchange(operation.slot, folder, name, path: path)
    if let taken = try inSlot(operation), isOurs(taken, operation, new) { return }
    try renaming.exchange(operation.slot, folder, name, path: path)
    keep(operation, inSlot: true)
  }

  private func takeBackDeletion(_ operation: Operation) throws(SystemError) {
    try renaming.settle(operation.slot)
    guard let slot = try inSlot(operation) else {
      guard isUndo, let old = operation.old else { return }
      if try !isBack(operation, old) { keep(operation, inSlot: false) }
      return
    }
    switch try lookRemaking(operation) {
    case .nothing: try placeAgain(operation)
    case .something(let found, let folder, let name):
      if found.isVery(slot) {
        return try unlink(String(operation.slot), in: store.raw, operation.path.text)
      }
      // A part of the undo that was cut off has put it in its place.
      if let old = operation.old, found.isUnchanged(from: old), slot.inode != old.inode,
        isAccepted(slot, operation)
      {
        return
      }
      guard isAccepted(found, operation) else { return keep(operation, inSlot: true) }
      try renaming.exchange(operation.slot, folder, name, path: operation.path.text)
      if let taken = try inSlot(operation), isAccepted(taken, operation) { return }
      try renaming.exchange(operation.slot, folder, name, path: operation.path.text)
      keep(operation, inSlot: true)
    case .gone, .unreachable: keep(operation, inSlot: true)
    }
  }

  /// True where nothing is left to do for an undo that finds an empty slot: a part of it that was cut
  /// off has put the old file in its place, or one before this change is to stand there.
  private func isBack(
    _ operation: Operation, _ old: Operation.Recorded
  ) throws(SystemError) -> Bool {
    if takenFurther.contains(operation.path) { return true }
    guard case .something(let found, _, _) = try look(operation) else { return false }
    return found.isUnchanged(from: old)
  }

  /// The old file from its slot to where nothing stands.
  private func placeAgain(_ operation: Operation) throws(SystemError) {
    let (folder, name) = try locate(operation)
    do throws(SystemError) {
      try renaming.place(operation.slot, folder, name, path: operation.path.text)
    } catch {
      guard error.code == EEXIST else { throw error }
      keep(operation, inSlot: true)
    }
  }

  private func takeBackFolderRemoval(_ operation: Operation) throws(SystemError) {
    guard try inSlot(operation) != nil, case .nothing = try lookRemaking(operation) else { return }
    let (folder, name) = try locate(operation)
    do throws(SystemError) {
      try renaming.place(operation.slot, folder, name, path: operation.path.text)
    } catch {
      // Made again by somebody at this moment: it stands, which is what is wanted.
      guard error.code == EEXIST else { throw error }
    }
  }

  private func unlink(_ name: String, in folder: Int32, _ path: String) throws(SystemError) {
    while unlinkat(folder, name, 0) < 0 {
      if errno == ENOENT { return }
      if errno != EINTR { throw SystemError("unlinkat", path) }
    }
  }
}
