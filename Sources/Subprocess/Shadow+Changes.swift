import CMtor
import Glibc
public import Platform

/// A path that differs between a shadow and its tree.
public struct ShadowChange: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case created, changed, deleted
    /// Only its permission bits differ.
    case mode
  }

  /// Relative to the root, `/` separated: any bytes that the system takes.
  public var raw: RawPath
  public var kind: Kind
  /// What stands in the shadow; nil where nothing does.
  public var after: FileStatus?
  /// Of a regular file in the shadow.
  public var digest: Digest?

  /// The same as text, U+FFFD for what is no UTF-8. Not always a path that mtor would write.
  public var path: String { raw.decoded }

  public init(path: String, kind: Kind, after: FileStatus? = nil, digest: Digest? = nil) {
    self.init(RawPath(path), kind, after: after, digest: digest)
  }

  init(_ raw: RawPath, _ kind: Kind, after: FileStatus? = nil, digest: Digest? = nil) {
    self.raw = raw
    self.kind = kind
    self.after = after
    self.digest = digest
  }
}

extension Shadow {
  /// What commands changed below the root: files, links and special files, sorted by path.
  ///
  /// Folders are not listed. The time it takes depends on what was changed, not on the size of
  /// the tree. A file that was written but has the same bytes and mode is no change.
  public func changes() throws(SystemError) -> [ShadowChange] {
    let original = try RootTree(path: root)
    var walk = ShadowWalk()
    let tree = try self.tree
    if let upper = try self.upper {
      try walk.follow(upper.descriptor, shadow: tree.descriptor, original.descriptor, RawPath(""))
    } else {
      try walk.compare(shadow: tree.descriptor, original.descriptor, RawPath(""))
    }
    if case .copy(let omitted) = kind {
      walk.changes.removeAll { change in
        change.kind == .deleted && omitted.contains { Shadow.isWithin(change.path, $0) }
      }
    }
    return walk.changes.sorted { $0.raw < $1.raw }
  }
}

/// The comparison of a shadow with its tree, folder by folder.
private struct ShadowWalk {
  var changes: [ShadowChange] = []

  /// Goes through an upper folder, which names all that may differ.
  mutating func follow(
    _ upper: Int32, shadow: Int32, _ original: Int32, _ prefix: RawPath
  ) throws(SystemError) {
    for name in try Self.names(upper, prefix) {
      let path = prefix.appending(name)
      let status = try FileStatus.of(name, in: upper, path: path)
      let before = try FileStatus.of(name, in: original, path: path)
      guard status?.kind == .directory, before?.kind == .directory else {
        try look(at: name, shadow: shadow, original, path)
        continue
      }
      let inUpper = try Self.open(name, in: upper, path)
      let inShadow = try Self.open(name, in: shadow, path)
      let inOriginal = try Self.open(name, in: original, path)
      // A folder that was replaced or renamed does not name what it no longer holds.
      if mtor_overlay_replaces(inUpper.raw) {
        try compare(shadow: inShadow.raw, inOriginal.raw, path)
      } else {
        try follow(inUpper.raw, shadow: inShadow.raw, inOriginal.raw, path)
      }
    }
  }

  /// Compares two folders whole.
  mutating func compare(
    shadow: Int32, _ original: Int32, _ prefix: RawPath
  ) throws(SystemError) {
    let names = Set(try Self.names(shadow, prefix) + Self.names(original, prefix))
    for name in names { try look(at: name, shadow: shadow, original, prefix.appending(name)) }
  }

  /// Compares what stands at one name.
  private mutating func look(
    at name: RawPath, shadow: Int32, _ original: Int32, _ path: RawPath
  ) throws(SystemError) {
    let after = try FileStatus.of(name, in: shadow, path: path)
    let before = try FileStatus.of(name, in: original, path: path)
    if after?.kind == .directory, before?.kind == .directory {
      let inShadow = try Self.open(name, in: shadow, path)
      let inOriginal = try Self.open(name, in: original, path)
      return try compare(shadow: inShadow.raw, inOriginal.raw, path)
    }
    if let before {
      if before.kind == .directory {
        try list(.deleted, name, in: original, path)
      } else if after == nil || after?.kind == .directory {
        changes.append(ShadowChange(path, .deleted))
      }
    }
    guard let after else { return }
    if after.kind == .directory { return try list(.created, name, in: shadow, path) }
    guard let before, before.kind != .directory else {
      return try add(.created, name, after, in: shadow, path)
    }
    try compareFiles(name, after, before, shadow: shadow, original, path)
  }

  private mutating func compareFiles(
    _ name: RawPath, _ after: FileStatus, _ before: FileStatus, shadow: Int32, _ original: Int32,
    _ path: RawPath
  ) throws(SystemError) {
    var same = after.kind == before.kind
    if same, after.kind == .regular {
      same = after.size == before.size
      if same {
        let wanted = try Self.digest(name, in: original, path)
        same = try Self.digest(name, in: shadow, path) == wanted
      }
    } else if same, after.kind == .symlink {
      let wanted = try RootTree.linkTarget(of: name, in: original, path: path)
      same = try RootTree.linkTarget(of: name, in: shadow, path: path) == wanted
    }
    if !same { return try add(.changed, name, after, in: shadow, path) }
    if after.mode != before.mode { try add(.mode, name, after, in: shadow, path) }
  }

  /// Everything in a folder that is there on one side only.
  private mutating func list(
    _ kind: ShadowChange.Kind, _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) {
    let folder = try Self.open(name, in: parent, path)
    for name in try Self.names(folder.raw, path) {
      let inner = path.appending(name)
      let status = try FileStatus.of(name, in: folder.raw, path: inner)
      if status?.kind == .directory {
        try list(kind, name, in: folder.raw, inner)
      } else if kind == .deleted {
        changes.append(ShadowChange(inner, kind))
      } else if let status {
        try add(kind, name, status, in: folder.raw, inner)
      }
    }
  }

  private mutating func add(
    _ kind: ShadowChange.Kind, _ name: RawPath, _ after: FileStatus, in parent: Int32,
    _ path: RawPath
  ) throws(SystemError) {
    let digest = after.kind == .regular ? try Self.digest(name, in: parent, path) : nil
    changes.append(ShadowChange(path, kind, after: after, digest: digest))
  }

  private static func digest(
    _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) -> Digest {
    let raw = mtor_open_at(parent, name.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
    if raw < 0 { throw SystemError("openat", path.shown, code: -raw) }
    let file = Descriptor(owning: raw)
    return try Digest.ofFile(file.raw, path: path.shown)
  }

  private static func open(
    _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) -> Descriptor {
    let raw = mtor_open_at(parent, name.cString, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
    if raw < 0 { throw SystemError("openat", path.shown, code: -raw) }
    return Descriptor(owning: raw)
  }

  /// A folder's descriptor has one position: it is opened anew for each listing.
  private static func names(_ folder: Int32, _ path: RawPath) throws(SystemError) -> [RawPath] {
    try FolderListing.entries(of: open(RawPath("."), in: folder, path), path: path.shown)
  }
}
