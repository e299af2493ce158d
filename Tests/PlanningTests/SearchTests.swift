import Testing

@testable import Planning

@Suite struct SearchTests {
  private func naive(_ pattern: [UInt8], _ text: [UInt8]) -> [Int] {
    guard text.count >= pattern.count else { return [] }
    return (0...(text.count - pattern.count)).filter {
      text[$0..<($0 + pattern.count)].elementsEqual(pattern)
    }
  }

  /// Few letters, so that patterns overlap themselves and nearly occur everywhere.
  @Test(arguments: 0..<400)
  func findsEveryPlace(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let letters = UInt8.random(in: 1...4, using: &random)
    func bytes(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in 0x61 + UInt8.random(in: 0..<letters, using: &random) }
    }
    let text = bytes(Int.random(in: 0..<300, using: &random))
    let pattern = bytes(Int.random(in: 1..<12, using: &random))
    let search = try #require(ByteSearch(pattern))
    let all = naive(pattern, text)
    #expect(search.places(in: text) == all, "seed \(seed)")
    #expect(search.places(in: text, limit: 2) == Array(all.prefix(2)), "seed \(seed)")
  }

  @Test func readsWhatIsMadeToDeceiveItOnce() throws {
    let text = [UInt8](repeating: 0x61, count: 100_000)
    let pattern = [0x62] + [UInt8](repeating: 0x61, count: 50_000)
    #expect(try #require(ByteSearch(pattern)).places(in: text) == [])
    #expect(try #require(ByteSearch(pattern)).places(in: text + pattern) == [100_000])
  }
}
