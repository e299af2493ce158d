import Glibc
import Platform

/// Names of runs: sortable by time and unique on the machine, such as `20260131-120000-4f1a`.
enum RunIdentifier {
  static func make() -> String {
    let random = UInt16.random(in: .min ... .max)
    let digits = String(random, radix: 16)
    return Clock.compactTimestamp(Clock.now) + "-"
      + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
