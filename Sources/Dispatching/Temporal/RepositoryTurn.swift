import Glibc
import Platform

/// The turn of a repository on this machine: one task of it works at a time.
///
/// The kernel takes the turn back from a worker that dies. One that is stopped keeps its lock and
/// gives no sign of life: when its time is over the file is put aside, and a new one decides.
final class RepositoryTurn {
  private let file: Descriptor
  private let path: String

  /// Takes the turn for `timeout` seconds from the last sign of life; nil while another has it.
  init?(_ repository: String, folder: String, timeout: Double) throws(SystemError) {
    try TaskTrees.makeFolder(folder)
    path = "\(folder)/\(Digest(of: Array(repository.utf8)).hex.prefix(32))"
    file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    // One that was put aside in between is nobody's turn.
    guard try Self.lock(file, path, LOCK_EX | LOCK_NB), try Self.isAt(path, file) else {
      try putAside(folder)
      return nil
    }
    renew(timeout: timeout)
  }

  /// A sign of life of the one that has the turn.
  func renew(timeout: Double) {
    let clock = BootClock()
    let text = "\(clock.boot) \(clock.now + Int64(timeout * 1e9)) "
    let bytes = Array((text + String(repeating: " ", count: max(0, 80 - text.utf8.count))).utf8)
    // What cannot be written makes the turn end early, which costs a wait and nothing else.
    _ = bytes.withUnsafeBytes { pwrite(file.raw, $0.baseAddress, $0.count, 0) }
  }

  /// Removes a file whose holder has given no sign of life for its whole time.
  private func putAside(_ folder: String) throws(SystemError) {
    let guardian = try Descriptor.open(
      folder + "/guard", O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    // Looked at again under a lock: only what is still there, and still too old, goes.
    guard try Self.lock(guardian, path, LOCK_EX), try Self.isAt(path, file) else { return }
    var bytes = [UInt8](repeating: 0, count: 80)
    let count = bytes.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, 0) }
    let words = bytes.prefix(max(0, count)).split(separator: 0x20)
    // Empty: its holder is about to write.
    guard words.count == 2, let until = Int64(String(decoding: words[1], as: UTF8.self)) else {
      return
    }
    let clock = BootClock()
    let isOver = until < clock.now || String(decoding: words[0], as: UTF8.self) != clock.boot
    if isOver && unlink(path) != 0 && errno != ENOENT { throw SystemError("unlink", path) }
  }

  private static func lock(
    _ file: borrowing Descriptor, _ path: String, _ operation: Int32
  ) throws(SystemError) -> Bool {
    while flock(file.raw, operation) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw SystemError("flock", path) }
    }
    return true
  }

  private static func isAt(_ path: String, _ file: borrowing Descriptor) throws(SystemError) -> Bool
  {
    var here = stat()
    var named = stat()
    if fstat(file.raw, &here) != 0 { throw SystemError("fstat", path) }
    if stat(path, &named) != 0 {
      if errno == ENOENT { return false }
      throw SystemError("stat", path)
    }
    return here.st_ino == named.st_ino && here.st_dev == named.st_dev
  }
}
