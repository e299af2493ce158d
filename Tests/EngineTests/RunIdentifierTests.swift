import Testing

@testable import Engine

@Suite struct RunIdentifierTests {
  @Test func namesOfOneSecondAreSortedByItsParts() {
    let second: Int64 = 1_769_860_800_000_000_000
    let moments = (0..<1000).map { second + $0 * 1_000_000 }
    let names = moments.map { RunIdentifier.make(at: $0) }
    #expect(names == names.sorted())
    #expect(names.allSatisfy { $0.hasPrefix("20260131-120000-") && $0.utf8.count == 24 })
    #expect(RunIdentifier.make(at: second).dropLast(4) == "20260131-120000-0000")
    #expect(RunIdentifier.make(at: second + 999_999_999).dropLast(4) == "20260131-120000-ffff")
  }

  /// A minute of short runs had two of one name, and one of them was not recorded.
  @Test func aHundredThousandRunsOfAMinuteHaveAHundredThousandNames() {
    let names = (0..<100_000).map { RunIdentifier.make(at: $0 * 600_000) }
    #expect(Set(names).count == names.count)
  }
}
