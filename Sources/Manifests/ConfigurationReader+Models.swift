import YAMLTree

extension ConfigurationReader {
  private static let modelKeys = [
    "api", "url", "model", "key_env", "price", "context", "max_output", "reply", "stream",
    "timeout", "extra", "command", "pass_env", "usage",
  ]
  /// Keys under which people would write a secret; named here so that it is not printed.
  private static let secretKeys = [
    "key", "api_key", "apikey", "token", "secret", "password", "auth", "authorization",
  ]
  private static let onlyEndpoint = [
    "url", "model", "key_env", "context", "max_output", "reply", "stream", "extra",
  ]
  private static let onlyCommand = ["command", "pass_env", "usage"]

  func models(_ fields: Fields) -> [ModelConfiguration] {
    (fields.pairs("models") ?? []).compactMap { model($0) }
  }

  private func model(_ pair: Node.Pair) -> ModelConfiguration? {
    guard let name = values.nameText(pair.key, "the model's name", capitals: true),
      let keys = Fields(
        pair.value, "a model", known: Self.modelKeys + secretKeys(in: pair.value), diagnostics)
    else { return nil }
    for key in Self.secretKeys where keys.has(key) { refuseSecret(keys.mark(of: key), key) }
    guard let node = keys.required("api"),
      let api = keys.reader.choice(node, "'api'", ModelConfiguration.API.self)
    else { return nil }
    var model = ModelConfiguration(name: name, api: api, mark: pair.key.start)
    let foreign = api == .command ? Self.onlyEndpoint : Self.onlyCommand
    for key in foreign where keys.has(key) {
      diagnostics.error(
        "key-combination", "'\(key)' has no meaning with 'api: \(api.rawValue)'",
        at: keys.mark(of: key), width: key.utf8.count, hint: "remove '\(key)'")
    }
    if api == .command { readProgram(keys, &model) } else { readEndpoint(keys, &model) }
    model.price = price(keys)
    readTimeouts(keys, &model)
    return model
  }

  private func secretKeys(in node: Node) -> [String] {
    guard case .mapping(let pairs) = node.value else { return [] }
    return pairs.compactMap(\.key.scalar?.string).filter(Self.secretKeys.contains)
  }

  private func readProgram(_ keys: Fields, _ model: inout ModelConfiguration) {
    let words = keys.required("command").flatMap { keys.reader.texts($0, "'command'") }
    model.command = words ?? []
    if let words, words.first ?? "" == "", let node = keys["command"], !node.isFaulty {
      diagnostics.error(
        "command-empty", "'command' names no program", at: node,
        hint: "write the program and its arguments: [claude, -p]")
    }
    model.passEnvironment = (keys.list("pass_env") ?? []).compactMap {
      variable($0, "an item of 'pass_env'")
    }
    for pair in keys.pairs("usage") ?? [] {
      let known = ["input", "cached_input", "output", "usd"]
      let name = pair.key.scalar?.string ?? ""
      guard known.contains(name) else {
        diagnostics.error(
          "unknown-key", "'usage' has no key '\(Excerpt.short(name))'", at: pair.key,
          hint: NodeReader.suggestion(for: name, among: known))
        continue
      }
      guard let pointer = values.line(pair.value, "'\(name)'") else { continue }
      if pointer.hasPrefix("/") {
        model.usagePaths[name] = pointer
      } else {
        diagnostics.error(
          "pointer", "'\(Excerpt.short(pointer))' is no JSON pointer", at: pair.value,
          hint: "write '/' before each key, such as /usage/input_tokens")
      }
    }
  }

  private func readEndpoint(_ keys: Fields, _ model: inout ModelConfiguration) {
    model.url = keys.required("url").flatMap { url($0) } ?? ""
    model.model = keys.required("model").flatMap { values.line($0, "'model'") } ?? ""
    model.keyVariable = keyVariable(keys, "key_env")
    model.context = keys.int("context", in: 512...100_000_000) ?? model.context
    model.maxOutput = keys.int("max_output", in: 16...10_000_000) ?? model.maxOutput
    if model.maxOutput >= model.context, keys.has("max_output") || keys.has("context") {
      diagnostics.error(
        "config-window",
        "a reply of \(model.maxOutput) tokens leaves nothing of a window of \(model.context)",
        at: keys.mark(of: keys.has("max_output") ? "max_output" : "context"),
        hint: "'max_output' must be smaller than 'context'")
    }
    model.reply = keys.choice("reply") ?? model.reply
    model.isStreamed = keys.bool("stream") ?? model.isStreamed
    if let node = keys["extra"], let pairs = keys.pairs("extra") {
      model.extra = node
      for pair in pairs {
        guard let key = pair.key.scalar?.string, ModelConfiguration.capKeys.contains(key) else {
          continue
        }
        diagnostics.error(
          "key-combination", "'\(key)' in 'extra' would replace the cap that is reserved",
          at: pair.key, hint: "write it as 'max_output'")
      }
    }
  }

  private func url(_ node: Node) -> String? {
    guard let text = values.line(node, "'url'") else { return nil }
    let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
    let rest = text.dropFirst(scheme?.utf8.count ?? 0)
    let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if host.contains("@") {
      // The text before the '@' may be a password: it is not shown.
      report(
        "config-secret", "'url' has a user name or a password", at: node.start,
        hint: "leave it out, and name the key's variable with 'key_env'")
      return nil
    }
    guard scheme != nil, !host.isEmpty, !rest.contains("?"), !rest.contains("#"),
      text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
    else {
      diagnostics.error(
        "config-url", "'\(Excerpt.short(text))' is no address of an endpoint", at: node,
        hint: "write it with http:// or https://, up to the version: http://127.0.0.1:8080/v1")
      return nil
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// The name of a variable that holds a key. What is no name may be the key itself, so it is not
  /// shown.
  func keyVariable(_ keys: Fields, _ name: String) -> String? {
    guard let node = keys[name], let text = keys.reader.text(node, "'\(name)'") else { return nil }
    if Expansion.isName(text), text.utf8.count <= 64 { return text }
    refuseSecret(node.start, name)
    return nil
  }

  private func refuseSecret(_ mark: Mark, _ key: String) {
    report(
      "config-secret",
      key.hasSuffix("_env")
        ? "'\(key)' is not the name of a variable" : "'\(key)' would hold a key",
      at: mark,
      hint: "the key itself is never in a file: put it into the environment and write "
        + "'key_env: NAME_OF_THE_VARIABLE'")
  }

  /// Reports an error without the source line, which may hold a secret.
  private func report(_ rule: String, _ message: String, at mark: Mark, hint: String) {
    diagnostics.add(
      Diagnostic(.error, rule, message, file: diagnostics.source.name, at: mark, hint: hint))
  }

  private func variable(_ node: Node, _ what: String) -> String? {
    guard let text = values.line(node, what) else { return nil }
    if Expansion.isName(text) { return text }
    diagnostics.error(
      "env-name", "'\(Excerpt.short(text))' cannot be the name of a variable", at: node,
      hint: "use letters, digits and '_', no digit first")
    return nil
  }

  private func price(_ keys: Fields) -> ModelConfiguration.Price? {
    guard let node = keys["price"],
      let prices = Fields(
        node, "'price'", known: ["input", "cached_input", "cache_write", "output"], diagnostics)
    else { return nil }
    let input = prices.required("input").flatMap { prices.reader.double($0, "'input'") }
    let output = prices.required("output").flatMap { prices.reader.double($0, "'output'") }
    let cached = prices.double("cached_input")
    let written = prices.double("cache_write")
    guard let input, let output else { return nil }
    return ModelConfiguration.Price(
      input: input, cachedInput: cached, cacheWrite: written, output: output)
  }

  private func readTimeouts(_ keys: Fields, _ model: inout ModelConfiguration) {
    let times = keys["timeout"].flatMap { node in
      Fields(
        node, "'timeout'", known: ["connect", "first_byte", "idle", "total"], diagnostics)
    }
    func duration(_ name: String) -> Double? { times.flatMap { values.duration($0, name) } }
    model.timeouts.connect = duration("connect") ?? model.timeouts.connect
    model.timeouts.idle = duration("idle") ?? model.timeouts.idle
    model.timeouts.total = duration("total") ?? model.timeouts.total
    // A reply that comes in one piece is silent until it is whole.
    let patience = model.isStreamed ? model.timeouts.firstByte : model.timeouts.total
    model.timeouts.firstByte = duration("first_byte") ?? patience
  }
}
