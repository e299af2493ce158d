/// The commits of runs that were undone while the commits stay: the files are as before them, and
/// HEAD is not.
public struct UndoneCommits: Sendable, Hashable {
  /// Where HEAD was when the last of the runs was undone.
  public var head: String
  /// The oldest of the commits.
  public var oldest: String

  public init(head: String, oldest: String) {
    self.head = head
    self.oldest = oldest
  }
}

extension StateFolder {
  private static let undoneKind = "undone-commits"

  /// What `keep` remembered last; nil where there is nothing.
  public func undoneCommits() throws(TreeError) -> UndoneCommits? {
    if isAbsent { return nil }
    guard let body = try readSealed(Names.undoneCommits, kind: Self.undoneKind) else { return nil }
    let words = body.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    return words.count == 2 ? UndoneCommits(head: words[0], oldest: words[1]) : nil
  }

  /// Remembers them in place of earlier ones. The caller holds the tree's lock.
  public func keep(_ undone: UndoneCommits) throws(TreeError) {
    let body = Array("\(undone.head)\n\(undone.oldest)\n".utf8)
    try writeSealed(Names.undoneCommits, SealedFile.heading(Self.undoneKind) + body)
  }
}
