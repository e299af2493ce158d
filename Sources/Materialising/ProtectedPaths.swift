import Platform

/// What lies below the root and is not for a step to change: mtor's own state, git's own folder.
///
/// A planner refuses such a path first, by the same words; here nothing is taken for granted.
struct ProtectedPaths {
  private let folders: [(key: String, why: String)]

  init(git: [RelativePath]) {
    folders =
      [(".mtor/state", "is mtor's own state")]
      + git.map { ($0.collisionKey, "is inside git's own folder") }
  }

  /// Why a path may not be changed; nil for any other.
  func fault(_ path: RelativePath) -> String? {
    // The usual path begins with neither.
    if folders.count == 1 && path.text.utf8.first != UInt8(ascii: ".") { return nil }
    let key = path.collisionKey
    return folders.first { key == $0.key || key.hasPrefix($0.key + "/") }?.why
  }
}
