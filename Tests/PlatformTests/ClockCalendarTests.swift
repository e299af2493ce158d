import Platform
import Testing

@Suite struct ClockCalendarTests {
  /// 2026-11-21T14:38:44Z.
  private let now: Int64 = 1_795_271_924_000_000_000

  @Test(arguments: [
    ("90m", "2026-11-21T13:08:44Z"), ("12h", "2026-11-21T02:38:44Z"),
    ("7d", "2026-11-14T14:38:44Z"), ("2w", "2026-11-07T14:38:44Z"),
    ("0s", "2026-11-21T14:38:44Z"), ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
  ])
  func momentsAreRead(text: String, expected: String) throws {
    let moment = try #require(Clock.moment(text, now: now))
    #expect(Clock.timestamp(moment) == expected)
  }

  @Test func daysBeginAtTheMachinesMidnight() throws {
    let today = try #require(Clock.moment("today", now: now))
    let yesterday = try #require(Clock.moment("yesterday", now: now))
    #expect(Clock.local(today).hasSuffix(" 00:00"))
    #expect(Clock.local(yesterday).hasSuffix(" 00:00"))
    #expect(yesterday < today && today <= now)
    #expect(Clock.moment(String(Clock.local(today).prefix(10)), now: now) == today)
  }

  @Test func whatTheClockCannotCountIsItsEnd() {
    for far in ["2262-05-01", "2999-01-01", "9999-12-31", "9999-12-31T23:59:59Z"] {
      #expect(Clock.moment(far, now: now) == .max, "\(far)")
    }
    #expect(Clock.moment("0001-01-01", now: now) == .min)
    #expect(Clock.moment("999999w", now: now).map { $0 < 0 } == true)
  }

  @Test(arguments: [
    "", "d", "7", "7x", "-7d", "1234567d", "2026-02-30", "2026-13-01", "2026-1-1", "2026-01-01T",
    "2026-01-01T24:00:00Z", "2026-01-01T12:00:00", "2026-01-01T12:00Z", "tomorrow",
  ])
  func whatIsNoMomentIsNil(text: String) { #expect(Clock.moment(text, now: now) == nil) }
}
