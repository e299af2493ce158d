import Platform

/// What an endpoint says of itself when it is asked.
public struct ModelProbe: Sendable {
  /// The model's own name in its reply.
  public var answeredAs: String?
  public var seconds: Double
  public var usage: TokenUsage?
  /// The window in tokens, where the list of models has it.
  public var context: Int?
  /// False where the list of models does not have the configured one; nil where there is no list.
  public var isListed: Bool?

  /// Asks for one word, and for the list of models.
  public static func probe(
    _ endpoint: Endpoint, carrier: any HTTPCarrier = Network(), time: any TimeSource = SystemTime()
  ) throws(EndpointFailure) -> ModelProbe {
    let client = ModelClient(carrier: carrier, time: time)
    let request = ModelRequest(
      system: "Reply with one word.", user: "Reply with the word ready.", maxOutput: 64)
    var probe: ModelProbe
    do throws(EndpointFailure) {
      let reply = try client.send(request, to: endpoint, allowance: 60)
      probe = ModelProbe(answeredAs: reply.model, seconds: reply.seconds, usage: reply.usage)
    } catch {
      // A model that thinks for longer than that is there all the same.
      guard error.kind == .thinkingOnly else { throw error }
      probe = ModelProbe(seconds: 0, usage: error.usage)
    }
    probe.readList(endpoint, carrier)
    return probe
  }

  private init(answeredAs: String? = nil, seconds: Double, usage: TokenUsage?) {
    self.answeredAs = answeredAs
    self.seconds = seconds
    self.usage = usage
  }

  /// Not every endpoint has a list; that it has none is no fault.
  private mutating func readList(_ endpoint: Endpoint, _ carrier: any HTTPCarrier) {
    var body: [UInt8] = []
    let request = HTTPRequest(
      url: endpoint.modelsAddress, headers: endpoint.authorisation, body: nil,
      deadlines: HTTPRequest.Deadlines(connect: 10, firstByte: 10, idle: 10, total: 20))
    let outcome = carrier.perform(request) { _, bytes in
      body += bytes
      return .content
    }
    guard outcome.end == .done, outcome.head.status == 200,
      case .success(let json) = Result(catching: { try JSON(parsing: body) }),
      let list = json["data"]?.array
    else { return }
    let entry = list.first { $0["id"]?.string == endpoint.model }
    isListed = entry != nil
    guard let model = entry ?? (list.count == 1 ? list.first : nil) else { return }
    // llama.cpp, OpenRouter, vLLM and others each have a name of their own for it.
    context =
      model["meta"]?["n_ctx"]?.integer ?? model["context_length"]?.integer
      ?? model["max_model_len"]?.integer ?? model["context_window"]?.integer
      ?? model["max_context_length"]?.integer
  }
}
