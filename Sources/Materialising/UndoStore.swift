public import Platform

/// A folder of the undo store with its journal.
struct UndoStoreEntry {
  var name: String
  var journal: Journal

  /// False for a mere note of what commands made of a declared file.
  var changesFiles: Bool { journal.operations.contains { $0.kind != .note } }
}

/// A run that can be undone.
public struct UndoableRun: Sendable, Hashable {
  public var run: String
  public var manifest: String
  /// How many paths it changed.
  public var paths: Int
}

extension StateFolder {
  /// All of it, the oldest first.
  func undoStore() throws(TreeError) -> [UndoStoreEntry] {
    var entries: [UndoStoreEntry] = []
    for name in try doneNames() {
      entries.append(UndoStoreEntry(name: name, journal: try journal(in: name)))
    }
    return entries
  }

  /// The newest run that changed one of the paths and can be undone; nil where there is none.
  public func lastRun(changing paths: Set<RelativePath>) throws(TreeError) -> String? {
    try undoStore().last { entry in
      entry.journal.operations.contains { $0.kind != .note && paths.contains($0.path) }
    }?.journal.header.run
  }

  /// The runs that `undo` can take back, the newest first.
  public func undoable() throws(TreeError) -> [UndoableRun] {
    var runs: [UndoableRun] = []
    var paths: [String: Set<RelativePath>] = [:]
    for entry in try undoStore() where entry.changesFiles {
      let header = entry.journal.header
      if paths[header.run] == nil {
        runs.append(UndoableRun(run: header.run, manifest: header.manifest, paths: 0))
      }
      for operation in entry.journal.operations
      where operation.kind != .makeFolder && operation.kind != .removeFolder {
        paths[header.run, default: []].insert(operation.path)
      }
    }
    return runs.reversed().map { run in
      var run = run
      run.paths = paths[run.run]?.count ?? 0
      return run
    }
  }
}

/// The record that a run is being undone, so that recovery goes on with it.
struct Undoing {
  static let kind = "undoing"

  var run: String
  /// Only what stands behind this name in the undo store is taken back; nil: all of the run.
  var since: String?
  var accepted: [RelativePath: Digest]

  init(run: String, since: String? = nil, _ accepted: [RelativePath: Digest]) {
    self.run = run
    self.since = since
    self.accepted = accepted
  }

  func encoded() -> [UInt8] {
    var bytes = SealedFile.heading(Self.kind)
    let limit = since.map { " \($0)" } ?? ""
    bytes += "run \(JournalLines.escaped(run))\(limit)\n".utf8
    for (path, digest) in accepted.sorted(by: { $0.key < $1.key }) {
      bytes += "\(digest.hex) \(path.text)\n".utf8
    }
    return bytes
  }

  init?(_ body: ArraySlice<UInt8>) {
    var body = body
    var first = JournalLines.nextLine(&body)
    guard JournalLines.word(&first) == "run", let run = JournalLines.word(&first) else {
      return nil
    }
    self.run = JournalLines.unescaped(run)
    since = JournalLines.word(&first)
    accepted = [:]
    while !body.isEmpty {
      var line = JournalLines.nextLine(&body)
      guard let digits = JournalLines.field(&line), let digest = Digest(hexDigits: digits) else {
        return nil
      }
      accepted[RelativePath(trusted: String(decoding: line, as: UTF8.self))] = digest
    }
  }
}
