import Testing

@testable import Transport

struct RetryAfterTests {
  private let now = 784_111_777.0

  private static let forms: [([String: String], Double)] = [
    (["retry-after": "3"], 3.0), (["retry-after": " 1.5 "], 1.5),
    (["retry-after-ms": "250", "retry-after": "9"], 0.25),
    (["retry-after": "Sun, 06 Nov 1994 08:50:37 GMT"], 60),
    (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], 0),
    (["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"], 360),
    (["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"], 0.12),
    (
      [
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "1994-11-06T08:50:37Z",
      ], 60
    ),
    (["x-ratelimit-remaining": "0", "x-ratelimit-reset": "784111787000"], 10),
  ]

  @Test(arguments: forms)
  func readsEveryForm(_ headers: [String: String], _ expected: Double) throws {
    let found = try #require(RetryAfter.seconds(headers, now: now))
    #expect(abs(found - expected) < 1e-6)
  }

  @Test(arguments: [
    "-1e309", "-1", "nan", "inf", "1e5", "", "soon", "Sun, 32 Nov 1994 08:50:37 GMT",
    "Sun, 06 Nov 1994 25:50:37 GMT",
  ])
  func nonsenseIsIgnored(_ text: String) {
    #expect(RetryAfter.seconds(["retry-after": text], now: now) == nil)
  }
}
