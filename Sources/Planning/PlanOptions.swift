public import Platform

/// What a plan depends on besides the manifest and the tree.
public struct PlanOptions {
  /// The values that `--param` sets.
  public var params: [String: String]
  /// Replace what is a person's, too.
  public var force: Bool
  /// Put the manifest's own bytes back where an accepted repair left others.
  public var declared: Bool
  /// The id of the one step to plan: its files and commands, with `setup`, without `verify` and
  /// `commit`. Nil: all.
  public var only: String?
  /// True where `only` names a step of another manifest of the run: nothing of this one is planned.
  public var isStepElsewhere: Bool
  /// Read and compare contents instead of asking the tree for a digest it may have kept.
  public var verifiesContents: Bool
  /// Keep the bytes of what is replaced or deleted, for a diff; edits keep theirs anyway.
  public var keepsReplaced: Bool
  /// The largest file that is read, in bytes.
  public var fileLimit: Int
  /// The folder that `from` reads: the manifest's own, or the current one for standard input.
  public var sources: (any FileTree)?
  /// Why there are no `sources`; only an entry that reads one needs to know.
  public var sourcesFault: String?
  /// Folders of the root that no entry may enter, such as a real git folder elsewhere.
  public var protected: [RelativePath]
  /// The manifests' own paths, where they lie in the root: no entry may touch them.
  public var manifestPaths: [RelativePath]

  public init() {
    params = [:]
    force = false
    declared = false
    isStepElsewhere = false
    verifiesContents = false
    keepsReplaced = false
    fileLimit = 16 << 20
    protected = []
    manifestPaths = []
  }
}
