/// `dispatch` of the configuration: what a worker of this machine takes on, and how it goes about it.
public struct DispatchConfiguration: Sendable, Hashable {
  /// What one queue may use, all workers together; nil: no limit.
  public struct QueueLimit: Sendable, Hashable {
    public var name: String
    /// Tasks at a time.
    public var running: Int?
    /// Tasks begun in any sixty seconds.
    public var perMinute: Int?

    public init(name: String, running: Int? = nil, perMinute: Int? = nil) {
      self.name = name
      self.running = running
      self.perMinute = perMinute
    }
  }

  /// Seconds without a sign of life after which a worker counts as lost.
  public var heartbeat: Double
  /// Folders that the repositories of tasks lie below, absolute or with `~/`; empty: anywhere.
  public var roots: [String]
  /// Where tasks may let their repository be fetched from; empty: from nowhere.
  public var addresses: [AddressScope]
  /// ssh-keygen's file of those whose signatures count; nil: `allowed_signers` beside this file.
  public var signers: String?
  public var queues: [QueueLimit]

  public init() {
    heartbeat = 30
    roots = []
    addresses = []
    queues = []
  }

  /// The limits of a queue; none where it is not named.
  public func limit(of queue: String) -> QueueLimit {
    queues.first { $0.name == queue } ?? QueueLimit(name: queue)
  }
}
