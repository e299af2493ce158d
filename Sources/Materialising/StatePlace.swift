import CMtor
import Glibc
import Platform

/// Which of the two places holds the state, and how to get into it.
struct StatePlace {
  /// For messages.
  let path: String
  /// Where the relative path below begins: the git folder, or the root.
  private let anchor: Anchor
  private let relative: String
  private let isInTree: Bool

  private enum Anchor {
    case git(GitFolder)
    case root(RootTree)

    var raw: Int32 {
      switch self {
      case .git(let folder): folder.descriptor.raw
      case .root(let tree): tree.descriptor
      }
    }
  }

  /// Where state stands already; else the git folder, if it lies on the root's file system and
  /// can be written; else the root.
  static func find(root: RootTree, git: GitFolder?) throws(SystemError) -> StatePlace {
    let inRoot = StatePlace(
      path: (Descriptor.path(of: root.descriptor) ?? root.path) + "/.mtor/state",
      anchor: .root(root), relative: ".mtor/state", isInTree: true)
    // Renames do not cross file systems.
    guard let git, git.status.device == root.device else { return inRoot }
    let folder = Descriptor.path(of: git.descriptor.raw) ?? ".git"
    let inGit = StatePlace(
      path: folder + "/mtor", anchor: .git(git), relative: "mtor", isInTree: false)
    let room = StateFolder.roomName(root.status)
    if try inGit.holds(room) { return inGit }
    if try inRoot.holds(room) { return inRoot }
    if try inGit.holds(nil) { return inGit }
    if try inRoot.holds(nil) { return inRoot }
    let mayWrite = faccessat(git.descriptor.raw, ".", W_OK | X_OK, AT_EACCESS) == 0
    return mayWrite ? inGit : inRoot
  }

  private func holds(_ room: String?) throws(SystemError) -> Bool {
    let name = room.map { relative + "/" + $0 } ?? relative
    let raw = mtor_open_folder_beneath(anchor.raw, name)
    if raw >= 0 {
      close(raw)
      return true
    }
    // A link or a file stands there: it is found, and refused when it is opened.
    if raw == -ELOOP || raw == -ENOTDIR { return true }
    if raw == -ENOENT { return false }
    throw SystemError("openat2", name, code: -raw)
  }

  /// Opens the folder; nil where nothing stands. Refuses a link, a file, another user's folder
  /// and one that others may write in.
  func openExisting() throws(TreeError) -> Descriptor? {
    let raw = mtor_open_beneath(anchor.raw, relative, O_RDONLY | O_DIRECTORY, 0)
    if raw == -ENOENT { return nil }
    if raw == -ELOOP { throw untrusted("is a symbolic link, or lies behind one") }
    if raw == -ENOTDIR { throw untrusted("is not a folder") }
    if raw < 0 { throw failed(SystemError("openat2", path, code: -raw)) }
    let opened = Descriptor(owning: raw)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus.of(descriptor: opened.raw, path: path) } catch
    {
      throw failed(error)
    }
    if status.user != geteuid() { throw untrusted("belongs to user \(status.user), not to you") }
    if status.mode & 0o022 != 0 { throw untrusted("can be written by others") }
    return opened
  }

  /// Makes the folder and the one of a root in it, mode 0700; what stands is left.
  func create(_ room: String) throws(SystemError) {
    if isInTree {
      try make(".mtor", mode: 0o755, in: anchor.raw)
    }
    let isNew = try make(relative, mode: 0o700, in: anchor.raw)
    if isNew && isInTree {
      let folder = try open(relative)
      // So that git does not show mtor's own files.
      _ = try NewFile.create(
        ".gitignore", in: folder.raw, mode: 0o600, bytes: Array("*\n".utf8))
    }
    try make(relative + "/roots", mode: 0o700, in: anchor.raw)
    try make(relative + "/" + room, mode: 0o700, in: anchor.raw)
  }

  private func open(_ path: String) throws(SystemError) -> Descriptor {
    let raw = mtor_open_beneath(anchor.raw, path, O_RDONLY | O_DIRECTORY, 0)
    if raw < 0 { throw SystemError("openat2", path, code: -raw) }
    return Descriptor(owning: raw)
  }

  /// True if it was not there before. The parent is resolved through no link.
  @discardableResult
  private func make(_ path: String, mode: mode_t, in anchor: Int32) throws(SystemError) -> Bool {
    let slash = path.lastIndex(of: "/")
    let parent = try open(slash.map { String(path[..<$0]) } ?? ".")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    while mkdirat(parent.raw, name, mode) < 0 {
      if errno == EEXIST { return false }
      if errno != EINTR { throw SystemError("mkdirat", self.path) }
    }
    return true
  }

  private func failed(_ error: SystemError) -> TreeError {
    .system(error, note: "nothing was touched")
  }

  private func untrusted(_ what: String) -> TreeError {
    .state(
      "the state folder \(Printable.escaped(path)) \(what)",
      remedy: "mv \(path) \(path).aside")
  }
}
