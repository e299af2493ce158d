import Platform

/// The body of one answer as it comes in, and what it amounts to when it has ended.
struct ReplyReception {
  private let endpoint: Endpoint
  private var assembly: ReplyAssembly
  private var events = ServerSentEvents()
  /// The bytes of an answer that is no stream.
  private var document: [UInt8] = []
  private var fault: EndpointFailure?
  private var wasCut = false

  init(_ endpoint: Endpoint) {
    self.endpoint = endpoint
    assembly = ReplyAssembly(endpoint.route)
  }

  mutating func receive(
    _ head: HTTPHead, _ bytes: UnsafeRawBufferPointer, _ watch: (String) -> Bool
  ) -> BodyVerdict {
    guard (200..<300).contains(head.status), Self.isStream(head) else {
      document += bytes
      return .content
    }
    var verdict = BodyVerdict.quiet
    for event in events.receive(bytes) {
      switch assembly.receive(event) {
      case .nothing: break
      case .content: verdict = .content
      case .end: return .stop
      case .failure(let error):
        fault = EndpointFailure(error, endpoint: endpoint, wait: nil, hasHeaders: false)
        return .stop
      case .malformed(let why):
        fault = failure(.malformed, why)
        return .stop
      }
    }
    if verdict == .content, !watch(assembly.text) {
      wasCut = true
      return .stop
    }
    return verdict
  }

  /// The reply, or why there is none.
  mutating func finish(
    _ outcome: HTTPOutcome, now: Double, estimate: Int?
  ) throws(EndpointFailure) -> ModelReply {
    do throws(EndpointFailure) {
      return try judge(outcome, now: now, estimate: estimate)
    } catch {
      var failure = error
      failure.status = failure.status ?? (outcome.head.status == 0 ? nil : outcome.head.status)
      failure.usage = assembly.usage
      failure.hadContent = assembly.hasContent
      // A 200 means that a model may have begun; a refusal by status costs nothing.
      let begun = (200..<300).contains(outcome.head.status) && fault == nil
      let unknown = error.kind == .silent || error.kind == .deadline || error.kind == .interrupted
      failure.mayHaveCost = assembly.hasContent || begun || unknown
      throw failure
    }
  }

  private mutating func judge(
    _ outcome: HTTPOutcome, now: Double, estimate: Int?
  ) throws(EndpointFailure) -> ModelReply {
    let status = outcome.head.status
    if outcome.end != .done && outcome.end != .stopped { throw transportFailure(outcome) }
    guard (200..<300).contains(status) else {
      let error = EndpointErrorText(body: document, status: status)
      let wait = RetryAfter.seconds(outcome.head.headers, now: now)
      throw EndpointFailure(error, endpoint: endpoint, wait: wait, hasHeaders: true)
    }
    if let fault { throw fault }
    if !Self.isStream(outcome.head) { try readDocument() }
    return try reply(estimate: estimate)
  }

  private mutating func readDocument() throws(EndpointFailure) {
    if document.isEmpty { throw failure(.empty, "\(endpoint.name) answered 200 with no body") }
    let json: JSON
    do {
      json = try JSON(parsing: document)
    } catch {
      throw failure(
        .malformed, "\(endpoint.name) answered 200 with what is not JSON (\(error.message))")
    }
    switch assembly.receive(document: json) {
    case .failure(let error):
      throw EndpointFailure(error, endpoint: endpoint, wait: nil, hasHeaders: false)
    case .malformed(let why): throw failure(.malformed, "\(endpoint.name): \(why)")
    default: break
    }
  }

  private func reply(estimate: Int?) throws(EndpointFailure) -> ModelReply {
    let finish = assembly.finish ?? .unknown("")
    if !wasCut {
      guard assembly.hasEnded || finish != .unknown("") else {
        throw failure(
          assembly.hasContent ? .cut : .empty,
          "\(endpoint.name): the stream ended without its terminal event")
      }
      if assembly.text.allSatisfy(\.isWhitespace) { throw empty(finish) }
    }
    let usage = assembly.usage
    if let estimate, let usage, estimate >= 1500, usage.input * 5 < estimate * 2 {
      throw EndpointFailure(
        .promptCut,
        "\(endpoint.name) read \(usage.input) tokens of a prompt of about \(estimate)",
        hint: "its window is too small and cuts silently: raise it (Ollama: num_ctx), or set "
          + "'context' of '\(endpoint.name)' to what it is")
    }
    return ModelReply(
      text: assembly.text, finish: finish, model: assembly.model, usage: usage, wasCut: wasCut)
  }

  private func empty(_ finish: ModelReply.Finish) -> EndpointFailure {
    if finish == .length, assembly.reasoningBytes > 0 {
      return EndpointFailure(
        .thinkingOnly, "\(endpoint.name) spent the whole reply on reasoning",
        hint: "raise max_output of '\(endpoint.name)', or turn its reasoning down in 'extra'")
    }
    if finish == .contentFilter {
      return failure(.refused, "\(endpoint.name) withheld the reply (content filter)")
    }
    return failure(.empty, "\(endpoint.name) answered without content")
  }

  /// Why an exchange that did not end well did not.
  func transportFailure(_ outcome: HTTPOutcome) -> EndpointFailure {
    let name = endpoint.name
    let said = EndpointFailure.printable(outcome.message, endpoint)
    let why = said.isEmpty ? "" : ": \(said)"
    let deadlines = endpoint.deadlines
    func seconds(_ value: Double) -> String {
      value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
    }
    switch outcome.end {
    case .noLibrary:
      return EndpointFailure(
        .noLibrary, "no request can be made\(why)", hint: "install the package libcurl4")
    case .badAddress: return failure(.badAddress, "the url of \(name) cannot be used\(why)")
    case .noConnection: return failure(.connection, "\(name) cannot be reached\(why)")
    case .connectTimeout:
      return failure(.connection, "\(name): no connection within \(seconds(deadlines.connect))")
    case .noTrust: return failure(.untrusted, "\(name) could not prove who it is\(why)")
    case .tooLarge: return failure(.tooLarge, "\(name) answered more than the limit allows")
    case .interrupted: return failure(.interrupted, "interrupted while \(name) was answering")
    case .firstByteTimeout:
      return failure(.silent, "\(name): no content within \(seconds(deadlines.firstByte))")
    case .idleTimeout:
      return failure(.silent, "\(name): no content for \(seconds(deadlines.idle))")
    case .totalTimeout:
      return failure(.deadline, "\(name): no whole reply within \(seconds(deadlines.total))")
    case .broken, .done, .stopped:
      let kind: EndpointFailure.Kind =
        assembly.hasContent || !document.isEmpty ? .cut : .connection
      return failure(kind, "\(name): the connection broke\(why)")
    }
  }

  private func failure(_ kind: EndpointFailure.Kind, _ message: String) -> EndpointFailure {
    EndpointFailure(kind, message)
  }

  private static func isStream(_ head: HTTPHead) -> Bool {
    head.headers["content-type"]?.lowercased().contains("text/event-stream") ?? false
  }
}
