import Glibc
import Platform

/// Looks at what stands at a name of an open folder, and at its bytes.
enum Inspector {
  /// What stands there, with its digest; nil for nothing. A special file is nil's opposite: it is
  /// recorded as a folder with an inode of its own, which equals nothing of ours.
  static func look(
    at name: String, in folder: Int32, path: String
  ) throws(SystemError) -> Operation.Recorded? {
    guard let status = try FileStatus.of(name, in: folder, path: path) else { return nil }
    switch status.kind {
    case .regular:
      let file = try open(name, in: folder, path: path)
      return Operation.Recorded(
        .regular, try FileStatus.of(descriptor: file.raw, path: path),
        digest: try Digest.ofFile(file.raw, path: path))
    case .symlink:
      let target = try RootTree.linkTarget(of: name, in: folder, path: path)
      return Operation.Recorded(.symlink, status, digest: Digest(of: target.utf8))
    case .directory, .special:
      return Operation.Recorded(.folder, status, digest: noDigest)
    }
  }

  /// Opens a regular file for reading; O_NONBLOCK, lest a FIFO swapped in holds the run up.
  static func open(
    _ name: String, in folder: Int32, path: String
  ) throws(SystemError) -> Descriptor {
    while true {
      let raw = openat(
        folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if raw >= 0 { return Descriptor(owning: raw) }
      if errno != EINTR { throw SystemError("openat", path) }
    }
  }

  static let noDigest = Digest(of: [])
}

extension Operation.Recorded {
  init(_ kind: Kind, _ status: FileStatus, digest: Digest) {
    self.init(
      kind: kind, inode: status.inode, size: status.size, mode: status.mode, digest: digest)
  }

  /// The same bytes or target, and for a file the same permissions: a person changed nothing.
  ///
  /// Not the inode: overlayfs gives a file another one when it is first moved.
  func isUnchanged(from other: Self) -> Bool {
    hasContent(of: other) && (kind != .regular || mode == other.mode)
  }

  /// The same bytes or target.
  func hasContent(of other: Self) -> Bool { kind == other.kind && digest == other.digest }

  /// By what it is known that a command of the run made it; nil for a folder, which is never a
  /// result.
  var resultDigest: Digest? {
    switch kind {
    case .regular: digest
    // A file that holds a link's text is not that link.
    case .symlink: Digest(of: Array("link \(digest.hex)".utf8))
    case .folder: nil
    }
  }

  /// The very file, with the very bytes.
  func isVery(_ other: Self) -> Bool { inode == other.inode && isUnchanged(from: other) }
}
