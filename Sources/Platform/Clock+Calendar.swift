import Glibc

extension Clock {
  /// The day and the minute where this machine stands: `2026-01-31 12:00`.
  public static func local(_ time: Int64) -> String {
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    let numbers = [
      Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour),
      Int(parts.tm_min),
    ].map { ($0 < 10 ? "0" : "") + String($0) }
    return numbers[0...2].joined(separator: "-") + " " + numbers[3...4].joined(separator: ":")
  }

  /// The moment that a person means by `90m`, `12h`, `7d`, `2w` (so long before `now`), `today`,
  /// `yesterday`, `2026-01-31` (midnight where this machine stands), or `2026-01-31T12:00:00Z`;
  /// nil for anything else.
  public static func moment(_ text: String, now: Int64 = Clock.now) -> Int64? {
    switch text {
    case "today": return midnight(before: now, days: 0)
    case "yesterday": return midnight(before: now, days: 1)
    default: break
    }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    if let unit = text.last.flatMap({ units[$0] }), let count = digits(text.dropLast()) {
      let span = nanoseconds(Int64(count) * unit)
      let (moment, overflow) = now.subtractingReportingOverflow(span)
      return overflow ? .min : moment
    }
    return day(text)
  }

  private static func midnight(before time: Int64, days: Int32) -> Int64 {
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    parts.tm_hour = 0
    parts.tm_min = 0
    parts.tm_sec = 0
    parts.tm_mday -= days
    // Lets the C library decide whether summer time holds on that day.
    parts.tm_isdst = -1
    return Int64(mktime(&parts)) * 1_000_000_000
  }

  private static func day(_ text: String) -> Int64? {
    let halves = text.split(separator: "T", omittingEmptySubsequences: false)
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard halves.count <= 2, date.count == 3, date.map(\.utf8.count) == [4, 2, 2],
      let year = digits(date[0]), let month = digits(date[1]), let day = digits(date[2]),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var parts = tm()
    parts.tm_year = Int32(year) - 1900
    parts.tm_mon = Int32(month) - 1
    parts.tm_mday = Int32(day)
    parts.tm_isdst = -1
    if halves.count == 1 {
      let seconds = Int64(mktime(&parts))
      // A day that the month does not have comes back as one of the next month.
      return parts.tm_mday == Int32(day) ? nanoseconds(seconds) : nil
    }
    guard let time = timeOfDay(halves[1]) else { return nil }
    let seconds = Int64(timegm(&parts))
    return parts.tm_mday == Int32(day) ? nanoseconds(seconds + time) : nil
  }

  /// A time in nanoseconds; the end of what they can count for one beyond, about the year 2262.
  private static func nanoseconds(_ seconds: Int64) -> Int64 {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : value
  }

  /// Seconds since midnight of `12:00:00Z`.
  private static func timeOfDay(_ text: Substring) -> Int64? {
    guard text.last == "Z" else { return nil }
    let parts = text.dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }),
      let hour = digits(parts[0]), let minute = digits(parts[1]), let second = digits(parts[2]),
      hour < 24, minute < 60, second < 60
    else { return nil }
    return Int64(hour * 3600 + minute * 60 + second)
  }

  /// One to six decimal digits.
  private static func digits(_ text: Substring) -> Int? {
    guard (1...6).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }
}
