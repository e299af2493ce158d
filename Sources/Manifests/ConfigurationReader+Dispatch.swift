import YAMLTree

extension ConfigurationReader {
  /// `dispatch`: where repositories may be, who may sign, and how much each queue may use.
  func dispatch(_ fields: Fields) -> DispatchConfiguration {
    var result = DispatchConfiguration()
    guard let node = fields["dispatch"],
      let keys = Fields(
        node, "'dispatch'", known: ["heartbeat", "roots", "addresses", "signers", "queues"],
        diagnostics)
    else { return result }
    if let seconds = values.duration(keys, "heartbeat") {
      if (1...3600).contains(seconds) {
        result.heartbeat = seconds
      } else {
        diagnostics.error(
          "duration", "'heartbeat' must be from 1 second to 1 hour", at: keys["heartbeat"] ?? node,
          hint: "write '30s', what holds where nothing is said")
      }
    }
    result.roots = (keys.list("roots") ?? []).compactMap { place($0, "an item of 'roots'") }
    result.addresses = (keys.list("addresses") ?? []).compactMap(address)
    result.signers = keys["signers"].flatMap { place($0, "'signers'") }
    result.queues = (keys.pairs("queues") ?? []).compactMap(queueLimit)
    return result
  }

  private func queueLimit(_ pair: Node.Pair) -> DispatchConfiguration.QueueLimit? {
    guard let name = values.nameText(pair.key, "the queue's name", capitals: true),
      let keys = Fields(pair.value, "a queue", known: ["running", "per_minute"], diagnostics)
    else { return nil }
    return DispatchConfiguration.QueueLimit(
      name: name, running: keys.int("running", in: 1...100_000),
      perMinute: keys.int("per_minute", in: 1...1_000_000))
  }

  private func address(_ node: Node) -> AddressScope? {
    guard let text = values.line(node, "an item of 'addresses'") else { return nil }
    do throws(GitAddress.Fault) { return try AddressScope(text) } catch {
      diagnostics.error("config-address", error, at: node)
      return nil
    }
  }

  /// An absolute path, or one below the person's home.
  func place(_ node: Node, _ what: String) -> String? {
    guard let text = values.line(node, what) else { return nil }
    guard text.hasPrefix("/") || text.hasPrefix("~/") else {
      diagnostics.error(
        "config-place", "'\(Excerpt.short(text))' is no absolute path", at: node,
        hint: "write the whole path, such as ~/src")
      return nil
    }
    return text
  }
}
