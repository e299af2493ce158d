/// Why an endpoint gave no reply, in the classes that decide what is done about it.
public struct EndpointFailure: Error, Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    // Tried again.
    case rateLimited, overloaded, server, connection
    /// No content in time.
    case silent
    /// The stream broke or ended without its terminal event after content had come.
    case cut
    // Not tried again.
    case unauthorised, quota
    /// The endpoint does not know the model, or it is gone.
    case modelGone
    /// The prompt is larger than the window.
    case contextOverflow
    /// A parameter that this endpoint does not take; `parameter` names it.
    case unsupportedParameter
    /// The request was understood and is not wanted.
    case refused
    /// A success that holds no reply.
    case empty
    /// The reply's cap was spent on reasoning.
    case thinkingOnly
    /// What came is not what this kind of endpoint answers.
    case malformed
    case tooLarge, redirected
    /// The other side could not prove who it is.
    case untrusted
    /// Far fewer tokens were read than sent: the window was cut without a word.
    case promptCut
    case badAddress
    /// libcurl is not on this machine.
    case noLibrary
    /// Too many failures in a row on this machine: not even tried.
    case circuitOpen
    /// The total deadline.
    case deadline
    case interrupted
  }

  public var kind: Kind
  public var status: Int?
  /// One sentence, safe to print, without the key.
  public var message: String
  /// In seconds, as the endpoint asked.
  public var retryAfter: Double?
  public var parameter: String?
  /// What would help, where something is known to.
  public var hint: String?
  /// True if a part of a reply had come.
  public var hadContent = false
  /// True if a model may have worked on the request, so that it may cost.
  public var mayHaveCost = false
  /// What the endpoint said it cost, where it said so.
  public var usage: TokenUsage?
  /// How many requests went out.
  public var requests = 0

  public init(_ kind: Kind, _ message: String, status: Int? = nil, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.status = status
    self.hint = hint
  }

  /// True if the same request may succeed a moment later and nothing of a reply had come.
  public var isRetried: Bool {
    switch kind {
    case .rateLimited, .overloaded, .server, .connection: !hadContent
    default: false
    }
  }

  /// True if this model will not answer in this run, whatever is sent.
  public var isPermanent: Bool {
    switch kind {
    case .unauthorised, .quota, .modelGone, .untrusted, .badAddress, .noLibrary, .redirected: true
    default: false
    }
  }

  /// True if it counts against the endpoint's circuit.
  var isOutage: Bool {
    switch kind {
    case .overloaded, .server, .connection, .silent, .cut: true
    default: false
    }
  }
}
