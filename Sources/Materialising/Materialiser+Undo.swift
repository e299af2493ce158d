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
    /// The paths that somebody changed at that very moment, or since a cut-off: they were left as
    /// they are. In order.
    public var left: [RelativePath]
    /// What became of them and of what stood there before, one sentence each.
    public var kept: [String]

    /// The same with what another one did just before, of the same run or of a part of it.
    func following(_ earlier: UndoReport?) -> UndoReport {
      guard let earlier else { return self }
      let left = Set(self.left + earlier.left)
      return UndoReport(
        run: run, paths: Set(paths + earlier.paths).subtracting(left).sorted(),
        left: left.sorted(), kept: earlier.kept + kept)
    }
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

  /// True if an undo of a run would find nothing in its way now; every file that it placed is read.
  public func canUndo(run: String) throws(TreeError) -> Bool {
    let entries = try state.undoStore().filter { $0.journal.header.run == run }
    guard entries.contains(where: \.changesFiles) else { return false }
    do throws(TreeError) {
      try refuseChanged(entries, accepted(entries))
      return true
    } catch {
      if case .conflict = error { return false }
      throw error
    }
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
    return [
      "the \(what) of run \(Printable.escaped(undoing.run)) was cut off and is now complete"
        + (report.left.isEmpty ? "" : ", but for what was changed meanwhile")
    ] + report.kept
  }

  /// The bytes that count as the run's own besides what it placed: what its commands made.
  private func accepted(_ entries: [UndoStoreEntry]) -> [RelativePath: Digest] {
    var accepted: [RelativePath: Digest] = [:]
    for entry in entries {
      for operation in entry.journal.operations {
        accepted[operation.path] = operation.kind == .note ? operation.new?.resultDigest : nil
      }
    }
    return accepted
  }

  /// For each path the entries that have to do with it, the oldest first, and what commands had made
  /// of it then; nil where the entry itself placed it.
  private static func lefts(
    _ entries: [UndoStoreEntry]
  ) -> [RelativePath: [(entry: Int, made: Digest?)]] {
    var lefts: [RelativePath: [(entry: Int, made: Digest?)]] = [:]
    for (index, entry) in entries.enumerated() {
      for operation in entry.journal.operations {
        let made = operation.kind == .note ? operation.new?.resultDigest : nil
        lefts[operation.path, default: []].append((index, made))
      }
    }
    return lefts
  }

  /// The first of the entries that changed each file.
  private static func firstChanges(_ entries: [UndoStoreEntry]) -> [RelativePath: Int] {
    let kinds: Set<Operation.Kind> = [.create, .replace, .delete]
    return Dictionary(
      entries.enumerated().flatMap { index, entry in
        entry.journal.operations.lazy.filter { kinds.contains($0.kind) }.map { ($0.path, index) }
      }, uniquingKeysWith: { first, _ in first })
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
    do throws(SystemError) {
      conflicts += try unreachable(entries, besides: Set(conflicts.map(\.path)))
    } catch {
      // A look that fails says nothing of the places: taking back finds out, and can be gone on with.
    }
    conflicts += try state.attempt { () throws(SystemError) in
      try obstructed(entries, besides: Set(conflicts.map(\.path)))
    }
    if !conflicts.isEmpty { throw .conflict(conflicts.sorted { $0.path < $1.path }) }
  }

  /// The files that cannot come back, since the store has them no more, or since their places may not
  /// be written to.
  private func unreachable(
    _ entries: [UndoStoreEntry], besides known: Set<String>
  ) throws(SystemError) -> [Conflict] {
    var known = known
    var conflicts: [Conflict] = []
    func add(_ path: RelativePath, _ step: String, _ why: String, hint: String) {
      guard known.insert(path.text).inserted else { return }
      conflicts.append(
        Conflict(
          path: path.text, rule: "conflict-undo", message: "cannot be put back, since \(why)",
          hint: hint, step: step, mark: Mark(line: 0, column: 0)))
    }
    for entry in entries where entry.changesFiles {
      let step = entry.journal.header.step
      let transaction = try transaction(in: entry.name, entry.journal.operations)
      for operation in try transaction.withoutCopy() {
        add(
          operation.path, step, "the undo store has lost what stood there",
          hint: "take back by hand what the run changed, with git for example")
      }
      for (operation, why) in try transaction.obstructed() {
        add(operation.path, step, why, hint: "mend that, then undo again")
      }
    }
    return conflicts
  }

  /// The files that cannot come back, since something that the run did not make is in their place or
  /// in that of a folder above them.
  private func obstructed(
    _ entries: [UndoStoreEntry], besides known: Set<String>
  ) throws(SystemError) -> [Conflict] {
    let operations = entries.flatMap { entry in
      entry.journal.operations.map { (entry.journal.header, $0) }
    }
    let going = Set(operations.filter { $0.1.new != nil && $0.1.kind != .note }.map(\.1.path))
    let last = Dictionary(
      operations.map { ($0.1.path, $0.1.kind) }.filter { $0.1 != .note },
      uniquingKeysWith: { _, last in last })
    let files = Set(last.filter { $0.value == .create || $0.value == .replace }.keys)
    var seen: Set<RelativePath> = []
    var conflicts: [Conflict] = []
    // The first change of a path tells whether a file stood there before the run.
    for (header, operation) in operations
    where [.create, .replace, .delete].contains(operation.kind)
      && seen.insert(operation.path).inserted && operation.kind != .create
    {
      let path = operation.path
      guard !known.contains(path.text),
        let other = try obstacle(to: path, besides: going, files)
      else { continue }
      conflicts.append(
        Conflict(
          path: path.text, rule: "conflict-undo",
          message: "cannot come back, since '\(Printable.escaped(other))' is in its way",
          hint: "move what is in the way away, then undo again", step: header.step,
          mark: Mark(line: 0, column: 0)))
    }
    return conflicts
  }

  /// What keeps a file from coming back, besides what goes with the undo, in a folder or as a file
  /// that the run left; nil for nothing.
  private func obstacle(
    to path: RelativePath, besides going: Set<RelativePath>, _ files: Set<RelativePath>
  ) throws(SystemError) -> String? {
    for folder in path.ancestors.reversed() {
      guard let status = try tree.status(of: folder) else { return nil }
      if status.kind != .directory { return files.contains(folder) ? nil : folder.text }
    }
    guard going.contains(path), try tree.status(of: path)?.kind == .directory else { return nil }
    return try stranger(in: path, besides: going)
  }

  /// Something in a folder that does not go with the undo; nil where all of it does.
  private func stranger(
    in folder: RelativePath, besides going: Set<RelativePath>
  ) throws(SystemError) -> String? {
    for name in try tree.entries(in: folder) {
      let child: RelativePath
      do throws(PathFault) { child = try folder.appending(name.text ?? "") } catch {
        return "\(folder.text)/\(name.shown)"
      }
      guard going.contains(child) else { return child.text }
      if try tree.status(of: child)?.kind == .directory,
        let other = try stranger(in: child, besides: going)
      {
        return other
      }
    }
    return nil
  }

  /// Takes back every entry, the newest first, then lets them go. Begun again it ends the same.
  private func takeBackAll(
    _ entries: [UndoStoreEntry], _ accepted: [RelativePath: Digest], run: String, since: String?
  ) throws(TreeError) -> UndoReport {
    var accepted = accepted
    var report = UndoReport(run: run, paths: [], left: [], kept: [])
    var paths: Set<RelativePath> = []
    var left: Set<RelativePath> = []
    var finished: [(UndoStoreEntry, Transaction)] = []
    var remade: Set<RelativePath> = []
    var earlier = Self.lefts(entries)
    let first = Self.firstChanges(entries)
    for (index, entry) in entries.enumerated().reversed() where entry.changesFiles {
      let transaction = try open(entry.name, entry.journal)
      transaction.accepted = accepted
      transaction.acceptsCopies = true
      transaction.isUndo = true
      transaction.takenFurther = Set(
        entry.journal.operations.lazy.map(\.path).filter { first[$0, default: index] < index })
      transaction.remade = remade
      do throws(Transaction.Fault) {
        try transaction.takeBack()
      } catch {
        throw Self.unfinishedUndo(error, run: run)
      }
      remade.formUnion(transaction.remade)
      // What stands now is what the change before this one left: the very file, or what commands
      // had made of it.
      for operation in entry.journal.operations {
        if operation.kind == .removeFolder { remade.insert(operation.path) }
        while let last = earlier[operation.path]?.last, last.entry >= index {
          earlier[operation.path]?.removeLast()
        }
        accepted[operation.path] = earlier[operation.path]?.last?.made
        if operation.kind != .makeFolder && operation.kind != .removeFolder {
          paths.insert(operation.path)
        }
      }
      finished.append((entry, transaction))
    }
    for path in paths { state.index.forget(path) }
    for (entry, transaction) in finished {
      left.formUnion(transaction.kept.map(\.path))
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
    report.paths = paths.subtracting(left).sorted()
    report.left = left.sorted()
    return report
  }

  private static func unfinishedUndo(_ fault: Transaction.Fault, run: String) -> TreeError {
    let note =
      "the undo of run \(Printable.escaped(run)) is not complete: mend that, and mtor recover ends it"
    switch fault {
    case .system(let error): return .system(error, note: note)
    case .interrupted, .changed: return .interrupted("stopped at once by a second signal: " + note)
    }
  }
}
