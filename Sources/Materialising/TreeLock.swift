import Glibc
import Platform

/// The exclusive hold on a tree: flock(2) on the folders themselves.
///
/// Exclusive on the root and on the top of its work tree, shared on every other folder above, so
/// that a run in an inner root and one in an outer root exclude each other, whichever came first.
/// Nothing is written, nothing is left behind, and the kernel lets go when the process ends. The
/// descriptors are close-on-exec: no command inherits the lock.
final class TreeLock {
  /// A lock lives as long as its open file description: these keep them.
  private let root: Descriptor
  private let surroundings: Surroundings
  /// False where the root's file system knows no locks on folders (some network ones): then a
  /// file must be locked instead.
  let isHeld: Bool

  init(root tree: RootTree, surroundings: Surroundings) throws(TreeError) {
    self.surroundings = surroundings
    // A description of its own: the tree's may be shared with what outlives this lock.
    let raw = openat(tree.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if raw < 0 {
      throw .system(SystemError("openat", tree.path), note: "nothing was touched")
    }
    root = Descriptor(owning: raw)
    // From the root upwards: of several rivals one always gets through.
    isHeld = try Self.lock(raw, LOCK_EX, tree.status)
    for (index, ancestor) in surroundings.ancestors.enumerated() {
      guard let raw = ancestor.raw else { continue }
      let isTop = index + 1 == surroundings.workTreeDepth
      _ = try Self.lock(raw, isTop ? LOCK_EX : LOCK_SH, ancestor.status)
    }
  }

  /// True if another run, or this one by another descriptor, has the tree now.
  static func isHeld(_ tree: RootTree) -> Bool {
    let raw = openat(tree.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if raw < 0 { return false }
    // Closing lets go at once: a run that begins at this moment asks more than once.
    let folder = Descriptor(owning: raw)
    return flock(folder.raw, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK
  }

  /// False where the file system has no such lock.
  static func lock(
    _ raw: Int32, _ kind: Int32, _ status: FileStatus
  ) throws(TreeError) -> Bool {
    var patience = 20
    while flock(raw, kind | LOCK_NB) < 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        // A process that is being started holds copies of all descriptors until its exec, so a
        // lock may outlive its owner for a moment: not every refusal means a run.
        if patience == 0 { throw .busy(LockHolder.name(of: status)) }
        patience -= 1
        usleep(10_000)
      case ENOLCK, EOPNOTSUPP, EBADF, EINVAL: return false
      default: throw .system(SystemError("flock"), note: "nothing was touched")
      }
    }
    return true
  }
}
