import Events
import Platform
import Reporting
import Testing

@Suite struct StatisticsTextTests {
  private let plain = Style(isColored: false)

  private var statistics: RunStatistics {
    var total = RunStatistics.Group(key: "all")
    total.runs = 3
    total.seconds = 75
    total.steps = 1234
    total.stepsWithModel = 1
    total.outcomes = [.passed: 1232, .repaired: 1, .failed: 1]
    total.usage = ModelUsage(
      requests: 2, inputTokens: 3000, cachedInputTokens: 1500, outputTokens: 120, usd: 0.0123)
    total.models = ["cheap": .init()]
    total.models["cheap"]?.rounds = 2
    total.models["cheap"]?.repaired = 1
    total.rules = ["S4": 1]
    total.authorTokens = 9000
    total.authorUSD = 1.5
    var group = total
    group.key = "a\u{1B}[2J"
    return RunStatistics(total: total, dimension: .manifest, groups: [group])
  }

  @Test func theShareWithoutAModelIsTheHeadline() {
    #expect(
      StatisticsText.text(statistics, plain, width: nil) == """
        99.9% of steps needed no model (1,233 of 1,234)
                 runs  3 in 1m 15s
                steps  1,232 passed, 1 repaired, 1 failed
               tokens  3,120 tokens ($0.0123) in 2 requests: 3,000 in, 120 out, 50% of input cached
               models  cheap repaired 1 in 2 rounds
           stalled by  S4 × 1
            architect  9,000 tokens ($1.50)
               in all  12,120 tokens ($1.51)

        manifest    runs  steps  no model  repaired  failed  tokens     usd
        a\\u{1B}[2J     3  1,234     99.9%         1       1   3,120  0.0123

        """)
  }

  @Test func whatRunsWithoutAnEndSpentIsSaid() {
    var killed = RunStatistics(total: .init(key: "all"))
    killed.total.unreported = ModelUsage(
      requests: 3, inputTokens: 600, outputTokens: 15, usd: 0.002, unmetered: 1, unpriced: 1)
    #expect(
      StatisticsText.text(killed, plain, width: nil) == """
        no steps in these runs
                 runs  0 in 0.00s
               tokens  0 tokens
              besides  at least 615 tokens ($0.0020) in 3 requests of runs without an end

        """)
    #expect(StatisticsText.json(killed)["total"]?["in_all"]?["tokens"] == 615)
    #expect(StatisticsText.json(killed)["total"]?["llm_unreported"]?["requests"] == 3)
  }

  @Test func nothingRecordedIsSaid() {
    let empty = RunStatistics(total: .init(key: "all"))
    #expect(StatisticsText.text(empty, plain, width: nil) == "no runs are recorded\n")
    #expect(StatisticsText.json(empty)["total"]?["share_without_llm"] == .null)
  }

  @Test func theJSONHasTheSameSums() {
    let json = StatisticsText.json(statistics)
    #expect(json["total"]?["outcomes"]?["repaired"] == 1)
    #expect(json["groups"]?.array?.first?["llm"]?["usd"] == 0.0123)
    #expect(json["total"]?["models"]?["cheap"]?["rounds"] == 2)
  }
}
