import Glibc
import Planning
import Platform

/// A step's operations with the store that holds its files: performed, or taken back.
///
/// Taking back decides by what stands where, never by what was done before, so it can be cut off
/// anywhere and begun again. It serves a failed step, recovery and undo alike.
final class Transaction {
  /// Why an operation could not be done.
  enum Fault: Error {
    /// A person or a program changed the path meanwhile; the text says how.
    case changed(Operation, String)
    case system(SystemError)
    /// The first signal came.
    case interrupted
  }

  /// A path that holds somebody else's bytes and was left alone.
  struct Kept {
    var path: RelativePath
    /// The slot where what stood there before can be read; nil where nothing stood.
    var slot: Int?
  }

  let operations: [Operation]
  let tree: RootTree
  let store: Descriptor
  let renaming: Renaming
  let folders: OpenFolders
  /// Digests that count as ours at a path besides what the operation placed: what the step's
  /// commands made of it.
  var accepted: [RelativePath: Digest] = [:]
  /// True for an undo: another file with the very bytes and mode that the run left is no edit. An
  /// editor, a formatter or git may have written it anew.
  var acceptsCopies = false
  /// True for an undo under way: what has gone meanwhile is in nobody's way. Where it was the folder
  /// of a file that comes back, it is made for it again.
  var isUndo = false
  /// The paths that an earlier transaction of the same undo takes back further.
  var takenFurther: Set<RelativePath> = []
  /// Folders that a later step or somebody else removed, so that others stand in their places now.
  var remade: Set<RelativePath> = []
  private(set) var kept: [Kept] = []

  init(operations: [Operation], tree: RootTree, store: consuming Descriptor) {
    self.operations = operations
    self.tree = tree
    renaming = Renaming(store: store.raw)
    folders = OpenFolders(tree)
    self.store = store
  }

  // MARK: Forward

  /// Does all operations in order; stops at the first that cannot be done.
  func perform() throws(Fault) {
    for operation in operations {
      if Interruption.count > 0 { throw .interrupted }
      try perform(operation)
    }
    guard let last = operations.last else { return }
    folders.forget()
    let displaced: RelativePath?
    do throws(SystemError) { displaced = try folders.displaced() } catch { throw .system(error) }
    if let displaced {
      throw .changed(last, "cannot be vouched for: the folder \(displaced) was moved meanwhile")
    }
  }

  private func perform(_ operation: Operation) throws(Fault) {
    let path = operation.path.text
    do throws(SystemError) {
      switch operation.kind {
      case .note: return
      case .makeFolder, .create:
        if operation.within != nil { return }
        let (folder, name) = try locate(operation)
        try renaming.place(operation.slot, folder, name, path: path)
        return
      case .removeFolder:
        let (folder, name) = try locate(operation)
        folders.leave(operation.path)
        while unlinkat(folder, name, AT_REMOVEDIR) < 0 {
          // Filled or removed meanwhile: then it is not ours to remove, and nothing is lost.
          if errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT { return }
          if errno != EINTR { throw SystemError("unlinkat", path) }
        }
        return
      case .replace:
        let (folder, name) = try locate(operation)
        try renaming.exchange(operation.slot, folder, name, path: path)
      case .delete:
        let (folder, name) = try locate(operation)
        try renaming.takeAside(operation.slot, folder, name, path: path)
      }
    } catch {
      throw Self.fault(operation, error)
    }
    try verify(operation)
  }

  /// What came out of the tree must be what was recorded: between the look and the rename there
  /// was time to change it.
  private func verify(_ operation: Operation) throws(Fault) {
    let found: Operation.Recorded?
    do throws(SystemError) {
      found = try Inspector.look(
        at: String(operation.slot), in: store.raw, path: operation.path.text)
    } catch {
      throw .system(error)
    }
    guard let found, let old = operation.old, found.isUnchanged(from: old) else {
      throw .changed(operation, "was changed while the step landed")
    }
  }

  func locate(_ operation: Operation) throws(SystemError) -> (folder: Int32, name: String) {
    (try folders.open(operation.path.parent), String(operation.path.name))
  }

  /// An error that tells of somebody else's change, as such.
  private static func fault(_ operation: Operation, _ error: SystemError) -> Fault {
    switch error.code {
    case EEXIST, ENOTEMPTY: .changed(operation, "was created while the step landed")
    case ENOENT: .changed(operation, "or its folder was removed while the step landed")
    case ELOOP, ENOTDIR: .changed(operation, "has a link or a file where its folder was")
    default: .system(error)
    }
  }

  func keep(_ operation: Operation, inSlot: Bool) {
    kept.append(Kept(path: operation.path, slot: inSlot ? operation.slot : nil))
  }
}
