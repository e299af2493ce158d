import Glibc
import Planning
import Platform
import YAMLTree

/// Putting right what a crash, a failure or a signal left.
extension Materialiser {
  /// Finishes what an earlier run left: takes back a step that was cut off, goes on with an undo
  /// that was. Returns what it did, one sentence each; nothing where nothing was left.
  public func recover() throws(TreeError) -> [String] {
    if state.isAbsent { return [] }
    let names = StateFolder.Names.self
    var done: [String] = []
    // One look; a state in order costs no call that could write.
    let standing = Set(
      try state.attempt { () throws(SystemError) -> [String] in try state.names() })
    // Read before anything is touched: a damaged record stops here.
    let journal =
      standing.contains(names.transaction) ? try state.journal(in: names.transaction) : nil
    let undoing = standing.contains(names.undoing) ? try readUndoing() : nil
    let unit = standing.contains(names.unit) ? try readUnit() : nil
    let trial = standing.contains(names.trial) ? try readTrial() : nil
    do throws(SystemError) {
      // What was never begun and what was already given up.
      for name in [names.build, names.trash, names.outputs] where standing.contains(name) {
        try NewFile.removeAll(name, in: state.descriptor)
      }
      // Drafts of sealed files that were not renamed into place.
      for name in standing where name.hasSuffix(".new") { try state.remove(name) }
    } catch {
      throw .system(error, note: "what stands in the tree was left as it is; mtor recover again")
    }
    if let journal {
      let transaction = try open(names.transaction, journal)
      let step = Printable.escaped(journal.header.step)
      do throws(Transaction.Fault) {
        try transaction.takeBack()
      } catch {
        throw Self.unfinished(error, step: step)
      }
      let left = Set(transaction.kept.map(\.path))
      let report = UndoReport(
        run: journal.header.run,
        paths: Self.changedPaths(journal.operations).filter { !left.contains($0) },
        left: left.sorted(), kept: try settle(transaction, folder: names.transaction))
      recovered = report
      done.append(
        "step '\(step)' of run \(Printable.escaped(journal.header.run)) was cut off and taken back"
          + (left.isEmpty
            ? ": the tree is as after the step before it" : ", but for what was changed meanwhile"))
      done += report.kept
    }
    if let undoing { done += try recoverUndo(undoing) }
    // Where an undo was under way, the trial has gone with it, and, where all of the run was being
    // undone, the unit.
    if let trial, undoing == nil { done += try recoverTrial(trial) }
    if let unit, undoing == nil || undoing?.since != nil { done += try recoverUnit(unit) }
    return done
  }

  private static func changedPaths(_ operations: [Operation]) -> [RelativePath] {
    operations.filter { [.create, .replace, .delete].contains($0.kind) }.map(\.path).sorted()
  }

  func open(_ folder: String, _ journal: Journal) throws(TreeError) -> Transaction {
    do throws(SystemError) {
      return try transaction(in: folder, journal.operations)
    } catch {
      throw state.failed(error)
    }
  }

  /// For what must not begin on unfinished work.
  func requireRecovered() throws(TreeError) {
    for name in [StateFolder.Names.transaction, StateFolder.Names.undoing]
    where try state.exists(name) {
      throw .state(StateFolder.cutOff, remedy: "mtor recover")
    }
  }

  /// Takes a failed step back and says so in the error.
  func takeBack(
    _ transaction: Transaction, of step: PlannedStep, because fault: Transaction.Fault
  ) throws(TreeError) -> TreeError {
    let name = Printable.escaped(step.id)
    do throws(Transaction.Fault) {
      try transaction.takeBack()
    } catch {
      throw Self.unfinished(error, step: name)
    }
    let kept = try settle(transaction, folder: StateFolder.Names.transaction)
    let note = (["step '\(name)' was taken back"] + kept).joined(separator: "; ")
    switch fault {
    case .system(let error): return .system(error, note: note)
    case .interrupted: return .interrupted(note + ": the tree is as before it")
    case .changed(let operation, let message):
      let mark = step.files.first { $0.path == operation.path }?.mark ?? step.mark
      return .conflict([
        Conflict(
          path: operation.path.text, rule: "conflict-changed", message: message,
          hint: (kept + ["look at it, then apply again"]).joined(separator: "; "), step: step.id,
          mark: mark)
      ])
    }
  }

  /// Ends a transaction that was taken back: its folder goes, or stays where originals are in it
  /// that somebody else's bytes displaced. Returns what was kept, one sentence each.
  func settle(_ transaction: Transaction, folder: String) throws(TreeError) -> [String] {
    do throws(SystemError) {
      if transaction.renaming.isWeak { noteWeakness() }
      try sync()
      if transaction.kept.allSatisfy({ $0.slot == nil }) {
        try discard(folder)
        return transaction.kept.map { "\($0.path) was changed meanwhile and was left" }
      }
      let name = StateFolder.Names.keptPrefix + (try state.nextNumber())
      try state.move(folder, to: name)
      try syncRoom()
      let store = "\(state.path)/\(name)/\(StateFolder.Names.store)"
      return transaction.kept.map { kept in
        "\(kept.path) was changed meanwhile and was left"
          + (kept.slot.map { "; what stood there before is in \(store)/\($0)" } ?? "")
      }
    } catch {
      throw .system(error, note: "mtor recover puts the rest right")
    }
  }

  private static func unfinished(_ fault: Transaction.Fault, step: String) -> TreeError {
    let note = "step '\(step)' is half taken back; mtor recover puts it right"
    switch fault {
    case .system(let error): return .system(error, note: note)
    case .interrupted, .changed: return .interrupted("stopped at once by a second signal: " + note)
    }
  }
}
