import Platform

/// The models that an endpoint says it has: asking for them costs no token.
public struct ModelList: Sendable {
  /// False where the list does not have the configured model; nil where there is no list.
  public let isListed: Bool?
  /// How long the answer took.
  public let seconds: Double

  /// Asks for the list. An endpoint that has none answers all the same; every other answer that is
  /// no list is a failure.
  public static func ask(
    _ endpoint: Endpoint, carrier: any HTTPCarrier = Network(), time: any TimeSource = SystemTime()
  ) throws(EndpointFailure) -> ModelList {
    if let fault = endpoint.fault { throw EndpointFailure(.badAddress, fault) }
    let start = time.monotonic
    var body: [UInt8] = []
    let request = HTTPRequest(
      url: endpoint.modelsAddress, headers: endpoint.authorisation, body: nil,
      deadlines: endpoint.deadlines)
    let outcome = carrier.perform(request) { _, bytes in
      body += bytes
      return .content
    }
    if outcome.end != .done { throw ReplyReception(endpoint).transportFailure(outcome) }
    let seconds = time.monotonic - start
    let status = outcome.head.status
    switch status {
    case 404, 405, 501: return ModelList(isListed: nil, seconds: seconds)
    case 200: break
    default:
      let text = EndpointErrorText(body: body, status: status)
      throw EndpointFailure(text, endpoint: endpoint, wait: nil, hasHeaders: false)
    }
    guard case .success(let json) = Result(catching: { try JSON(parsing: body) }),
      let list = json["data"]?.array
    else {
      let start = String(decoding: body.prefix(80), as: UTF8.self)
      throw EndpointFailure(
        .malformed,
        "\(endpoint.name) answered, but not with a list of models: "
          + "'\(EndpointFailure.printable(start, endpoint))'",
        hint: "check 'url' of '\(endpoint.name)': is it the API's address, not a web page's?")
    }
    return ModelList(
      isListed: list.contains { $0["id"]?.string == endpoint.model }, seconds: seconds)
  }
}
