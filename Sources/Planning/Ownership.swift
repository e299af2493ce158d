public import Platform

/// Why an `Ownership` has no answer, with what to do.
public protocol OwnershipFailure: Error {
  var hint: String? { get }
}

/// Whose the bytes at a path are: asked only where an entry wants to replace or remove them.
public protocol Ownership {
  /// Names every path that may be asked about; said once, before the first question, so that git
  /// can be asked about all of them in one go.
  func expect(_ paths: [RelativePath]) throws

  /// What git and mtor's own memory say of the file as it stands.
  func claim(on path: RelativePath, holding present: FileState) throws -> Claim

  /// Why git would not keep these bytes at this path, or why the path is not this repository's: a
  /// submodule, outside a sparse checkout, a content filter, a line-end conversion that changes
  /// the very bytes; nil where nothing is in the way.
  ///
  /// Asked for every path that would be created, replaced or edited, and never for an unchanged
  /// one; answered from one batch over all paths of the manifest, so asking is cheap.
  func obstacle(toWriting wanted: FileState, at path: RelativePath) throws -> String?

  /// The paths that differ between the commit that a manifest's `base` names and HEAD or the tree;
  /// throws where the commit is not there.
  func differences(since base: String, among paths: [RelativePath]) throws -> [RelativePath]

  /// The bytes from before this manifest changed the path, out of the undo copy, if the present
  /// bytes are what its last run left there.
  ///
  /// Followed back through the runs of the manifest of that name, as long as each found what the
  /// one before had left: a changed edit is applied to the bytes from before its first version.
  /// Bytes from before another manifest's run are not asked for.
  func original(
    of path: RelativePath, holding present: Digest, manifest: String
  ) throws -> Original

  /// The same for a file that the manifest moved there: the bytes that stood at the source before
  /// the run that moved them.
  func original(
    of path: RelativePath, movedFrom source: RelativePath, holding present: Digest,
    manifest: String
  ) throws -> Original

  /// The run whose accepted repair turned the declared bytes into the present ones, if one did.
  func repair(of path: RelativePath, declared: Digest, present: Digest) throws -> String?

  /// The run whose accepted repair is below the present bytes, where entries of these declarations,
  /// in this order and none after them, have led to these: one was repaired, later ones went on from
  /// that.
  func repair(
    of path: RelativePath, below declared: [Digest], present: Digest
  ) throws -> String?

  /// True if an accepted repair of these declared bytes stands, or stood, and commands of the step
  /// have rewritten the declared or the repaired bytes: such a file is put back before they run.
  func isRewrittenAndRepaired(
    _ path: RelativePath, declared: Digest, present: Digest
  ) throws -> Bool

  /// True if the last run that applied this very declaration to the path left the present bytes.
  func isResult(of path: RelativePath, declared: Digest, present: Digest) throws -> Bool

  /// Every path that the latest runs of manifests of these names have changed, with what stood there
  /// before: before the last such run for attempt 0, before the one before that for attempt 1, and
  /// so on. Nil where nothing is remembered, or where the bytes from that time are gone.
  ///
  /// `run` is the one that asks and begins no attempt, nil before it has begun.
  func starts(
    of manifests: Set<String>, attempt: Int, besides run: String?
  ) throws -> [ReplayStart]?
}

extension Ownership {
  public func expect(_ paths: [RelativePath]) throws {}

  public func repair(
    of path: RelativePath, below declared: [Digest], present: Digest
  ) throws -> String? { nil }

  public func isRewrittenAndRepaired(
    _ path: RelativePath, declared: Digest, present: Digest
  ) throws -> Bool { false }

  public func starts(
    of manifests: Set<String>, attempt: Int, besides run: String?
  ) throws -> [ReplayStart]? { nil }
}

/// A path as it was before runs of a manifest, and as these left it.
public struct ReplayStart: Sendable {
  /// How many runs are gone back at most.
  static let attempts = 8

  public var path: RelativePath
  /// With its bytes, where it is a file.
  public var before: FileState
  /// Of the bytes or the link's target that were left there; nil for nothing.
  public var left: Digest?

  public init(path: RelativePath, before: FileState, left: Digest?) {
    self.path = path
    self.before = before
    self.left = left
  }
}

/// What stood at a path before mtor's own last change of it.
public enum Original: Hashable, Sendable {
  /// The present bytes are not what mtor left there.
  case unknown
  /// Nothing stood there.
  case absent
  case bytes([UInt8])
  /// The undo copy of that run is gone.
  case gone(run: String)
}

/// The answer to "may this be replaced".
public enum Claim: Hashable, Sendable {
  /// Equals HEAD and the index.
  case committed
  /// What mtor itself last left there.
  case ours
  /// A person's; the text says why, such as "is not tracked by git" or "differs from HEAD".
  case persons(String)
  /// git would change the bytes, or they belong to another repository: a conflict that says why.
  case foreign(String)
}
