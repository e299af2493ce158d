public import Platform

/// What is dispatched: one manifest for one tree, and when.
public struct TaskOrder: Sendable, Hashable {
  public var id: TaskId
  /// Which workers take it.
  public var queue: String
  /// The highest goes first; 0 unless told.
  public var priority: Int
  /// Nanoseconds since 1970.
  public var notBefore: Int64
  /// Tasks of the same batch that have to pass before.
  public var after: [String]
  public var work: TaskWork
  /// True to begin anew what has passed already.
  public var isAgain: Bool

  public init(id: TaskId, work: TaskWork) {
    self.id = id
    self.work = work
    queue = "default"
    priority = 0
    notBefore = 0
    after = []
    isAgain = false
  }

  /// The digest of batch, task and manifest: the same request twice is one.
  public var request: Digest {
    Digest(of: Array("\(id.batch)\0\(id.task)\0\(work.manifestDigest.hex)".utf8))
  }
}

/// The work itself, as it travels: input like any other for the worker that reads it.
public struct TaskWork: Sendable, Hashable {
  /// The repository's common git folder on this machine, absolute.
  public var repository: String
  /// Where else the repository is, for workers of other machines: what git may be given; nil where
  /// it is on this machine alone.
  public var address: String?
  /// True where what passed is to come home as a bundle in the task's report.
  public var returns: Bool
  /// True where who put it in does anew what does not pass: nothing of that is kept in a copy.
  public var isTrial: Bool
  /// The root below the top of the work tree, empty or ending with a slash.
  public var prefix: String
  /// The branch that was started from, which `lands` moves on; nil for a commit without one.
  public var branch: String?
  /// Where the work begins; 40 or 64 hexadecimal digits.
  public var commit: String
  /// The manifest's own name.
  public var manifest: String
  /// The name of its file, which tells the notation.
  public var file: String
  public var manifestBytes: [UInt8]
  /// What ssh-keygen made of the manifest's bytes; nil where it is not signed.
  public var signature: String?
  public var params: [String: String]
  /// A configuration that may only tighten the worker's own; nil: none.
  public var tightening: String?
  /// Moves the branch on when all is green and it can be done without a merge.
  public var lands: Bool

  public init(
    repository: String, commit: String, manifest: String, file: String, manifestBytes: [UInt8]
  ) {
    self.repository = repository
    self.commit = commit
    self.manifest = manifest
    self.file = file
    self.manifestBytes = manifestBytes
    prefix = ""
    params = [:]
    lands = false
    returns = false
    isTrial = false
  }

  /// What two tasks of one repository have in common.
  var place: String { address ?? repository }

  public var manifestDigest: Digest { Digest(of: manifestBytes) }
}

extension TaskWork {
  /// Everything but the manifest's bytes, which are kept beside it.
  var json: JSON {
    [
      "repository": .string(repository), "prefix": .string(prefix), "branch": JSON(branch),
      "commit": .string(commit), "manifest": .string(manifest), "file": .string(file),
      "sha256": .string(manifestDigest.hex), "signature": JSON(signature),
      "params": .object(
        params.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
      "config": JSON(tightening), "land": .bool(lands), "address": JSON(address),
      "returns": .bool(returns), "trial": .bool(isTrial),
    ]
  }

  /// Reads what `json` wrote; nil where something is missing or of another kind, or where the
  /// bytes are not those that were meant.
  init?(_ json: JSON, bytes: [UInt8]) {
    guard let repository = json["repository"]?.string, let prefix = json["prefix"]?.string,
      let commit = json["commit"]?.string, let manifest = json["manifest"]?.string,
      let file = json["file"]?.string, let params = json["params"]?.object,
      let lands = json["land"]?.bool, let digest = json["sha256"]?.string
    else { return nil }
    self.init(
      repository: repository, commit: commit, manifest: manifest, file: file, manifestBytes: bytes)
    guard manifestDigest.hex == digest else { return nil }
    self.prefix = prefix
    self.lands = lands
    branch = json["branch"]?.string
    signature = json["signature"]?.string
    tightening = json["config"]?.string
    // Those of an older mtor have none of these.
    address = json["address"]?.string
    returns = json["returns"]?.bool ?? false
    isTrial = json["trial"]?.bool ?? false
    for member in params {
      guard let value = member.value.string else { return nil }
      self.params[member.key] = value
    }
  }
}
