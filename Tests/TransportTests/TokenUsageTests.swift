import Platform
import Testing

@testable import Transport

struct TokenUsageTests {
  private func usage(
    _ route: Endpoint.Route, _ texts: String...
  ) throws -> TokenUsage? {
    var report = UsageReport()
    for text in texts { report.fold(try JSON(parsing: text), route) }
    return report.usage(route)
  }

  @Test func openAIsCachedTokensAreASubsetOfThePrompt() throws {
    let found = try usage(
      .chatCompletions,
      """
      {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
       "prompt_tokens_details": {"cached_tokens": 80},
       "completion_tokens_details": {"reasoning_tokens": 5}}
      """)
    #expect(
      found == TokenUsage(uncachedInput: 20, cacheRead: 80, output: 20, reasoning: 5))
    #expect(found?.total == 120)
  }

  @Test func anthropicsCachedTokensAreAdditional() throws {
    let found = try usage(
      .messages,
      """
      {"input_tokens": 10, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 40,
       "output_tokens": 1}
      """, #"{"output_tokens": 25}"#)
    #expect(
      found == TokenUsage(uncachedInput: 10, cacheRead: 300, cacheWrite: 40, output: 25))
  }

  @Test func deepSeeksHitAndMissAreAPartition() throws {
    let found = try usage(
      .chatCompletions,
      """
      {"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36,
       "completion_tokens": 7}
      """)
    #expect(found == TokenUsage(uncachedInput: 36, cacheRead: 64, output: 7))
    let bare = try usage(
      .chatCompletions,
      #"{"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36, "completion_tokens": 7}"#)
    #expect(bare == found)
  }

  @Test func openRouterSaysWhatItCost() throws {
    let found = try usage(
      .chatCompletions,
      """
      {"completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 0},
       "cost": 0.95, "prompt_tokens": 194,
       "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100}}
      """)
    #expect(found == TokenUsage(uncachedInput: 94, cacheWrite: 100, output: 2, usd: 0.95))
  }

  @Test func ollamasOwnNamesAreRead() throws {
    let found = try usage(.chatCompletions, #"{"prompt_eval_count": 26, "eval_count": 9}"#)
    #expect(found == TokenUsage(uncachedInput: 26, output: 9))
  }

  @Test func llamaCppsTimingsStandInForMissingUsage() throws {
    var report = UsageReport()
    report.fold(timings: try JSON(parsing: #"{"cache_n": 25, "prompt_n": 1, "predicted_n": 7}"#))
    #expect(
      report.usage(.chatCompletions) == TokenUsage(uncachedInput: 1, cacheRead: 25, output: 7))
  }

  @Test func growingFiguresAreNeverAddedUpAndNullsAreIgnored() throws {
    let found = try usage(
      .chatCompletions, #"{"prompt_tokens": 50, "completion_tokens": 1}"#, "null",
      #"{"prompt_tokens": 50, "completion_tokens": 9, "prompt_tokens_details": null}"#,
      #"{"prompt_tokens": 50, "completion_tokens": 12, "prompt_tokens_details": {"cached_tokens": 40}}"#
    )
    #expect(found == TokenUsage(uncachedInput: 10, cacheRead: 40, output: 12))
  }

  @Test(arguments: [
    #"{"prompt_tokens": -1, "completion_tokens": 1}"#,
    #"{"prompt_tokens": 1e300, "completion_tokens": 1}"#,
    #"{"prompt_tokens": 1.5, "completion_tokens": 1}"#,
    #"{"prompt_tokens": "many", "completion_tokens": 1}"#,
    #"{"completion_tokens": 1}"#, #"{"prompt_tokens": 1}"#, "{}", "[]",
    #"{"prompt_tokens": 0, "completion_tokens": 0}"#,
    #"{"prompt_tokens": 0, "completion_tokens": 7}"#,
    #"{"prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": 0, "completion_tokens": 7}"#,
  ])
  func whatIsMissingOrAbsurdIsUnknown(_ text: String) throws {
    #expect(try usage(.chatCompletions, text) == nil)
  }

  @Test func messagesWithoutCountsAreUnknown() throws {
    #expect(try usage(.messages, #"{"input_tokens": 0, "output_tokens": 0}"#) == nil)
    #expect(try usage(.messages, #"{"input_tokens": 0, "output_tokens": 9}"#) == nil)
    // A prompt may come out of the cache whole.
    #expect(
      try usage(
        .messages, #"{"input_tokens": 0, "cache_read_input_tokens": 80, "output_tokens": 9}"#)
        == TokenUsage(cacheRead: 80, output: 9))
  }
}
