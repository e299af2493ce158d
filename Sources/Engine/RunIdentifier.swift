import Glibc
import Platform

/// Names of runs: sortable by time and unique on the machine, such as `20260131-120000-4f1a7c3e`.
enum RunIdentifier {
  /// The last eight digits are four of the second's part, in steps of 15 µs, and four of chance:
  /// with four of chance alone, two of 3,000 short runs within a minute had one name.
  static func make(at time: Int64 = Clock.now) -> String {
    let part = (time % 1_000_000_000) << 16 / 1_000_000_000
    let chance = UInt16.random(in: .min ... .max)
    return Clock.compactTimestamp(time) + "-" + digits(UInt16(truncatingIfNeeded: part))
      + digits(chance)
  }

  private static func digits(_ number: UInt16) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
