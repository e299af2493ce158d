extension RepairPolicy {
  /// A step's policy over the manifest's: keys replace one by one, `deny` and `show` add up,
  /// budgets are the lower of the two.
  public func over(_ base: RepairPolicy) -> RepairPolicy {
    func lower<Value: Comparable>(_ a: Value?, _ b: Value?) -> Value? {
      guard let a, let b else { return a ?? b }
      return min(a, b)
    }
    var result = base
    result.isOff = isOff ?? base.isOff
    result.allow = allow ?? base.allow
    result.deny = base.deny + deny.filter { !base.deny.contains($0) }
    result.show = base.show + show.filter { !base.show.contains($0) }
    result.fixers = fixers ?? base.fixers
    result.attempts = attempts ?? base.attempts
    result.models = models ?? base.models
    result.candidates = candidates ?? base.candidates
    result.cache = cache ?? base.cache
    result.tokens = lower(tokens, base.tokens)
    result.usd = lower(usd, base.usd)
    result.seconds = lower(seconds, base.seconds)
    return result
  }
}
