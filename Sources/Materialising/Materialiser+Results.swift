import Glibc
public import Planning
public import Platform

/// What commands made, and the end of a run.
extension Materialiser {
  /// Records what commands made of a step's declared files, so that it counts as ours.
  ///
  /// To be called at the step's end, whatever its outcome; with `changed` at the run's end, for these of
  /// its paths that later commands have changed. Nothing is written where the files stand as they
  /// landed, or as an earlier run's commands left them.
  public func recordResults(
    of step: PlannedStep, run: String, manifest: String, changed: Set<RelativePath>? = nil
  ) throws(TreeError) {
    var notes: [Operation] = []
    let memory = try state.memory()
    for file in try changedSinceLanding(step, run: run, memory) {
      if let changed, !changed.contains(file.path) { continue }
      // Tests make no files, so what stands in a removed one's place is somebody's.
      if changed == nil, file.after.isAbsent, step.run.isEmpty { continue }
      guard let present = try standing(at: file.path) else { continue }
      let (landed, last) = (Self.landed(file), memory.lastFact(file.path))
      if let last, let left = last.operation.new, present.hasContent(of: left) {
        // The mode of what this run has not touched is a person's.
        if present.mode == left.mode || last.run != run { continue }
        notes.append(
          Operation(
            kind: .note, path: file.path, slot: notes.count, old: left, new: present,
            action: file.action))
        continue
      }
      if let landed {
        if present.hasContent(of: landed) { continue }
      } else if last.map({ $0.operation.new != nil }) ?? true || file.movedTo != nil {
        // Only where we took something away, for good: what stands at a moved file's old name would
        // be moved in its turn.
        continue
      }
      notes.append(
        Operation(
          kind: .note, path: file.path, slot: notes.count, old: landed, new: present,
          action: file.action, declared: file.declared))
    }
    try add(notes, TransactionHeader(run: run, manifest: manifest, step: step.id))
  }

  /// Records what a run's later commands made of files that it has left before, such as outputs, so
  /// that it counts as ours.
  public func recordChanges(
    of paths: [RelativePath], run: String, manifest: String
  ) throws(TreeError) {
    var notes: [Operation] = []
    let memory = try state.memory()
    for path in paths.sorted() {
      guard let last = memory.lastFact(path)?.operation, let present = try standing(at: path),
        last.new.map(present.isUnchanged) != true
      else { continue }
      notes.append(
        Operation(
          kind: .note, path: path, slot: notes.count, old: last.new, new: present,
          action: .replaced))
    }
    try add(notes, TransactionHeader(run: run, manifest: manifest, step: ""))
  }

  /// The file or link at a path, which is what can be noted; nil for anything else.
  private func standing(at path: RelativePath) throws(TreeError) -> Operation.Recorded? {
    let present = try state.attempt { () throws(SystemError) -> Operation.Recorded? in
      try self.present(at: path)
    }
    return present?.kind == .folder ? nil : present
  }

  private func add(_ notes: [Operation], _ header: TransactionHeader) throws(TreeError) {
    if notes.isEmpty { return }
    try requireRecovered()
    try state.create()
    try recordUnit()
    let names = StateFolder.Names.self
    do throws(SystemError) {
      try makeHolder(names.build)
      try add(Journal(header: header, operations: notes), folder: names.build)
    } catch {
      dropBuild()
      throw .system(error, note: "what the commands made of their files is not remembered")
    }
  }

  /// What was to stand at a path when its entry had landed; nil for nothing.
  private static func landed(_ file: PlannedFile) -> Operation.Recorded? {
    switch file.after {
    case .absent: nil
    case .regular(let landed):
      Operation.Recorded(
        kind: .regular, inode: 0, size: Int64(landed.size), mode: 0, digest: landed.digest)
    case .symlink(let target):
      Operation.Recorded(
        kind: .symlink, inode: 0, size: Int64(target.utf8.count), mode: 0,
        digest: Digest(of: target.utf8))
    }
  }

  /// The files of a step that do not stand as they landed, or may not.
  private func changedSinceLanding(
    _ step: PlannedStep, run: String, _ memory: Memory
  ) throws(TreeError) -> [PlannedFile] {
    try state.attempt { () throws(SystemError) in
      let looking = IndexedTree(tree, index: state.index)
      return try looking.keepingFolders { () throws(SystemError) in
        var changed: [PlannedFile] = []
        for file in step.files where file.action != .skipped && file.action != .unknown {
          // Something else may be in a folder's place.
          let status = try looking.reachableStatus(of: file.path)
          switch file.after {
          case .absent: if status == nil { continue }
          // A file that the index knows as it landed need not be read.
          case .regular(let landed):
            let known = status.flatMap { state.index.digest(of: file.path, status: $0) }
            let last = memory.lastFact(file.path)
            let mode = last?.run == run ? last?.operation.new?.mode : nil
            if known == landed.digest && status?.kind == .regular
              && (mode == nil || mode == status?.mode)
            {
              continue
            }
          // Looking at it costs as much as asking what it is.
          case .symlink: break
          }
          changed.append(file)
        }
        return changed
      }
    }
  }

  /// What stands at a path; nil also where it cannot be reached, which is somebody's change.
  func present(at path: RelativePath) throws(SystemError) -> Operation.Recorded? {
    do throws(SystemError) {
      let folder = try tree.openFolder(path.parent)
      return try Inspector.look(at: String(path.name), in: folder.raw, path: path.text)
    } catch {
      if error.isAboutPath { return nil }
      throw error
    }
  }

  /// Makes an empty folder with a store in the room.
  func makeHolder(_ name: String) throws(SystemError) {
    try NewFile.removeAll(name, in: state.descriptor)
    try NewFile.makeFolder(name, in: state.descriptor, mode: 0o700)
    let holder = try NewFile.openFolder(name, in: state.descriptor)
    try NewFile.makeFolder(StateFolder.Names.store, in: holder.raw, mode: 0o700)
  }

  /// Adds a folder of the room, whose operations have happened already, to the undo store.
  func add(_ journal: Journal, folder: String) throws(SystemError) {
    let holder = try NewFile.openFolder(folder, in: state.descriptor)
    try write(journal, in: holder.raw)
    try sync()
    try state.move(
      folder, to: StateFolder.Names.donePrefix + state.nextNumber())
    try syncRoom()
    hasWritten = true
    state.forgetMemory()
  }

  // MARK: The end

  /// Saves the index and lets go of the oldest undo copies; writes nothing where the run wrote
  /// nothing. A failure here leaves a tree and a state that are whole.
  ///
  /// - Returns: true if the run has changed something.
  @discardableResult
  public func finish() throws(TreeError) -> Bool {
    if !hasWritten { return false }
    hasWritten = false
    try state.writeSealed(StateFolder.Names.index, state.index.encoded())
    try prune()
    return true
  }

  /// The undo store's limits: runs, and bytes of old files.
  static var longestUndo: Int { 20 }
  static var largestUndo: Int64 { 1 << 30 }

  /// Lets the oldest runs go, beyond 20 or 1 GB; the newest always stays. What they left at each
  /// path is remembered without their copies.
  private func prune() throws(TreeError) {
    var runs: [String] = []
    var sizes: [String: Int64] = [:]
    var folders: [String: [String]] = [:]
    for name in try state.doneNames() {
      guard let header = try state.header(in: name) else { continue }
      if sizes[header.run] == nil { runs.append(header.run) }
      sizes[header.run, default: 0] += header.kept
      folders[header.run, default: []].append(name)
    }
    var total = sizes.values.reduce(0, +)
    var dropped: [String] = []
    for run in runs.dropLast() {
      let left = runs.count - dropped.count
      if left <= Self.longestUndo && total <= Self.largestUndo { break }
      total -= sizes[run] ?? 0
      dropped.append(run)
    }
    let names = dropped.flatMap { folders[$0] ?? [] }
    if names.isEmpty { return }
    // First the memory, then the copies: cut off in between, facts are there twice.
    try state.writeSealed(
      StateFolder.Names.memory, try state.memory().distilled(dropping: Set(names)))
    state.forgetMemory()
    try state.attempt { () throws(SystemError) in
      try sync()
      for name in names { try drop(name) }
    }
  }
}

extension StateFolder {
  /// The header alone, unverified, of a folder of the undo store: enough to count by.
  func header(in folder: String) throws(TreeError) -> TransactionHeader? {
    try attempt { () throws(SystemError) in
      let holder = try NewFile.openFolder(folder, in: descriptor)
      let file = try Inspector.open(Names.journal, in: holder.raw, path: folder)
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = pread(file.raw, &buffer, buffer.count, 0)
      if count < 0 { throw SystemError("pread", folder) }
      var rest = buffer[..<count]
      _ = JournalLines.nextLine(&rest)
      _ = JournalLines.nextLine(&rest)
      return JournalLines.header(JournalLines.nextLine(&rest))
    }
  }
}
