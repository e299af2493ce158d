import CMtor
import Glibc
public import Planning
public import Platform

/// Changes one tree, step by step, all or nothing; holds the tree's lock as long as it lives.
///
/// `recover` comes first; `land`, `recordResults` and the outputs for each step; `finish` at the
/// end of a run, whatever its outcome.
public final class Materialiser {
  let tree: RootTree
  let state: StateFolder
  let durability: Durability
  private let lock: TreeLock
  /// Holds the state folder's lock file, where folders cannot be locked.
  private let lockFile: Descriptor?
  /// What a person should know of how the work was done, such as a weaker check on this file
  /// system; one sentence each.
  public internal(set) var notes: [String] = []
  /// The run whose changes recovery took back, or whose undo it completed, with the paths that are
  /// as before; of a run of which steps are left to be undone, the step that was cut off. Nil where
  /// there was nothing to recover.
  public internal(set) var recovered: UndoReport?
  /// Set when something was written, so that `finish` has something to save.
  var hasWritten = false
  /// The run that is one unit, and whether that is on disk.
  var unit: (run: String, isRecorded: Bool)?
  /// The repair that stands on trial.
  var trial: Trial?

  /// Takes the lock; `busy` names the holder.
  public init(
    tree: RootTree, state: StateFolder, durability: Durability = .full
  ) throws(TreeError) {
    lock = try TreeLock(root: tree, surroundings: state.surroundings)
    lockFile = lock.isHeld ? nil : try state.lockFile()
    self.tree = tree
    self.state = state
    self.durability = durability
    // What another run changed between the opening of the state and the lock is seen now.
    try state.reopen()
    if tree.status.user != geteuid() {
      notes.append("the root belongs to user \(tree.status.user), not to you")
    }
  }

  /// A path of a step and what was done there.
  public struct LandedFile: Sendable, Hashable {
    public var path: RelativePath
    public var action: PlannedFile.Action
    /// Of what stands there now; nil for nothing and for a link.
    public var digest: Digest?
  }

  /// Puts a step's files into the tree, all of them or none.
  ///
  /// A step that changes nothing writes nothing. `conflict`: the tree is as before the step, the
  /// changes of others are kept. `interrupted`: a signal came, the text says where the tree is.
  public func land(
    _ step: PlannedStep, run: String, manifest: String
  ) throws(TreeError) -> [LandedFile] {
    guard step.files.contains(where: \.changesTree) || !step.emptiedFolders.isEmpty else {
      return []
    }
    if Interruption.count > 0 {
      throw .interrupted("stopped before step '\(Printable.escaped(step.id))' changed anything")
    }
    try requireRecovered()
    try state.create()
    try recordUnit()
    let staged = try stage(step, run: run, manifest: manifest)
    if staged.operations.isEmpty { return [] }
    let transaction = try intend(staged.operations)
    let before = FileIndex.now
    do throws(Transaction.Fault) {
      try transaction.perform()
    } catch {
      throw try takeBack(transaction, of: step, because: error)
    }
    if transaction.renaming.isWeak { noteWeakness() }
    try commit(transaction, of: step)
    remember(staged, since: before)
    return staged.operations.compactMap { operation in
      switch operation.kind {
      case .makeFolder, .removeFolder, .note: return nil
      case .create, .replace, .delete:
        let digest = operation.new?.kind == .regular ? operation.new?.digest : nil
        return LandedFile(path: operation.path, action: operation.action, digest: digest)
      }
    }
  }

  // MARK: Stage, intend, commit

  private func stage(
    _ step: PlannedStep, run: String, manifest: String
  ) throws(TreeError) -> Stager {
    let stager: Stager
    do throws(SystemError) {
      stager = try build(step, run: run, manifest: manifest)
    } catch {
      dropBuild()
      throw .system(error, note: "step '\(Printable.escaped(step.id))' changed nothing")
    }
    if stager.conflicts.isEmpty && Interruption.count == 0 && !stager.operations.isEmpty {
      return stager
    }
    dropBuild()
    if !stager.conflicts.isEmpty { throw .conflict(stager.conflicts) }
    if Interruption.count > 0 {
      throw .interrupted("stopped before step '\(Printable.escaped(step.id))' changed anything")
    }
    return stager
  }

  private func build(
    _ step: PlannedStep, run: String, manifest: String
  ) throws(SystemError) -> Stager {
    let names = StateFolder.Names.self
    try NewFile.removeAll(names.build, in: state.descriptor)
    try NewFile.makeFolder(names.build, in: state.descriptor, mode: 0o700)
    let build = try NewFile.openFolder(names.build, in: state.descriptor)
    try NewFile.makeFolder(names.store, in: build.raw, mode: 0o700)
    let store = try NewFile.openFolder(names.store, in: build.raw)
    var stager = Stager(
      step: step, tree: tree, store: store.raw, protected: ProtectedPaths(git: state.gitFolders))
    try stager.stage()
    if stager.conflicts.isEmpty && Interruption.count == 0 && !stager.operations.isEmpty {
      let header = TransactionHeader(
        run: run, manifest: manifest, step: step.id, kept: stager.kept)
      try write(Journal(header: header, operations: stager.operations), in: build.raw)
      try sync()
    }
    return stager
  }

  /// Begins the transaction: from here on recovery takes it back.
  private func intend(_ operations: [Operation]) throws(TreeError) -> Transaction {
    let names = StateFolder.Names.self
    do throws(SystemError) {
      try state.move(names.build, to: names.transaction)
      try syncRoom()
      return try transaction(in: names.transaction, operations)
    } catch {
      // Whether the rename happened or not: recovery looks.
      _ = try recover()
      throw .system(error, note: "the step changed nothing")
    }
  }

  private func commit(_ transaction: Transaction, of step: PlannedStep) throws(TreeError) {
    do throws(SystemError) {
      try sync()
      let number = try state.nextNumber()
      try state.move(StateFolder.Names.transaction, to: StateFolder.Names.donePrefix + number)
    } catch {
      throw try takeBack(transaction, of: step, because: .system(error))
    }
    hasWritten = true
    state.forgetMemory()
    do throws(SystemError) {
      try syncRoom()
    } catch {
      throw .system(
        error,
        note: "step '\(Printable.escaped(step.id))' has landed, but is not known to survive a "
          + "power loss")
    }
  }

  private func remember(_ staged: Stager, since before: Int64) {
    let looking = IndexedTree(tree, index: state.index)
    state.index.reserve(staged.staged.count)
    looking.keepingFolders {
      for operation in staged.operations { remember(operation, staged, since: before, looking) }
    }
  }

  private func remember(
    _ operation: Operation, _ staged: Stager, since before: Int64, _ looking: IndexedTree
  ) {
    guard let new = operation.new, new.kind == .regular else {
      if operation.new == nil { state.index.forget(operation.path) }
      return
    }
    guard let then = staged.staged[operation.slot], then.modified < before else { return }
    if operation.within != nil {
      // It came with its folder, in one renaming, and is as it was staged. Whoever has written to
      // it since has given it another time.
      state.index.remember(new.digest, of: operation.path, status: then, before: before)
      return
    }
    let now = FileIndex.now
    let status: FileStatus?
    do throws(SystemError) { status = try looking.status(of: operation.path) } catch { return }
    // Written to already: then it has not the digest that was staged.
    if let status, status.inode == then.inode, status.size == then.size,
      status.modified == then.modified
    {
      state.index.remember(new.digest, of: operation.path, status: status, before: now)
    }
  }
}
