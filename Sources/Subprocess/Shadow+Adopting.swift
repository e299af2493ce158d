import CMtor
import Glibc
public import Platform

/// A shadow that begins where another one is.
extension Shadow {
  /// Brings over all by which another shadow of the same tree differs from it: files with their
  /// modes and times, links, folders, and what is gone there. Owners and special files are left.
  ///
  /// Bytes are copied, so that neither shadow sees what the other does afterwards. Takes time by
  /// what differs, not by the size of the tree, but for a shadow that is a copy.
  public func adopt(_ other: Shadow) throws(SystemError) {
    let (source, target) = (try other.tree, try tree)
    if let upper = try other.upper {
      try ShadowTransfer.follow(upper.descriptor, source.descriptor, target.descriptor, RawPath(""))
    } else {
      try ShadowTransfer.match(source.descriptor, target.descriptor, RawPath(""))
    }
  }
}

/// Makes a folder of one shadow equal to that of another.
enum ShadowTransfer {
  /// Goes through an upper folder, which names all that may differ.
  static func follow(
    _ upper: Int32, _ source: Int32, _ target: Int32, _ prefix: RawPath
  ) throws(SystemError) {
    for name in try names(upper, prefix) {
      let path = prefix.appending(name)
      let above = try FileStatus.of(name, in: upper, path: path)
      guard let wanted = try FileStatus.of(name, in: source, path: path),
        above?.kind == .directory, wanted.kind == .directory
      else {
        try put(name, source, target, path)
        continue
      }
      let inUpper = try open(name, in: upper, path)
      // A folder that was replaced or renamed does not name what it no longer holds.
      if mtor_overlay_replaces(inUpper.raw) {
        try put(name, source, target, path)
        continue
      }
      let inSource = try open(name, in: source, path)
      let inTarget = try makeFolder(name, in: target, path)
      try follow(inUpper.raw, inSource.raw, inTarget.raw, path)
      try close(inTarget.raw, like: wanted, path)
    }
  }

  /// Makes two folders hold the same.
  static func match(_ source: Int32, _ target: Int32, _ prefix: RawPath) throws(SystemError) {
    for name in Set(try names(source, prefix) + names(target, prefix)) {
      try put(name, source, target, prefix.appending(name))
    }
  }

  /// Makes what stands at one name in the target equal to what stands in the source.
  private static func put(
    _ name: RawPath, _ source: Int32, _ target: Int32, _ path: RawPath
  ) throws(SystemError) {
    guard let wanted = try FileStatus.of(name, in: source, path: path) else {
      return try remove(name, in: target, path)
    }
    switch wanted.kind {
    case .directory:
      let inSource = try open(name, in: source, path)
      let inTarget = try makeFolder(name, in: target, path)
      try match(inSource.raw, inTarget.raw, path)
      try close(inTarget.raw, like: wanted, path)
    case .symlink:
      let link = try RootTree.linkTarget(of: name, in: source, path: path)
      try remove(name, in: target, path)
      if symlinkat(link.cString, target, name.cString) < 0 {
        throw SystemError("symlinkat", path.shown)
      }
    case .regular: try copy(name, wanted, source, target, path)
    case .special: return
    }
  }

  private static func copy(
    _ name: RawPath, _ wanted: FileStatus, _ source: Int32, _ target: Int32, _ path: RawPath
  ) throws(SystemError) {
    let reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
    let from = try openFile(name, in: source, reading, path)
    if let present = try FileStatus.of(name, in: target, path: path) {
      // Both shadows may still show the tree's own file. Its time proves nothing: a command can keep
      // that of what it replaces.
      if present.kind == .regular, present.size == wanted.size, present.mode == wanted.mode,
        present.modified == wanted.modified
      {
        let there = try openFile(name, in: target, reading, path)
        let digest = try Digest.ofFile(there.raw, path: path.shown)
        if try Digest.ofFile(from.raw, path: path.shown) == digest { return }
        if lseek(from.raw, 0, SEEK_SET) < 0 { throw SystemError("lseek", path.shown) }
      }
      try remove(name, in: target, path)
    }
    let to = try openFile(name, in: target, O_WRONLY | O_CREAT | O_EXCL, path)
    let copied = mtor_copy_bytes(from.raw, to.raw)
    if copied < 0 { throw SystemError("write", path.shown, code: -copied) }
    if fchmod(to.raw, wanted.mode) < 0 { throw SystemError("fchmod", path.shown) }
    // Builds go by times.
    let stamped = mtor_set_modified(to.raw, wanted.modified)
    if stamped < 0 { throw SystemError("futimens", path.shown, code: -stamped) }
  }

  /// The folder of that name, made where none is; its owner may write it until it is closed.
  private static func makeFolder(
    _ name: RawPath, in target: Int32, _ path: RawPath
  ) throws(SystemError) -> Descriptor {
    if try FileStatus.of(name, in: target, path: path)?.kind != .directory {
      try remove(name, in: target, path)
      if mkdirat(target, name.cString, 0o700) < 0 { throw SystemError("mkdirat", path.shown) }
    }
    return try openWritable(name, in: target, path)
  }

  private static func openWritable(
    _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) -> Descriptor {
    let folder = try open(name, in: parent, path)
    let mode = try FileStatus.of(descriptor: folder.raw, path: path.shown).mode
    if mode & 0o700 != 0o700, fchmod(folder.raw, mode | 0o700) < 0 {
      throw SystemError("fchmod", path.shown)
    }
    return folder
  }

  private static func close(
    _ folder: Int32, like wanted: FileStatus, _ path: RawPath
  ) throws(SystemError) {
    if try FileStatus.of(descriptor: folder, path: path.shown).mode == wanted.mode { return }
    if fchmod(folder, wanted.mode) < 0 { throw SystemError("fchmod", path.shown) }
  }

  /// Removes whatever stands there; nothing is no error.
  static func remove(
    _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) {
    guard let status = try FileStatus.of(name, in: parent, path: path) else { return }
    if status.kind == .directory {
      let folder = try openWritable(name, in: parent, path)
      for inner in try names(folder.raw, path) {
        try remove(inner, in: folder.raw, path.appending(inner))
      }
    }
    let flags = status.kind == .directory ? AT_REMOVEDIR : 0
    if unlinkat(parent, name.cString, flags) < 0 { throw SystemError("unlinkat", path.shown) }
  }

  private static func open(
    _ name: RawPath, in parent: Int32, _ path: RawPath
  ) throws(SystemError) -> Descriptor {
    try openFile(name, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, path)
  }

  private static func openFile(
    _ name: RawPath, in parent: Int32, _ flags: Int32, _ path: RawPath
  ) throws(SystemError) -> Descriptor {
    let raw = mtor_open_at(parent, name.cString, flags, 0o600)
    if raw < 0 { throw SystemError("openat", path.shown, code: -raw) }
    return Descriptor(owning: raw)
  }

  /// A folder's descriptor has one position: it is opened anew for each listing.
  private static func names(_ folder: Int32, _ path: RawPath) throws(SystemError) -> [RawPath] {
    try FolderListing.entries(of: open(RawPath("."), in: folder, path), path: path.shown)
  }
}
