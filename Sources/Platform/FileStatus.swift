/// What stands at a path: the part of stat(2) that decisions rest on.
public struct FileStatus: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case regular, directory, symlink
    /// A FIFO, socket or device.
    case special
  }

  public let kind: Kind
  /// The permission bits, 0 to 0o7777.
  public let mode: UInt32
  /// In bytes.
  public let size: Int64
  /// In nanoseconds since 1970.
  public let modified: Int64
  /// The inode change time, in nanoseconds since 1970.
  public let changed: Int64
  public let device: UInt64
  public let inode: UInt64
  public let links: UInt64
  public let user: UInt32
  public let group: UInt32

  public init(
    kind: Kind, mode: UInt32, size: Int64, modified: Int64, changed: Int64, device: UInt64,
    inode: UInt64, links: UInt64, user: UInt32, group: UInt32
  ) {
    self.kind = kind
    self.mode = mode
    self.size = size
    self.modified = modified
    self.changed = changed
    self.device = device
    self.inode = inode
    self.links = links
    self.user = user
    self.group = group
  }

  /// True if anybody may execute it.
  public var isExecutable: Bool { mode & 0o111 != 0 }
}
