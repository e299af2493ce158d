import Planning
import Platform

/// One change of a path in a transaction, as the journal records it.
struct Operation {
  enum Kind: UInt8 {
    /// A new folder; the topmost is placed with all that is in it.
    case makeFolder = 0x46  // F
    case create = 0x43  // C
    case replace = 0x52  // R
    case delete = 0x44  // D
    /// A folder that the step leaves empty; its slot holds an equal one for the way back.
    case removeFolder = 0x45  // E
    /// Nothing is done: what a command made of a declared file, so that it counts as ours.
    case note = 0x4E  // N
  }

  /// What stood or stands at the path. Links are told by the digest of their target.
  struct Recorded: Hashable {
    enum Kind: UInt8 {
      case regular = 0x66  // f
      case symlink = 0x6C  // l
      case folder = 0x64  // d
    }

    var kind: Kind
    var inode: UInt64
    var size: Int64
    var mode: UInt32
    /// Of a regular file's bytes or a link's target; of nothing for a folder.
    var digest: Digest
  }

  var kind: Kind
  var path: RelativePath
  /// The name in the transaction's store: the new file before, the old one after.
  var slot: Int
  /// The slot of the new folder in which it was staged, for what is placed along with that.
  var within: Int?
  var old: Recorded?
  var new: Recorded?
  var action: PlannedFile.Action
  var declared: Digest?
  /// The new bytes are an accepted repair of the declared ones.
  var isRepair = false
}

/// What a transaction is about.
struct TransactionHeader: Hashable {
  var run: String
  var manifest: String
  var step: String
  /// The bytes of old files that it keeps for undo.
  var kept: Int64 = 0
}
