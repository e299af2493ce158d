import Glibc
import Platform

/// The undo store: the folders `done.NUMBER`, one for each landed step, in order.
extension StateFolder {
  /// Everything in the room.
  func names() throws(SystemError) -> [String] {
    try FolderListing.names(of: NewFile.openFolder(".", in: descriptor), path: path)
  }

  /// Their names, the oldest first.
  func doneNames() throws(TreeError) -> [String] {
    if isAbsent { return [] }
    // Numbers of one width: the order of names is the order of time.
    return try attempt { () throws(SystemError) in
      try names().filter { $0.hasPrefix(Names.donePrefix) }
    }
  }

  /// The number for the next folder: beyond every one that stands.
  ///
  /// Looked for once: whoever makes such folders holds the tree's lock for as long as this one is
  /// used, and a folder that stands is never renamed over.
  func nextNumber() throws(SystemError) -> String {
    let last = if let lastNumber { lastNumber } else { try highestNumber() }
    lastNumber = last + 1
    let digits = String(last + 1)
    return String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }

  private func highestNumber() throws(SystemError) -> Int {
    try names().compactMap { name in
      // Longer numbers are not ours, and must not overflow.
      (name.hasPrefix(Names.donePrefix) || name.hasPrefix(Names.keptPrefix))
        && name.utf8.count < 20 ? Int(name.dropFirst(Names.donePrefix.count)) : nil
    }.max() ?? 0
  }

  /// The journal of a folder of the room; a missing one is damage.
  func journal(in folder: String) throws(TreeError) -> Journal {
    let name = folder + "/" + Names.journal
    guard let bytes = try read(name) else {
      throw untrusted("is damaged: '\(name)' is missing")
    }
    let secret = try secret(creating: false)
    do throws(SealedFile.Fault) {
      return try Journal.decode(bytes, root: root.status, secret: secret)
    } catch {
      throw fault(error, in: name)
    }
  }

  /// Renames a folder of the room.
  func move(_ name: String, to other: String) throws(SystemError) {
    while renameat(descriptor, name, descriptor, other) < 0 {
      if errno != EINTR { throw SystemError("renameat", path + "/" + name) }
    }
  }
}
