/// What a text may be at most; a limit is checked before the work that it bounds.
public struct Limits: Sendable, Hashable {
  /// Bytes of a manifest.
  public var manifest: Int
  /// Bytes of one content.
  public var file: Int
  /// How deep lists and mappings stand in one another.
  public var depth: Int
  /// Steps of a manifest, and entries of files in all of them.
  public var steps: Int
  public var files: Int

  public init(
    manifest: Int = 64 << 20, file: Int = 16 << 20, depth: Int = 32, steps: Int = 100_000,
    files: Int = 200_000
  ) {
    self.manifest = manifest
    self.file = file
    self.depth = depth
    self.steps = steps
    self.files = files
  }

  /// Bytes of a file's base64, whose lines may be short; the file itself is counted once it is
  /// decoded, and a text once it is known what it is.
  var encodedFile: Int {
    guard file < Int.max / 2 else { return .max }
    let signs = (file / 3 + 1) * 4
    return signs + signs / 16 + 1
  }

  /// Keys, texts, lists and mappings of a document: what so many steps and files may need, so that
  /// a tree of many more is never made.
  public var values: Int { 5 * (steps + files) }

  /// A size in words, such as `64 MB`.
  public static func words(_ bytes: Int) -> String {
    switch bytes {
    case (1 << 20)... where bytes % (1 << 20) == 0: "\(bytes >> 20) MB"
    case (1 << 10)... where bytes % (1 << 10) == 0: "\(bytes >> 10) KB"
    default: "\(bytes) bytes"
    }
  }
}
