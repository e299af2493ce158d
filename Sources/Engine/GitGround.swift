import Glibc
import Platform
import YAMLTree

/// Where git keeps what is its own: nothing is ever written there, so that no root may lie there.
enum GitGround {
  /// Throws where a folder, by its real path, is a git folder or lies inside one.
  ///
  /// - Parameter root: how the folder is called in the error, if it is not there yet.
  static func refuse(_ folder: String, for root: String? = nil) throws(RunFailure) {
    guard let owner = around(folder) else { return }
    let message =
      root == nil && owner == folder
      ? "the root is git's own folder"
      : "the root is inside git's own folder '\(Printable.escaped(owner))'"
    throw .invalid([
      Diagnostic(
        .error, "path-git", message, file: root ?? folder,
        hint: "mtor never writes there; name a work tree by --root DIR")
    ])
  }

  /// The git folder that a folder is or lies in; nil on other ground.
  ///
  /// Only a work tree that the repository itself keeps in its folder (`git worktree add` in a bare
  /// one) is other ground there.
  static func around(_ root: String) -> String? {
    var folder = root
    while true {
      if isGitFolder(folder), !holdsWorkTree(around: root, in: folder) { return folder }
      guard let parent = parent(of: folder) else { return nil }
      folder = parent
    }
  }

  /// The folder above an absolute path; nil above the top.
  static func parent(of path: String) -> String? {
    guard path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let above = String(decoding: path.utf8[..<slash], as: UTF8.self)
    return above.isEmpty ? "/" : above
  }

  /// By the name that no manifest may write below, or by what makes a folder a repository for git.
  private static func isGitFolder(_ folder: String) -> Bool {
    let name = folder.utf8.split(separator: UInt8(ascii: "/")).last
    if name.map({ String(decoding: $0, as: UTF8.self).lowercased() }) == ".git" { return true }
    var status = stat()
    guard lstat(folder + "/HEAD", &status) == 0 else { return false }
    return isFolder(folder + "/objects") && isFolder(folder + "/refs")
      || access(folder + "/commondir", F_OK) == 0
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// True if on the way up from the root to a git folder stands the top of one of its work trees.
  private static func holdsWorkTree(around root: String, in gitFolder: String) -> Bool {
    var folder = root
    while folder != gitFolder {
      let own = leading(from: folder)
      if let own, own.utf8.starts(with: "\(gitFolder)/worktrees/".utf8) { return true }
      guard let above = parent(of: folder) else { return false }
      folder = above
    }
    return false
  }

  /// Where the `.git` file of a further work tree leads.
  private static func leading(from folder: String) -> String? {
    let bytes: [UInt8]
    do {
      bytes = try Descriptor.open(folder + "/.git", O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        .readAll(limit: 65_536)
    } catch {
      // No such file, or one that says nothing: then git's folder is git's.
      return nil
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("gitdir: ") else { return nil }
    let path = String(text.dropFirst(8).prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" })
    guard let place = realpath(path.hasPrefix("/") ? path : folder + "/" + path, nil) else {
      return nil
    }
    defer { free(place) }
    return String(cString: place)
  }
}
