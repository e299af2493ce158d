import Events
import Manifests

/// The tries of one request that brought nothing and may have cost.
struct FailedTries {
  /// What the endpoint says of them.
  var usage = ModelUsage()
  /// What they count in budgets: as said, and as reserved where nothing was.
  private(set) var tokens = 0
  private(set) var usd = 0.0
  /// Why no other one was made: a budget has no room for it.
  private(set) var refusal: String?
  /// Why no other one could be reserved.
  private(set) var fault: (any Error)?

  mutating func add(
    _ usage: ModelUsage, _ model: ModelConfiguration, _ input: Int, _ output: Int
  ) {
    self.usage += usage
    tokens += usage.unmetered == 0 ? usage.tokens : input + output
    usd += usage.unpriced == 0 ? usage.usd : model.worstCost(input: input, output: output)
  }

  /// False where there is no room for another one, by what `reserving` gives, or throws.
  mutating func mayGoOn(_ reserving: () throws -> String?) -> Bool {
    do { refusal = try reserving() } catch { fault = error }
    return refusal == nil && fault == nil
  }
}
