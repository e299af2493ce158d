import Glibc
import Planning
public import Platform
import YAMLTree

/// Taking whole runs back.
extension Materialiser {
  /// What an undo did.
  public struct UndoReport: Sendable {
    public var run: String
    /// The paths that are as they were before the run, in order.
    public var paths: [RelativePath]
    /// What was left because somebody changed it at that very moment, one sentence each.
    public var kept: [String]
  }

  /// Puts back every path that a run changed: the very files, with mode, times and attributes.
  ///
  /// Nil means the newest run that can be undone. All or nothing: where a path was changed since,
  /// `conflict` names every such path and nothing is touched. Nil is returned where there is no
  /// such run.
  public func undo(run: String? = nil) throws(TreeError) -> UndoReport? {
    try requireRecovered()
    let entries = try state.undoStore()
    guard let wanted = run ?? entries.last(where: \.changesFiles)?.journal.header.run else {
      return nil
    }
    let ofRun = entries.filter { $0.journal.header.run == wanted }
    guard ofRun.contains(where: \.changesFiles) else { return nil }
    try refuseChanged(ofRun, accepted(ofRun))
    return try undo(ofRun, run: wanted)
  }

  /// Takes a run's entries back, recorded so that recovery goes on with it.
  ///
  /// `since` says that they are only those behind this name: the run's other steps stand.
  func undo(
    _ entries: [UndoStoreEntry], run: String, since: String? = nil
  ) throws(TreeError) -> UndoReport {
    let accepted = accepted(entries)
    try state.writeSealed(
      StateFolder.Names.undoing, Undoing(run: run, since: since, accepted).encoded(),
      syncing: durability == .full)
    try state.attempt { () throws(SystemError) in try syncRoom() }
    return try takeBackAll(entries, accepted, run: run, since: since)
  }

  /// The record of an undo that was cut off; nil where there is none.
  func readUndoing() throws(TreeError) -> Undoing? {
    let name = StateFolder.Names.undoing
    guard let body = try state.readSealed(name, kind: Undoing.kind) else { return nil }
    guard let undoing = Undoing(body) else { throw state.fault(.damaged, in: name) }
    return undoing
  }

  /// Goes on with an undo that was cut off.
  func recoverUndo(_ undoing: Undoing) throws(TreeError) -> [String] {
    let entries = try state.undoStore().filter {
      $0.journal.header.run == undoing.run && $0.name > undoing.since ?? ""
    }
    let report = try takeBackAll(
      entries, undoing.accepted, run: undoing.run, since: undoing.since)
    recovered = report
    let what = undoing.since == nil ? "undo" : "taking back of a repair"
    return ["the \(what) of run \(Printable.escaped(undoing.run)) was cut off and is now complete"]
      + report.kept
  }

  /// The bytes that count as the run's own besides what it placed: what its commands made.
  private func accepted(_ entries: [UndoStoreEntry]) -> [RelativePath: Digest] {
    var accepted: [RelativePath: Digest] = [:]
    for entry in entries {
      for operation in entry.journal.operations {
        accepted[operation.path] = operation.kind == .note ? operation.new?.digest : nil
      }
    }
    return accepted
  }

  /// Looks at every path before anything is touched. Of several changes of one path only the last is
  /// looked at: taking it back brings what the one before had left.
  private func refuseChanged(
    _ entries: [UndoStoreEntry], _ accepted: [RelativePath: Digest]
  ) throws(TreeError) {
    var seen: Set<RelativePath> = []
    var conflicts: [Conflict] = []
    for entry in entries.reversed() where entry.changesFiles {
      // Also of one step: a file that went with its folder may have come anew.
      var operations: [Operation] = []
      for operation in entry.journal.operations.reversed()
      where operation.kind != .note && seen.insert(operation.path).inserted {
        operations.append(operation)
      }
      operations.reverse()
      let changed = try state.attempt { () throws(SystemError) in
        let transaction = try transaction(in: entry.name, operations)
        transaction.accepted = accepted
        transaction.acceptsCopies = true
        return try transaction.changedSince()
      }
      conflicts += changed.map { operation in
        Conflict(
          path: operation.path.text, rule: "conflict-undo",
          message: "was changed since run \(entry.journal.header.run)",
          hint: "move it away, or put back what the run left there",
          step: entry.journal.header.step, mark: Mark(line: 0, column: 0))
      }
    }
    if !conflicts.isEmpty { throw .conflict(conflicts.sorted { $0.path < $1.path }) }
  }

  /// Takes back every entry, the newest first, then lets them go. Begun again it ends the same.
  private func takeBackAll(
    _ entries: [UndoStoreEntry], _ accepted: [RelativePath: Digest], run: String, since: String?
  ) throws(TreeError) -> UndoReport {
    var accepted = accepted
    var report = UndoReport(run: run, paths: [], kept: [])
    var paths: Set<RelativePath> = []
    var finished: [(UndoStoreEntry, Transaction)] = []
    var remade: Set<RelativePath> = []
    for entry in entries.reversed() where entry.changesFiles {
      let transaction = try open(entry.name, entry.journal)
      transaction.accepted = accepted
      transaction.acceptsCopies = true
      transaction.remade = remade
      do throws(Transaction.Fault) {
        try transaction.takeBack()
      } catch {
        throw Self.unfinishedUndo(error, run: run)
      }
      // What an earlier step left is no longer the commands' result but the very file.
      for operation in entry.journal.operations {
        if operation.kind == .removeFolder { remade.insert(operation.path) }
        accepted[operation.path] = nil
        if operation.kind != .makeFolder && operation.kind != .removeFolder {
          paths.insert(operation.path)
        }
      }
      finished.append((entry, transaction))
    }
    for path in paths { state.index.forget(path) }
    for (entry, transaction) in finished {
      report.kept += try settle(transaction, folder: entry.name)
    }
    do throws(SystemError) {
      for entry in entries where !entry.changesFiles { try discard(entry.name) }
      if since == nil { try state.remove(StateFolder.Names.unit) }
      try state.remove(StateFolder.Names.trial)
      try state.remove(StateFolder.Names.undoing)
      try syncRoom()
    } catch {
      throw .system(error, note: "the files are back; mtor recover clears the rest away")
    }
    if since == nil { unit = nil }
    trial = nil
    hasWritten = true
    state.forgetMemory()
    report.paths = paths.sorted()
    return report
  }

  private static func unfinishedUndo(_ fault: Transaction.Fault, run: String) -> TreeError {
    let note = "the undo of run \(Printable.escaped(run)) is not complete; mtor recover ends it"
    switch fault {
    case .system(let error): return .system(error, note: note)
    case .interrupted, .changed: return .interrupted("stopped at once by a second signal: " + note)
    }
  }
}
