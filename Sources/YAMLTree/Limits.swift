/// What a text may be at most; a limit is checked before the work that it bounds.
public struct Limits: Sendable, Hashable {
  /// Bytes of a manifest.
  public var manifest: Int
  /// Bytes of one content.
  public var file: Int
  /// How deep lists and mappings stand in one another.
  public var depth: Int

  public init(manifest: Int = 64 << 20, file: Int = 16 << 20, depth: Int = 32) {
    self.manifest = manifest
    self.file = file
    self.depth = depth
  }

  /// A size in words, such as `64 MB`.
  public static func words(_ bytes: Int) -> String {
    switch bytes {
    case (1 << 20)... where bytes % (1 << 20) == 0: "\(bytes >> 20) MB"
    case (1 << 10)... where bytes % (1 << 10) == 0: "\(bytes >> 10) KB"
    default: "\(bytes) bytes"
    }
  }
}
