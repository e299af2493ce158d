import Glibc
import Platform

/// The git folder of one work tree, found without running git.
final class GitFolder {
  /// Open for looking up and creating in it.
  let descriptor: Descriptor
  let status: FileStatus

  private init(descriptor: consuming Descriptor, status: FileStatus) {
    self.descriptor = descriptor
    self.status = status
  }

  /// True where `.git` is: the folder is the top of a work tree, or says that it is.
  static func stands(in folder: Int32) -> Bool { faccessat(folder, ".git", F_OK, 0) == 0 }

  /// Opens the git folder of a work tree's top; nil where `.git` is neither a repository nor a
  /// file that leads to one (then git itself would refuse it too).
  static func find(in top: Int32) throws(SystemError) -> GitFolder? {
    guard let status = try FileStatus.of(".git", in: top) else { return nil }
    switch status.kind {
    case .directory: return try open(".git", in: top)
    case .regular:
      // A linked work tree or a submodule: `gitdir: PATH`, relative to the file's folder.
      let raw = openat(top, ".git", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      if raw < 0 { throw SystemError("openat", ".git") }
      let file = Descriptor(owning: raw)
      let text = String(decoding: try file.readAll(limit: 65_536, path: ".git"), as: UTF8.self)
      guard text.hasPrefix("gitdir: ") else { return nil }
      let path = text.dropFirst(8).prefix { $0 != "\n" && $0 != "\r" && $0 != "\0" }
      return path.isEmpty ? nil : try open(String(path), in: top)
    case .symlink, .special: return nil
    }
  }

  private static func open(_ path: String, in folder: Int32) throws(SystemError) -> GitFolder? {
    let raw = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if raw < 0 {
      // A work tree whose repository is elsewhere now, or not ours to read: no place for state.
      if [ENOENT, ENOTDIR, EACCES, ELOOP].contains(errno) { return nil }
      throw SystemError("openat", path)
    }
    let descriptor = Descriptor(owning: raw)
    // What makes a folder a repository for git.
    guard try FileStatus.of("HEAD", in: descriptor.raw) != nil else { return nil }
    let status = try FileStatus.of(descriptor: descriptor.raw)
    return GitFolder(descriptor: descriptor, status: status)
  }
}
