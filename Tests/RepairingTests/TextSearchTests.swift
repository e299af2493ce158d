import TestSupport
import Testing

@testable import Repairing

@Suite struct TextSearchTests {
  @Test func bytesAreFoundWhereverTheyStand() {
    #expect("error: x".holds("error"))
    #expect("an error".holds("error"))
    #expect("error".holds("error"))
    #expect("eerror".holds("error"))
    #expect(!"erro".holds("error"))
    #expect(!"Error".holds("error"))
    #expect("x".holds(""))
    #expect("".holds(""))
    #expect(!"".holds("x"))
    #expect("naïve 😀"[...].holds("😀"))
    // One letter to a reader, other bytes.
    #expect(!"e\u{301}".holds("\u{E9}"))
    // A carriage return and a newline are one Character, and two bytes.
    #expect("a\r\nb".holds("\n"))
  }

  @Test func itAgreesWithASearchOfEveryPlace() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        ["a", "b", "é"].randomElement(using: &random)!
      }.joined()
      let part = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        ["a", "b", "é"].randomElement(using: &random)!
      }.joined()
      let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
      let stands =
        wanted.isEmpty
        || bytes.indices.contains { bytes[$0...].starts(with: wanted) }
      #expect(text.holds(part) == stands, "seed 11: '\(part)' in '\(text)'")
    }
  }
}
