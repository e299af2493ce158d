public import Platform

/// What a run made of one path, as far as its old and new bytes are still there.
public struct RunChange: Sendable {
  /// The bytes of one side.
  public enum Side: Sendable, Hashable {
    /// No file.
    case absent
    case bytes([UInt8])
    /// Something whose bytes are not given.
    case withheld(Reason)
  }

  /// Why bytes are not given.
  public enum Reason: Sendable, Hashable {
    /// Neither the tree nor the undo store has them any more.
    case gone
    /// A symbolic link.
    case link
    /// Larger than one file may be.
    case large
    /// The files before it took all that was asked for.
    case beyondTotal
  }

  public var path: RelativePath
  public var step: String
  public var old: Side
  public var new: Side
}

extension StateFolder {
  /// What a run changed, in the order of its steps; empty where the undo store has it no more.
  ///
  /// Old bytes are those that undo would put back. New ones are read from the tree, or, where a
  /// later run has replaced them, from its store. `limit` is the largest file to be read, `total` what
  /// all of them may have together, both in bytes.
  public func changes(
    of run: String, in tree: RootTree, limit: Int, total: Int
  ) throws(TreeError) -> [RunChange] {
    let entries = try undoStore()
    guard let first = entries.firstIndex(where: { $0.journal.header.run == run }) else { return [] }
    // Where bytes lie that a transaction took out of the tree, by their digest.
    var stored: [Digest: String] = [:]
    for entry in entries[first...] {
      for operation in entry.journal.operations {
        if let old = operation.old, old.kind == .regular, old.size <= Int64(limit) {
          stored[old.digest] = "\(entry.name)/\(Names.store)/\(operation.slot)"
        }
      }
    }
    var room = Int64(total)
    func side(_ recorded: Operation.Recorded?, at path: RelativePath?) throws(TreeError)
      -> RunChange.Side
    {
      guard let recorded else { return .absent }
      if recorded.kind != .regular { return .withheld(.link) }
      if recorded.size > Int64(limit) { return .withheld(.large) }
      if recorded.size > room { return .withheld(.beyondTotal) }
      if let path, let bytes = bytes(of: recorded, at: path, in: tree) {
        room -= recorded.size
        return .bytes(bytes)
      }
      guard let name = stored[recorded.digest], let bytes = try read(name),
        Digest(of: bytes) == recorded.digest
      else { return .withheld(.gone) }
      room -= recorded.size
      return .bytes(bytes)
    }
    var changes: [RunChange] = []
    for entry in entries[first...] where entry.journal.header.run == run {
      for operation in entry.journal.operations {
        switch operation.kind {
        case .create, .replace, .delete:
          changes.append(
            RunChange(
              path: operation.path, step: entry.journal.header.step,
              old: try side(operation.old, at: nil),
              new: try side(operation.new, at: operation.path)))
        case .makeFolder, .removeFolder, .note: break
        }
      }
    }
    return changes
  }

  /// The bytes of a file of the tree that is still as recorded; nil where it is not, or cannot be
  /// read: somebody else may be at work there.
  private func bytes(
    of recorded: Operation.Recorded, at path: RelativePath, in tree: RootTree
  ) -> [UInt8]? {
    do throws(SystemError) {
      guard let status = try tree.status(of: path), status.kind == .regular,
        status.size == recorded.size
      else { return nil }
      let bytes = try tree.bytes(of: path, limit: Int(recorded.size))
      return Digest(of: bytes) == recorded.digest ? bytes : nil
    } catch {
      return nil
    }
  }
}
