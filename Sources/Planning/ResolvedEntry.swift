import Manifests
import Platform
import YAMLTree

/// An entry with its texts expanded and its paths checked.
struct ResolvedEntry {
  let entry: FileEntry
  let path: RelativePath
  /// Where a moved file or folder comes from.
  let source: RelativePath?
  let condition: ResolvedCondition?
  /// The patch that the entry applies.
  var patch: FilePatch?
  /// The file that a patch copies.
  var copied: RelativePath?

  /// True for an entry that removes its own path.
  var isRemoval: Bool {
    switch entry.action {
    case .delete, .deleteTree: true
    case .patch: patch?.kind == .delete
    default: false
    }
  }
}

/// A `when` with its path checked.
enum ResolvedCondition {
  case exists(RelativePath)
  case missing(RelativePath)
  case contains(RelativePath, text: String)

  var path: RelativePath {
    switch self {
    case .exists(let path), .missing(let path), .contains(let path, _): path
    }
  }
}
