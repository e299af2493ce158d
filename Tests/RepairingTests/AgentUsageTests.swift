import Testing
import Transport

@testable import Repairing

struct AgentUsageTests {
  private func read(_ text: String, _ paths: [String: String] = [:]) -> TokenUsage? {
    AgentUsage.read(Array(text.utf8), paths)
  }

  @Test func whatOpenAICallsCachedIsAPartOfTheInput() {
    let codex = #"{"usage":{"input_tokens":24763,"cached_input_tokens":24448,"output_tokens":122}}"#
    #expect(read(codex) == TokenUsage(uncachedInput: 315, cacheRead: 24448, output: 122))
    #expect(read(codex)?.total == 24885)
    // More than the input cannot be a part of it.
    let absurd = #"{"usage":{"input_tokens":5,"cached_input_tokens":9,"output_tokens":1}}"#
    #expect(read(absurd) == TokenUsage(cacheRead: 5, output: 1))
  }

  @Test func whatAnthropicCountsOfItsCacheComesBesidesTheInput() {
    let claude = """
      {"usage":{"input_tokens":4,"cache_creation_input_tokens":18000,\
      "cache_read_input_tokens":5000,"output_tokens":300},"total_cost_usd":0.05}
      """
    #expect(
      read(claude)
        == TokenUsage(
          uncachedInput: 4, cacheRead: 5000, cacheWrite: 18000, output: 300, usd: 0.05))
    #expect(read(claude)?.total == 23304)
  }

  @Test func aConfiguredPlaceMeansTheSameWhateverItIsCalled() {
    let paths = ["cached_input": "/usage/cached_input_tokens"]
    let text = #"{"usage":{"input_tokens":700,"cached_input_tokens":300,"output_tokens":10}}"#
    #expect(read(text, paths) == TokenUsage(uncachedInput: 700, cacheRead: 300, output: 10))
    // Where nothing stands at it, no other place is asked.
    #expect(
      read(text, ["cached_input": "/none"]) == TokenUsage(uncachedInput: 700, output: 10))
  }
}
