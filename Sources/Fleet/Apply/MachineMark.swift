import Glibc
import Platform

/// What tells this machine's fleets from those of others in a queue that they share: drawn once,
/// and kept.
enum MachineMark {
  static func read(in folder: String) throws(SystemError) -> String {
    let path = folder + "/machine"
    for _ in 0..<2 {
      do throws(SystemError) {
        let bytes = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW).readAll(limit: 64, path: path)
        if !bytes.isEmpty { return String(decoding: bytes, as: UTF8.self) }
      } catch {
        if error.code != ENOENT { throw error }
      }
      try make(path)
    }
    throw SystemError("read", path, code: EIO)
  }

  /// Whole at once: another that makes one at the same time wins or loses, and both read the same.
  private static func make(_ path: String) throws(SystemError) {
    let own = "\(path).\(getpid())"
    let mark = String(UInt64.random(in: .min ... .max), radix: 16)
    try ReplacedFile.write(Array(mark.utf8), to: own, mode: 0o600)
    let failure = link(own, path) != 0 && errno != EEXIST ? SystemError("link", path) : nil
    unlink(own)
    if let failure { throw failure }
  }
}
