import CMtor
import Glibc
import Platform

/// What lies above the root: the folders up to the file system's top, and the work tree of git
/// that the root is in.
///
/// Walked by `..` from the root's descriptor, so that no path text is trusted.
struct Surroundings {
  /// A folder above the root (or the root itself), held open.
  final class Ancestor {
    /// Readable, so that it can be locked; nil where this user may not read it.
    private let descriptor: Descriptor?
    let status: FileStatus

    init(descriptor: consuming Descriptor?, status: FileStatus) {
      self.descriptor = descriptor
      self.status = status
    }

    /// The number, valid as long as this object lives.
    var raw: Int32? {
      switch descriptor {
      case .some(let descriptor): descriptor.raw
      case .none: nil
      }
    }
  }

  /// From the root's parent to the top.
  let ancestors: [Ancestor]
  /// How many steps above the root the work tree's top lies: 0 is the root; nil: no repository.
  let workTreeDepth: Int?
  /// The git folder of that work tree, where it can be opened.
  let git: GitFolder?

  static func look(from root: RootTree) throws(SystemError) -> Surroundings {
    var ancestors: [Ancestor] = []
    var depth: Int?
    var git: GitFolder?
    if GitFolder.stands(in: root.descriptor) {
      depth = 0
      git = try GitFolder.find(in: root.descriptor)
    }
    var below = root.status
    var path = try Descriptor(duplicating: root.descriptor)
    while true {
      let next = openat(path.raw, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let failure = errno
      // A folder that cannot be read can still be passed through.
      let through = mtor_open_parent(path.raw)
      if through < 0 { throw SystemError("openat", "..", code: -through) }
      path = Descriptor(owning: through)
      let status = try FileStatus.of(descriptor: path.raw)
      if status.device == below.device && status.inode == below.inode {
        if next >= 0 { close(next) }
        break
      }
      if next < 0 && failure != EACCES && failure != EPERM {
        throw SystemError("openat", "..", code: failure)
      }
      ancestors.append(
        Ancestor(descriptor: next < 0 ? nil : Descriptor(owning: next), status: status))
      // Like git, never look for a repository across the border of a file system.
      if depth == nil, status.device == root.device, GitFolder.stands(in: path.raw) {
        depth = ancestors.count
        git = try GitFolder.find(in: path.raw)
      }
      below = status
    }
    return Surroundings(ancestors: ancestors, workTreeDepth: depth, git: git)
  }
}
