import Glibc
import Platform

/// Lets output that comes faster than anybody reads gather in its pipe for a moment.
///
/// Who waits for a pipe is woken by its first bytes: beside a writer on another processor that is
/// every few kilobytes, and a gigabyte costs a hundred thousand wake-ups. In a flood the pipes are
/// grown, and looked at once in a while instead.
struct OutputFlood {
  /// What Linux gives an ordinary user for one pipe (/proc/sys/fs/pipe-max-size by default).
  static let pipeSize = 1 << 20
  /// So many bytes within `window` nanoseconds are a flood: above what a screen or a log of a
  /// build does, and below what copying costs.
  private static let threshold = 256 << 10
  private static let window: Int64 = 10_000_000

  private var windowStart: Int64 = 0
  private var inWindow = 0
  /// Bytes that all pipes hold together, once they have been grown; 0 before that.
  private(set) var capacity = 0

  /// Nanoseconds to leave the pipes alone for; 0 while there is no flood. The time in which a
  /// writer of 4 GB/s fills them.
  private(set) var pause = 0

  /// Takes note that `count` bytes were read in one round; true when a flood has begun and the
  /// pipes want growing.
  mutating func took(_ count: Int) -> Bool {
    if pause > 0 {
      // It has run dry: the next bytes are waited for like any others.
      if count < capacity / 64 {
        pause = 0
        inWindow = 0
      }
      return false
    }
    let now = Clock.monotonic
    if now - windowStart > Self.window {
      windowStart = now
      inWindow = 0
    }
    inWindow += count
    guard inWindow >= Self.threshold else { return false }
    if capacity > 0 { pause = capacity / 4 }
    return capacity == 0
  }

  /// The pipes have been grown as far as they could be, to `bytes` in all.
  mutating func grown(to bytes: Int) {
    capacity = max(bytes, 4096)
    pause = capacity / 4
  }
}
