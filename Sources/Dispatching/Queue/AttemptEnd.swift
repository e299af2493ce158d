public import Platform

/// How one attempt at a task ended.
public struct AttemptEnd: Sendable {
  public enum Kind: Sendable, Hashable {
    /// For good.
    case ended(TaskState)
    /// By something that may be over soon: tried again, `pause` seconds later at least.
    case again(Retry, pause: Double?)
    /// Stopped before its end because the worker ends: given back as if it had not begun.
    case givenBack
  }

  public var kind: Kind
  /// One sentence; nil where all went well.
  public var reason: String?
  /// The run's report, at most 200 KB of text.
  public var report: JSON?
  /// The commit that the branch is at; nil where none was made.
  public var commit: String?
  public var spent: Spent
  /// Seconds for which what is given back is left to others.
  public var rest = 0.0

  /// What models were asked for; unknown counts as all that was allowed.
  ///
  /// Others tell it too: what is below nothing or more than can be counts as the nearest that can,
  /// so that no sum of them runs over.
  public struct Spent: Sendable, Hashable {
    private static let most = (tokens: 1_000_000_000_000, usd: 1e9)
    public var tokens: Int
    public var usd: Double
    public var isKnown: Bool

    public init(tokens: Int = 0, usd: Double = 0, isKnown: Bool = true) {
      self.tokens = min(max(0, tokens), Self.most.tokens)
      self.usd = usd.isFinite ? min(max(0, usd), Self.most.usd) : 0
      self.isKnown = isKnown
    }
  }

  public init(_ kind: Kind, reason: String? = nil) {
    self.kind = kind
    self.reason = reason
    spent = Spent()
  }
}

/// Why an attempt may be repeated; nothing else ever is.
public enum Retry: String, Sendable, CaseIterable {
  /// The worker was killed, or the machine went.
  case lost
  /// No model could be reached.
  case unreachable
  /// No space, no quota, or an error of the disk.
  case storage
  /// The server of its repository did not answer, or broke off.
  case fetch

  /// How often a task is tried in all.
  public static let attempts = 5

  /// Seconds before the next attempt: 1, 2, 4, 8, at most 60.
  public static func pause(after attempt: Int) -> Double {
    attempt > 6 ? 60 : Double(min(60, 1 << max(0, attempt - 1)))
  }

  /// What happened, for people.
  private var words: String {
    switch self {
    case .lost: "the worker was lost"
    case .unreachable: "no model could be reached"
    case .storage: "the disk failed"
    case .fetch: "its repository could not be fetched"
    }
  }

  /// What is said when the last attempt was in vain.
  func inVain(_ reason: String?) -> String {
    let all = "\(words) in \(Self.attempts) attempts"
    return reason.map { "\(all); the last: \($0)" } ?? all
  }

  /// True for a task that has failed of this in its last attempt too.
  public func hasFailed(_ task: TaskStatus) -> Bool {
    task.state == .failed && task.reason?.hasPrefix(inVain(nil)) == true
  }
}
