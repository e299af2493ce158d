/// A tree of files below one root, as it can be looked at.
///
/// The seam through which the planner sees the world: a real folder, or one in memory. It cannot
/// write, so what only holds a `FileTree` cannot change anything. Paths are resolved beneath the
/// root anew on every call; a symbolic link in the middle is ELOOP, never followed.
public protocol FileTree {
  /// What stands at a path, links not followed; nil where nothing does (ENOENT alone).
  ///
  /// ENOTDIR (a parent is a file) and ELOOP (a parent is a link) are thrown: "cannot look" is
  /// never "absent".
  func status(of path: RelativePath) throws(SystemError) -> FileStatus?

  /// The bytes of a regular file; EFBIG above `limit`, ELOOP where it is a link.
  func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8]

  /// The SHA-256 of a regular file's bytes; `status` is what `status(of:)` just said of it, by
  /// which an implementation may know the digest without reading.
  func digest(of path: RelativePath, status: FileStatus) throws(SystemError) -> Digest

  /// The text of a symbolic link.
  func linkTarget(of path: RelativePath) throws(SystemError) -> String

  /// The names in a folder (nil: in the root) without `.` and `..`, sorted by bytes.
  func names(in folder: RelativePath?) throws(SystemError) -> [String]

  /// Those of the names that are no UTF-8, as they are: in `names` they stand with U+FFFD, and
  /// nothing is found under that.
  func namesThatAreNoText(in folder: RelativePath?) throws(SystemError) -> [RawPath]
}

extension FileTree {
  /// The same, nil also where a file or a link stands above the path: nothing is there, then, for one
  /// who has no use for what is in the way.
  public func reachableStatus(of path: RelativePath) throws(SystemError) -> FileStatus? {
    do throws(SystemError) { return try status(of: path) } catch {
      if error.isAboutPath { return nil }
      throw error
    }
  }

  /// None: only a real folder can have them.
  public func namesThatAreNoText(in folder: RelativePath?) throws(SystemError) -> [RawPath] { [] }
}
