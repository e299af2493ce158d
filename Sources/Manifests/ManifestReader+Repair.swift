import YAMLTree

extension ManifestReader {
  private static let repairKeys = [
    "allow", "deny", "show", "fixers", "attempts", "models", "candidates", "budget", "cache",
  ]

  /// `repair`: `off`, or what a repair may do and cost.
  func repairPolicy(_ fields: Fields) -> RepairPolicy {
    var policy = RepairPolicy()
    guard let node = fields["repair"] else { return policy }
    if let scalar = node.scalar, scalar.bytes.count > 0, !node.isFaulty {
      if scalar.string == "off" {
        policy.isOff = true
      } else {
        diagnostics.error(
          "unknown-word", "'repair' cannot be '\(Excerpt.short(scalar.string))'", at: node,
          hint: "write 'repair: off', or a mapping such as 'repair: {attempts: 1}'")
      }
      return policy
    }
    guard let keys = Fields(node, "'repair'", known: Self.repairKeys, diagnostics) else {
      return policy
    }
    policy.isOff = false
    policy.allow = globs(keys, "allow")
    policy.deny = globs(keys, "deny") ?? []
    policy.show = globs(keys, "show") ?? []
    policy.fixers = keys.list("fixers")?.compactMap { commandText($0, "a fixer") }
    policy.attempts = keys.int("attempts", in: 0...20)
    policy.models = keys.list("models")?.compactMap { line($0, "an item of 'models'") }
    policy.candidates = keys.int("candidates", in: 1...8)
    policy.cache = cachePaths(keys)
    if let node = keys["budget"],
      let budget = Fields(node, "'budget'", known: ["tokens", "usd", "time"], diagnostics)
    {
      policy.tokens = budget.int("tokens")
      policy.usd = budget.double("usd")
      policy.seconds = duration(budget, "time")
    }
    return policy
  }

  /// Package caches are folders below HOME, written `~/.cache/pip` or without the `~/`.
  private func cachePaths(_ keys: Fields) -> [String]? {
    keys.list("cache")?.compactMap { node in
      guard let text = line(node, "an item of 'cache'") else { return nil }
      let relative = text.hasPrefix("~/") ? String(text.dropFirst(2)) : text
      let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
      guard !relative.hasPrefix("/"), !parts.contains(where: { [".", "..", ""].contains($0) })
      else {
        diagnostics.error(
          "cache-path", "'\(Excerpt.short(text))' is no folder below HOME", at: node,
          hint: "write it from HOME, such as '.cache/pip'")
        return nil
      }
      return relative
    }
  }
}
