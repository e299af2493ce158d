import Platform

/// What stands at a declared path, as far as git and the manifest can tell one thing from another.
enum StandingFile: Equatable {
  /// Neither a file nor a link. A folder may be there: that is made of the files in it.
  case nothing
  case link(String)
  case file(Digest, mode: UInt32)
  case special

  /// The permission bits of a file whose `executable` is declared.
  static let executableBits: UInt32 = 0o111
  /// Those of a file whose `mode` is declared.
  static let allBits: UInt32 = 0o777

  /// Looks at a path; `mask` has the permission bits that count. With `known` the bytes of a file are
  /// not read.
  init(
    _ path: RelativePath, in tree: any FileTree, mask: UInt32, known: Digest? = nil
  ) throws(SystemError) {
    // Something else may be in its folder's place.
    guard let status = try tree.reachableStatus(of: path) else {
      self = .nothing
      return
    }
    switch status.kind {
    case .directory: self = .nothing
    case .special: self = .special
    case .symlink: self = .link(try tree.linkTarget(of: path))
    case .regular:
      let digest = if let known { known } else { try tree.digest(of: path, status: status) }
      self = .file(digest, mode: status.mode & mask)
    }
  }
}
