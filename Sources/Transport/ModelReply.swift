/// A reply that came whole, as far as the endpoint says.
public struct ModelReply: Sendable {
  public enum Finish: Hashable, Sendable {
    case stop
    /// The cap or the window was reached.
    case length
    case contentFilter
    /// Any other word of the endpoint, or none.
    case unknown(String)
  }

  public var text: String
  public var finish: Finish
  /// What the model was called in the reply.
  public var model: String?
  /// Nil where the endpoint does not say, or says what cannot be.
  public var usage: TokenUsage?
  /// How many requests went out for it, retries included.
  public var requests: Int
  public var seconds: Double
  /// True if the receiver stopped the stream itself.
  public var wasCut: Bool

  public init(
    text: String, finish: Finish, model: String? = nil, usage: TokenUsage? = nil,
    requests: Int = 1, seconds: Double = 0, wasCut: Bool = false
  ) {
    self.text = text
    self.finish = finish
    self.model = model
    self.usage = usage
    self.requests = requests
    self.seconds = seconds
    self.wasCut = wasCut
  }
}
