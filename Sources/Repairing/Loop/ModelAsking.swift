public import Manifests
import Platform
public import Transport

/// Something that answers requests by the name of a configured model.
public protocol ModelAsking: Sendable {
  /// `again` is told of a try that failed and may have cost; false: no other one is made.
  func ask(
    _ request: ModelRequest, of model: ModelConfiguration, allowance: Double,
    watch: (String) -> Bool, again: (EndpointFailure) -> Bool
  ) throws(EndpointFailure) -> ModelReply
}

/// The configured endpoints themselves.
public struct ConfiguredModels: ModelAsking {
  private let client: ModelClient
  private let environment: [String: String]

  /// `environment` is where keys are read.
  public init(client: ModelClient, environment: [String: String]) {
    self.client = client
    self.environment = environment
  }

  public func ask(
    _ request: ModelRequest, of model: ModelConfiguration, allowance: Double,
    watch: (String) -> Bool, again: (EndpointFailure) -> Bool
  ) throws(EndpointFailure) -> ModelReply {
    try client.send(
      request, to: try Self.endpoint(of: model, environment), allowance: allowance, watch: watch,
      again: again)
  }

  /// Where a model answers; a failure where its key is not there.
  public static func endpoint(
    of model: ModelConfiguration, _ environment: [String: String]
  ) throws(EndpointFailure) -> Endpoint {
    var key: Secret?
    if let variable = model.keyVariable {
      guard let value = environment[variable], !value.isEmpty else {
        throw EndpointFailure(
          .unauthorised, "the variable \(variable) of model '\(model.name)' is not set",
          hint: "export \(variable)=…")
      }
      key = Secret(value)
    }
    return Endpoint(
      name: model.name, route: model.api == .anthropic ? .messages : .chatCompletions,
      url: model.url, model: model.model, key: key,
      deadlines: HTTPRequest.Deadlines(
        connect: model.timeouts.connect, firstByte: model.timeouts.firstByte,
        idle: model.timeouts.idle, total: model.timeouts.total),
      isStreamed: model.isStreamed,
      extra: model.extra.map(JSON.init(node:)))
  }
}

extension ModelConfiguration {
  /// True for a window that only models of few parameters have: they get the short request.
  var isSmall: Bool { api != .command && context <= 8192 }

  /// What a request costs at most, in US dollars; 0 where no price is known.
  func worstCost(input: Int, output: Int) -> Double {
    guard let price else { return 0 }
    let dearest = max(price.input, price.cacheWrite ?? 0, price.cachedInput ?? 0)
    return (Double(input) * dearest + Double(output) * price.output) / 1_000_000
  }

  /// What a request did cost: the provider's own figure, else by the price; nil: unknown.
  func cost(_ usage: TokenUsage) -> Double? {
    if let usd = usage.usd { return usd }
    guard let price else { return nil }
    let input =
      Double(usage.uncachedInput) * price.input
      + Double(usage.cacheRead) * (price.cachedInput ?? price.input)
      + Double(usage.cacheWrite) * (price.cacheWrite ?? price.input)
    return (input + Double(usage.output) * price.output) / 1_000_000
  }
}
