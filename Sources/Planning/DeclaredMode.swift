import Manifests
import YAMLTree

/// What an entry says of its file's permission bits.
enum DeclaredMode {
  case exact(UInt32)
  case executable(Bool)

  /// Nil for an entry that says nothing of them.
  init?(of entry: FileEntry) {
    if let mode = entry.mode {
      self = .exact(mode)
    } else if let isExecutable = entry.isExecutable ?? Self.isExecutable(byPatchOf: entry) {
      self = .executable(isExecutable)
    } else {
      return nil
    }
  }

  private static func isExecutable(byPatchOf entry: FileEntry) -> Bool? {
    guard case .patch(let text) = entry.action,
      case .success(let patch) = FilePatch.read(text.decoded(), for: entry.path)
    else { return nil }
    return patch.isExecutable
  }

  /// The bits that a file with these gets.
  func bits(on present: UInt32) -> UInt32 {
    switch self {
    case .exact(let mode): mode
    case .executable(true): present | (present & 0o444) >> 2
    case .executable(false): present & ~0o111
    }
  }
}
