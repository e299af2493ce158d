import Glibc
import Platform

/// The hold on a copy of a repository while it is brought up to date: git takes turns only for
/// moments, and fails where two want the same file.
///
/// It ends with the process that has it. What git itself had locked when it was killed stays, so
/// that is removed by the next who holds the copy: nobody else can be at it.
struct MirrorLock: ~Copyable {
  private let held: Descriptor

  /// Longer than a single call of git may take.
  private static let seconds = 660
  /// Git holds the list of packed references for moments, and others than the holder write it.
  private static let moments = 60

  /// Waits for the hold on a copy. Its folder need not be there, the one above it does.
  ///
  /// `look` is asked while it waits; false ends that.
  init(of folder: String, look: () -> Bool = { true }) throws(GitFailure) {
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor.open(folder + ".lock", O_RDWR | O_CREAT, mode: 0o600)
    } catch {
      throw GitFailure("the copy of the repository cannot be locked: \(error)")
    }
    let end = Clock.monotonic + Int64(Self.seconds) * 1_000_000_000
    while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, Clock.monotonic < end, look() else {
        throw GitFailure(
          "the copy of the repository is in use: \(SystemError("flock", folder + ".lock"))",
          hint: "another mtor works on it; try again when it has ended", isPassing: true)
      }
      poll(nil, 0, 20)
    }
    held = file
  }

  /// Removes what a git that was killed left locked, of the files that only the holder writes.
  func clear(_ folder: String, branch: String) throws(GitFailure) {
    for name in ["config.lock", "HEAD.lock", "refs/remotes/origin/\(branch).lock"] {
      try Self.remove("\(folder)/\(name)")
    }
    let packed = "\(folder)/packed-refs.lock"
    var status = stat()
    if lstat(packed, &status) == 0, status.st_mtim.tv_sec + Self.moments < time(nil) {
      try Self.remove(packed)
    }
  }

  /// Removes the lock of one reference, which only the caller writes.
  static func remove(_ lock: String) throws(GitFailure) {
    if unlink(lock) != 0 && errno != ENOENT && errno != ENOTDIR {
      throw GitFailure("a lock that git left cannot be removed: \(SystemError("unlink", lock))")
    }
  }
}
