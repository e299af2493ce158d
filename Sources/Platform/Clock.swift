import Glibc

/// The two clocks: one for records, one for deadlines.
public enum Clock {
  /// The time of day in nanoseconds since 1970 (CLOCK_REALTIME); may jump.
  public static var now: Int64 { read(CLOCK_REALTIME) }

  /// Nanoseconds on a clock that only goes forward (CLOCK_MONOTONIC), for durations and deadlines.
  public static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // Fails only for a clock that does not exist.
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// A moment as `2026-01-31T12:00:00Z` (RFC 3339, UTC, whole seconds).
  public static func timestamp(_ time: Int64) -> String {
    let parts = calendar(time)
    return "\(pad(parts.year, 4))-\(pad(parts.month))-\(pad(parts.day))T"
      + "\(pad(parts.hour)):\(pad(parts.minute)):\(pad(parts.second))Z"
  }

  /// A moment as `20260131-120000`, which sorts by time and may stand in a file name.
  public static func compactTimestamp(_ time: Int64) -> String {
    let parts = calendar(time)
    return "\(pad(parts.year, 4))\(pad(parts.month))\(pad(parts.day))-"
      + "\(pad(parts.hour))\(pad(parts.minute))\(pad(parts.second))"
  }

  private static func calendar(
    _ time: Int64
  ) -> (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return (
      Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour),
      Int(parts.tm_min), Int(parts.tm_sec)
    )
  }

  private static func pad(_ number: Int, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
