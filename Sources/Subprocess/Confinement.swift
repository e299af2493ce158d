import CMtor

/// What the kernel itself keeps a command from, beside any other program.
public struct Confinement: Sendable, Hashable {
  /// A part of the file system that Landlock leaves open.
  public struct Rule: Sendable, Hashable {
    public var path: String
    public var isWritable: Bool

    public init(_ path: String, isWritable: Bool = false) {
      self.path = path
      self.isWritable = isWritable
    }

    var text: String { (isWritable ? "w" : "r") + path }
  }

  /// No network but a loopback of its own; where the kernel grants none, no sockets.
  public var hasNetwork = true
  /// No sockets but pairs of them, and no look into other processes, by seccomp.
  public var hasSockets = true
  /// The user's keys of the kernel (keyctl(2)).
  public var hasKeys = true
  /// Owner, mode and attributes of files may be changed.
  public var hasMetadata = true
  /// Nothing of the file system but these, by Landlock; nil: all of it.
  public var fileSystem: [Rule]?
  /// The newest version of Landlock to use; 0: what the kernel has.
  public var landlock = 0

  public init() {}

  var rules: [Rule] { fileSystem ?? [] }

  var flags: UInt32 {
    var flags: UInt32 = 0
    if !hasNetwork { flags |= MTOR_NO_NETWORK.rawValue }
    if !hasSockets { flags |= MTOR_NO_SOCKETS.rawValue }
    if !hasKeys { flags |= MTOR_NO_KEYS.rawValue }
    if !hasMetadata { flags |= MTOR_NO_METADATA.rawValue }
    if fileSystem != nil { flags |= MTOR_LANDLOCK.rawValue }
    return flags
  }
}
