import Glibc
public import Platform

/// The records of what is up to date, one for each manifest and way of applying it.
extension StateFolder {
  /// How many are kept in a room; the oldest go first.
  static let mostRecords = 16

  private static func name(_ key: Digest) -> String {
    Names.upToDatePrefix + String(key.hex.prefix(32))
  }

  /// What a run with this key left, if every file of it still stands so; nil where that is not
  /// known for sure.
  ///
  /// To be asked with the tree's lock held and nothing left to recover.
  public func upToDate(_ key: Digest, readsAll: Bool) -> UpToDateRecord? {
    guard let record = record(key), record.stands(in: root, readsAll: readsAll) else { return nil }
    return record
  }

  /// True if there may be a record with this key: whether it is true has not been asked.
  public func mayBeUpToDate(_ key: Digest) -> Bool {
    !isAbsent && faccessat(descriptor, Self.name(key), F_OK, 0) == 0
  }

  private func record(_ key: Digest) -> UpToDateRecord? {
    do {
      let body = try readSealed(Self.name(key), kind: UpToDateRecord.kind)
      return body.flatMap(UpToDateRecord.init(decoding:))
    } catch {
      // Only a shortcut: without it the manifest is read, which is slower and as right.
      return nil
    }
  }

  func keep(_ record: UpToDateRecord, as key: Digest) throws(TreeError) {
    try writeSealed(Self.name(key), record.encoded())
    try attempt { () throws(SystemError) in try pruneRecords() }
  }

  private func pruneRecords() throws(SystemError) {
    let records = try names().filter { $0.hasPrefix(Names.upToDatePrefix) }
    if records.count <= Self.mostRecords { return }
    var aged: [(time: Int64, name: String)] = []
    for name in records {
      aged.append((try FileStatus.of(name, in: descriptor)?.modified ?? .min, name))
    }
    aged.sort { $0.time < $1.time }
    for (_, name) in aged.dropLast(Self.mostRecords) { try remove(name) }
  }
}
