import Glibc
public import Platform

/// The records of what is up to date, one for each way of naming manifests and applying them.
extension StateFolder {
  /// How many are kept in a room, and how many bytes of them; the oldest go first.
  static let mostRecords = 16
  static let largestRecords: Int64 = 32 << 20

  private static func name(_ request: Digest) -> String {
    Names.upToDatePrefix + String(request.hex.prefix(32))
  }

  /// What the last run of such a request left, where it rested on the same; nil where none is
  /// known. Whether its files still stand so is another question.
  public func upToDate(_ request: Digest, identity: Digest) -> UpToDateRecord? {
    let name = Self.name(request)
    if isAbsent { return nil }
    do {
      let size = try FileStatus.of(name, in: descriptor)?.size ?? 0
      guard size > 0, size <= Self.largestRecords else { return nil }
      let body = try readSealed(name, kind: UpToDateRecord.kind)
      let record = body.flatMap(UpToDateRecord.init(decoding:))
      return record?.identity == identity ? record : nil
    } catch {
      // Only a shortcut: without it the manifest is read, which is slower and as right.
      return nil
    }
  }

  func keep(_ record: UpToDateRecord, as request: Digest) throws(TreeError) {
    let bytes = record.encoded()
    if bytes.count > Self.largestRecords { return }
    try writeSealed(Self.name(request), bytes)
    try attempt { () throws(SystemError) in try pruneRecords() }
  }

  private func pruneRecords() throws(SystemError) {
    var records: [(status: FileStatus, name: String)] = []
    for name in try names() where name.hasPrefix(Names.upToDatePrefix) {
      if let status = try FileStatus.of(name, in: descriptor) { records.append((status, name)) }
    }
    records.sort { $0.status.modified > $1.status.modified }
    var total: Int64 = 0
    for (index, record) in records.enumerated() {
      total += record.status.size
      if index >= Self.mostRecords || total > Self.largestRecords { try remove(record.name) }
    }
  }
}
