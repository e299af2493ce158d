import Manifests
import Platform
import TestSupport
import Testing
import Transport
import YAMLTree

@testable import Repairing

/// What requests cost, against sums that were done by hand.
struct CostTests {
  private func model(_ price: ModelConfiguration.Price?) -> ModelConfiguration {
    var model = ModelConfiguration(name: "m", api: .openai, mark: Mark(line: 1, column: 1))
    model.price = price
    return model
  }

  private func price(_ input: Double, _ output: Double, cached: Double? = nil, write: Double? = nil)
    -> ModelConfiguration.Price
  {
    var price = ModelConfiguration.Price(input: input, output: output)
    price.cachedInput = cached
    price.cacheWrite = write
    return price
  }

  private func isClose(_ a: Double?, _ b: Double) -> Bool {
    a.map { abs($0 - b) < 1e-12 } ?? false
  }

  @Test func eachProvidersShapeCostsWhatAPersonReckons() {
    // OpenAI: 1,000 of the prompt's 10,000 tokens were cached. 9,000 × 2.50 + 1,000 × 1.25
    // + 500 × 10.00 = 22,500 + 1,250 + 5,000 millionths.
    #expect(
      isClose(
        model(price(2.5, 10, cached: 1.25)).cost(
          TokenUsage(uncachedInput: 9000, cacheRead: 1000, output: 500)), 0.02875))
    // Anthropic: the cached ones come on top, writing costs 1.25 times.
    // 100 × 3.00 + 2,000 × 0.30 + 400 × 3.75 + 50 × 15.00 = 300 + 600 + 1,500 + 750.
    #expect(
      isClose(
        model(price(3, 15, cached: 0.3, write: 3.75)).cost(
          TokenUsage(uncachedInput: 100, cacheRead: 2000, cacheWrite: 400, output: 50)), 0.00315))
    // DeepSeek: hit and miss are a partition. 36 × 0.28 + 64 × 0.028 + 7 × 0.42
    // = 10.08 + 1.792 + 2.94.
    #expect(
      isClose(
        model(price(0.28, 0.42, cached: 0.028)).cost(
          TokenUsage(uncachedInput: 36, cacheRead: 64, output: 7)), 0.000014812))
    // Without prices of their own cached tokens cost like all input: 150 × 1 + 10 × 2.
    #expect(
      isClose(
        model(price(1, 2)).cost(
          TokenUsage(uncachedInput: 100, cacheRead: 30, cacheWrite: 20, output: 10)), 0.00017))
    // Reasoning is part of the output and not paid twice: 10 × 1 + 100 × 2.
    #expect(
      isClose(
        model(price(1, 2)).cost(TokenUsage(uncachedInput: 10, output: 100, reasoning: 90)),
        0.00021))
    // What the provider itself says wins; without a price nothing is known.
    #expect(model(price(1, 2)).cost(TokenUsage(uncachedInput: 10, output: 1, usd: 0.95)) == 0.95)
    #expect(model(nil).cost(TokenUsage(uncachedInput: 10, output: 1)) == nil)
  }

  @Test func moreTokensNeverCostLessAndTheWorstCaseIsTheMost() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      func some() -> Double { Double.random(in: 0...20, using: &random) }
      let model = model(
        price(
          some(), some(), cached: Bool.random(using: &random) ? some() : nil,
          write: Bool.random(using: &random) ? some() : nil))
      func tokens() -> Int { Int.random(in: 0...100_000, using: &random) }
      let usage = TokenUsage(
        uncachedInput: tokens(), cacheRead: tokens(), cacheWrite: tokens(), output: tokens())
      let cost = model.cost(usage) ?? -1
      #expect(cost >= 0, "seed \(seed)")
      for field in [
        \TokenUsage.uncachedInput, \TokenUsage.cacheRead, \TokenUsage.cacheWrite,
        \TokenUsage.output,
      ] {
        var more = usage
        more[keyPath: field] += Int.random(in: 1...1000, using: &random)
        #expect((model.cost(more) ?? -1) >= cost, "seed \(seed)")
      }
      // What was reserved covers whatever the provider then counts.
      #expect(
        model.worstCost(input: usage.input, output: usage.output) >= cost - 1e-9, "seed \(seed)")
    }
  }
}
