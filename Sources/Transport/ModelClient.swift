import Platform

/// Asks models: one request, its retries, and what is remembered of the endpoint.
public struct ModelClient: Sendable {
  /// How often a passing failure is met before it counts.
  static let tries = 4
  /// The longest pause, in seconds, that an endpoint is granted.
  static let longestPause = 120.0
  /// The shortest pause, in seconds, that a person is told of.
  static let toldPause = 5.0

  private let carrier: any HTTPCarrier
  private let store: any EndpointStore
  private let time: any TimeSource
  private let onPause: @Sendable (String) -> Void

  /// `onPause` is told, in one sentence, of every pause that a person would wonder about.
  public init(
    carrier: any HTTPCarrier = Network(), store: any EndpointStore = MemoryEndpointStore(),
    time: any TimeSource = SystemTime(), onPause: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.onPause = onPause
    self.carrier = carrier
    self.store = store
    self.time = time
  }

  /// Sends a request and gives the whole reply, or the class of what stood in the way.
  ///
  /// `allowance` is the time that all tries and pauses may take, in seconds. `watch` sees the text
  /// as it grows; false cuts the stream, and the reply says so. `again` is told of a try that may
  /// have cost before the next one is made; false ends it with that failure.
  public func send(
    _ request: ModelRequest, to endpoint: Endpoint, allowance: Double = .infinity,
    watch: (String) -> Bool = { _ in true }, again: (EndpointFailure) -> Bool = { _ in true }
  ) throws(EndpointFailure) -> ModelReply {
    if let fault = endpoint.fault { throw EndpointFailure(.badAddress, fault) }
    let end = time.monotonic + min(allowance, endpoint.deadlines.total * Double(Self.tries))
    var tries = 0
    var fallbacks = 0
    while true {
      do throws(EndpointFailure) {
        try admit(endpoint, until: end, after: tries)
      } catch {
        var failure = error
        failure.requests = tries
        throw failure
      }
      tries += 1
      do throws(EndpointFailure) {
        var reply = try once(request, endpoint, until: end, watch)
        store.update(endpoint.identity) { $0.succeeded() }
        reply.requests = tries
        return reply
      } catch {
        var failure = error
        failure.requests = tries
        note(failure, endpoint)
        if failure.kind == .unsupportedParameter, fallbacks < 2, adapt(to: failure, endpoint) {
          fallbacks += 1
          continue
        }
        guard failure.isRetried, tries - fallbacks < Self.tries else { throw failure }
        try pause(after: failure, attempt: tries - fallbacks, endpoint, until: end)
        if failure.mayHaveCost, !again(failure) { throw failure }
      }
    }
  }

  /// Throws where the endpoint must be left alone; waits where it asked for a short pause.
  private func admit(
    _ endpoint: Endpoint, until end: Double, after tries: Int
  ) throws(EndpointFailure) {
    let state = store.state(of: endpoint.identity)
    if tries == 0, state.openUntil > time.wall {
      let seconds = Int((state.openUntil - time.wall).rounded(.up))
      throw EndpointFailure(
        .circuitOpen,
        "\(endpoint.name) failed \(state.failures) times in a row; it is asked again in "
          + "\(seconds) s")
    }
    let wait = state.notBefore - time.wall
    if wait > 0, wait <= Self.longestPause { try sleep(wait, endpoint, until: end) }
    if time.monotonic >= end {
      throw EndpointFailure(.deadline, "\(endpoint.name): the time for this request is used up")
    }
  }

  private func note(_ failure: EndpointFailure, _ endpoint: Endpoint) {
    let now = time.wall
    store.update(endpoint.identity) { state in
      if failure.isOutage { state.failed(at: now) }
      if failure.kind == .rateLimited, let wait = failure.retryAfter,
        wait <= Self.longestPause
      {
        state.notBefore = max(state.notBefore, now + wait)
      }
    }
  }

  /// Full jitter: any pause between nothing and the doubled one, but never less than was asked.
  private func pause(
    after failure: EndpointFailure, attempt: Int, _ endpoint: Endpoint, until end: Double
  ) throws(EndpointFailure) {
    if let asked = failure.retryAfter, asked > Self.longestPause { throw failure }
    let ceiling = min(30, 0.5 * Double(1 << attempt))
    let wait = max(failure.retryAfter ?? 0, time.fraction * ceiling)
    if time.monotonic + wait >= end { throw failure }
    do throws(EndpointFailure) {
      try sleep(wait, endpoint, until: end)
    } catch {
      // What the try before has cost is not undone by it.
      var interrupted = error
      interrupted.mayHaveCost = failure.mayHaveCost
      interrupted.usage = failure.usage
      interrupted.requests = failure.requests
      throw interrupted
    }
  }

  private func sleep(
    _ seconds: Double, _ endpoint: Endpoint, until end: Double
  ) throws(EndpointFailure) {
    let pause = max(0, min(seconds, end - time.monotonic))
    if pause >= Self.toldPause {
      onPause("\(endpoint.name) is asked again in \(Int(pause.rounded(.up))) s")
    }
    if !time.wait(seconds: pause) {
      throw EndpointFailure(.interrupted, "interrupted while waiting for \(endpoint.name)")
    }
  }

  /// Learns to leave a parameter out; false where that was known already.
  private func adapt(to failure: EndpointFailure, _ endpoint: Endpoint) -> Bool {
    var hasChanged = false
    store.update(endpoint.identity) { state in
      let before = state.dialect
      switch failure.parameter {
      case "max_tokens": state.dialect.usesCompletionTokens = true
      case "max_completion_tokens": state.dialect.usesCompletionTokens = false
      case "temperature": state.dialect.omitsTemperature = true
      case "stream_options": state.dialect.omitsStreamOptions = true
      default: break
      }
      hasChanged = state.dialect != before
    }
    return hasChanged
  }

  private func once(
    _ request: ModelRequest, _ endpoint: Endpoint, until end: Double, _ watch: (String) -> Bool
  ) throws(EndpointFailure) -> ModelReply {
    let start = time.monotonic
    let dialect = store.state(of: endpoint.identity).dialect
    var reception = ReplyReception(endpoint)
    let outcome = carrier.perform(request.http(endpoint, dialect, total: end - start)) {
      head, bytes in reception.receive(head, bytes, watch)
    }
    var reply = try reception.finish(outcome, now: time.wall, estimate: request.estimatedInput)
    reply.seconds = time.monotonic - start
    return reply
  }
}
