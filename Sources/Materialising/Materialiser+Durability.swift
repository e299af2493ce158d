import CMtor
import Glibc
import Platform

/// Writing to the state folder and making it last.
///
/// A landed step costs four sync calls at most: what was staged, the intent, the tree, the commit.
extension Materialiser {
  /// Writes a journal into a folder of the room that is being built.
  func write(_ journal: Journal, in folder: Int32) throws(SystemError) {
    guard let secret = state.madeSecret else { throw SystemError("open", "secret", code: ENOENT) }
    _ = try NewFile.create(
      StateFolder.Names.journal, in: folder, mode: 0o600,
      bytes: journal.encoded(root: tree.status, secret: secret))
  }

  /// Makes all that was written on the file system durable: one call, however many files.
  func sync() throws(SystemError) {
    if durability == .kill { return }
    // Never asked again after a failure: the kernel would say that all is well.
    let code = mtor_sync_file_system(state.descriptor)
    if code < 0 { throw SystemError("syncfs", state.path, code: -code) }
  }

  /// Makes the names in the room durable.
  func syncRoom() throws(SystemError) {
    if durability == .kill { return }
    while fsync(state.descriptor) < 0 {
      if errno != EINTR { throw SystemError("fsync", state.path) }
    }
  }

  /// Removes what was staged and not begun; if that fails, the next run's staging does it.
  func dropBuild() {
    do throws(SystemError) {
      try NewFile.removeAll(StateFolder.Names.build, in: state.descriptor)
    } catch {
      notes.append("staged files were left in \(Printable.escaped(state.path)): \(error)")
    }
  }

  /// Puts a folder of the room out of the way at once, then removes it.
  func discard(_ name: String) throws(SystemError) {
    try NewFile.removeAll(StateFolder.Names.trash, in: state.descriptor)
    try state.move(name, to: StateFolder.Names.trash)
    try syncRoom()
    dropTrash()
  }

  /// The same for what may come back after a power loss without harm.
  func drop(_ name: String) throws(SystemError) {
    try NewFile.removeAll(StateFolder.Names.trash, in: state.descriptor)
    try state.move(name, to: StateFolder.Names.trash)
    dropTrash()
  }

  /// Removing what nobody needs may fail without harm: the next recovery does it again.
  func dropTrash() {
    do throws(SystemError) {
      try NewFile.removeAll(StateFolder.Names.trash, in: state.descriptor)
    } catch {
      notes.append("old files were left in \(Printable.escaped(state.path)): \(error)")
    }
  }

  func noteWeakness() {
    let note =
      "this file system cannot exchange two files: a change made at the very moment of landing "
      + "could go unseen"
    if !notes.contains(note) { notes.append(note) }
  }

  /// A transaction over a folder of the room.
  func transaction(
    in folder: String, _ operations: [Operation]
  ) throws(SystemError) -> Transaction {
    let holder = try NewFile.openFolder(folder, in: state.descriptor)
    let store = try NewFile.openFolder(StateFolder.Names.store, in: holder.raw)
    return Transaction(operations: operations, tree: tree, store: store)
  }
}
