/// The commit of a run that was undone while the commit stays: the files are as before it, and HEAD
/// is not.
extension StateFolder {
  private static let undoneKind = "undone-commit"

  /// The id of the newest such commit; nil where there is none.
  public func undoneCommit() throws(TreeError) -> String? {
    if isAbsent { return nil }
    let body = try readSealed(Names.undoneCommit, kind: Self.undoneKind)
    return body.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Remembers such a commit in place of an earlier one. The caller holds the tree's lock.
  public func keepUndone(commit: String) throws(TreeError) {
    try writeSealed(
      Names.undoneCommit, SealedFile.heading(Self.undoneKind) + Array(commit.utf8))
  }
}
