import Planning
import Platform

/// The record of a transaction: written before the first rename, read by recovery and undo.
///
/// Lines of text, one for each operation, the path last: a person may read it.
struct Journal {
  static let kind = "journal"

  var header: TransactionHeader
  var operations: [Operation]

  /// The sealed file; the root is named by device and inode.
  func encoded(root: FileStatus, secret: MachineSecret) -> [UInt8] {
    var bytes = SealedFile.heading(Self.kind)
    bytes.reserveCapacity(512 + operations.count * 256)
    bytes += "root \(root.device) \(root.inode)\n".utf8
    JournalLines.append(header, to: &bytes)
    for operation in operations { JournalLines.append(operation, to: &bytes) }
    SealedFile.seal(&bytes, secret: secret)
    return bytes
  }

  /// Reads a journal of this very root.
  static func decode(
    _ bytes: [UInt8], root: FileStatus, secret: MachineSecret?
  ) throws(SealedFile.Fault) -> Journal {
    var body = try SealedFile.open(bytes, kind: kind, secret: secret)
    var first = JournalLines.nextLine(&body)
    guard JournalLines.word(&first) == "root", JournalLines.number(&first) == root.device,
      JournalLines.number(&first) == root.inode
    else { throw .foreign }
    var journal: Journal?
    try JournalLines.read(body) { header in
      journal = journal ?? Journal(header: header, operations: [])
    } operation: { operation in
      journal?.operations.append(operation)
    }
    guard let journal else { throw .damaged }
    return journal
  }
}
