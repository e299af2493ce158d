import Synchronization

/// What is known of an endpoint, shared by all processes of the machine.
public struct EndpointState: Hashable, Sendable {
  /// Which parameters the endpoint takes, found out by asking.
  public struct Dialect: Hashable, Sendable {
    /// `max_completion_tokens` instead of `max_tokens`.
    public var usesCompletionTokens = false
    public var omitsTemperature = false
    public var omitsStreamOptions = false

    public init() {}
  }

  /// Outages in a row.
  public var failures = 0
  /// No request before this time, in seconds since 1970: the circuit is open.
  public var openUntil = 0.0
  /// No request before this time, because the endpoint asked for a pause.
  public var notBefore = 0.0
  public var dialect = Dialect()

  public init() {}

  /// Outages in a row that open the circuit, and for how many seconds.
  static let threshold = 5, pause = 60.0

  mutating func succeeded() {
    failures = 0
    openUntil = 0
  }

  /// After the pause one request is let through; if it fails too, the circuit is open again.
  mutating func failed(at now: Double) {
    failures += 1
    if failures >= Self.threshold { openUntil = now + Self.pause }
  }
}

/// Where the states of endpoints are kept.
public protocol EndpointStore: AnyObject, Sendable {
  /// The state under a name; a new one where nothing is known or nothing can be read.
  func state(of endpoint: String) -> EndpointState
  /// Changes the state as one step that no other process interrupts.
  func update(_ endpoint: String, _ change: (inout EndpointState) -> Void)
}

/// A store that only this process sees.
public final class MemoryEndpointStore: EndpointStore {
  private let states = Mutex<[String: EndpointState]>([:])

  public init() {}

  public func state(of endpoint: String) -> EndpointState {
    states.withLock { $0[endpoint] ?? EndpointState() }
  }

  public func update(_ endpoint: String, _ change: (inout EndpointState) -> Void) {
    states.withLock { change(&$0[endpoint, default: EndpointState()]) }
  }
}
