import Platform

/// One turn for a model.
public struct ModelRequest: Sendable {
  /// Rules and what does not change between requests of a step: a provider's cache holds it.
  /// Empty: none is sent, and a server's own may stand in its place.
  public var system: String
  public var user: String
  /// The cap of the reply in tokens.
  public var maxOutput: Int
  /// Nil: the endpoint's default.
  public var temperature: Double?
  public var isStreamed: Bool
  /// True from the second request with the same `system` on: the first would pay for the mark.
  public var marksCache: Bool
  /// The prompt's length as estimated, to notice a window that was cut silently; nil: not checked.
  public var estimatedInput: Int?

  public init(
    system: String, user: String, maxOutput: Int, temperature: Double? = nil,
    isStreamed: Bool = true, marksCache: Bool = false, estimatedInput: Int? = nil
  ) {
    self.system = system
    self.user = user
    self.maxOutput = maxOutput
    self.temperature = temperature
    self.isStreamed = isStreamed
    self.marksCache = marksCache
    self.estimatedInput = estimatedInput
  }

  /// The request as the endpoint wants it.
  func http(_ endpoint: Endpoint, _ dialect: EndpointState.Dialect, total: Double) -> HTTPRequest {
    let isStreamed = isStreamed && endpoint.isStreamed
    var headers = [
      (name: "Content-Type", value: "application/json"),
      (name: "Accept", value: isStreamed ? "text/event-stream" : "application/json"),
      // Else libcurl waits a second for permission to send a large body.
      (name: "Expect", value: ""),
    ]
    headers += endpoint.authorisation
    var deadlines = endpoint.deadlines
    deadlines.total = min(deadlines.total, total)
    return HTTPRequest(
      url: endpoint.address, headers: headers, body: body(endpoint, dialect, isStreamed).bytes(),
      deadlines: deadlines)
  }

  private func body(
    _ endpoint: Endpoint, _ dialect: EndpointState.Dialect, _ isStreamed: Bool
  ) -> JSON {
    var members: [JSON.Member] = []
    switch endpoint.route {
    case .chatCompletions:
      members.append(JSON.Member("model", .string(endpoint.model)))
      members.append(
        JSON.Member(
          "messages",
          .array(
            (system.isEmpty ? [] : [["role": "system", "content": .string(system)]])
              + [["role": "user", "content": .string(user)]])))
      let cap = dialect.usesCompletionTokens ? "max_completion_tokens" : "max_tokens"
      members.append(JSON.Member(cap, .integer(maxOutput)))
      if isStreamed && !dialect.omitsStreamOptions {
        members.append(JSON.Member("stream_options", ["include_usage": true]))
      }
    case .messages:
      members.append(JSON.Member("model", .string(endpoint.model)))
      if !system.isEmpty {
        var block: [JSON.Member] = [
          JSON.Member("type", "text"), JSON.Member("text", .string(system)),
        ]
        if marksCache { block.append(JSON.Member("cache_control", ["type": "ephemeral"])) }
        members.append(JSON.Member("system", .array([.object(block)])))
      }
      members.append(
        JSON.Member("messages", [["role": "user", "content": .string(user)]]))
      members.append(JSON.Member("max_tokens", .integer(maxOutput)))
    }
    if let temperature, !dialect.omitsTemperature {
      members.append(JSON.Member("temperature", .number(temperature)))
    }
    members.append(JSON.Member("stream", .bool(isStreamed)))
    // What decides what is asked and how the answer is read is not for a configuration to change.
    let fixed: Set<String> = ["messages", "stream", "n", "system"]
    for member in endpoint.extra?.object ?? [] where !fixed.contains(member.key) {
      members.removeAll { $0.key == member.key }
      members.append(member)
    }
    return .object(members)
  }
}

extension Endpoint {
  /// The headers that prove who asks; the only place where the key leaves its box.
  var authorisation: [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    switch route {
    case .chatCompletions:
      if let key { headers.append((name: "Authorization", value: "Bearer \(key.text)")) }
    case .messages:
      headers.append((name: "anthropic-version", value: "2023-06-01"))
      if let key { headers.append((name: "x-api-key", value: key.text)) }
    }
    return headers
  }
}
