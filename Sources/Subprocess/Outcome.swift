/// How a command ended, and what it used.
public struct Outcome: Sendable {
  public enum Ending: Hashable, Sendable {
    case exited(Int32)
    /// Ended by a signal that mtor did not send.
    case signalled(Int32)
    /// The deadline came first.
    case timedOut
    /// mtor was told to stop (`Interruption`).
    case interrupted
    /// It had more processes than `Command.Limits` allows, and was ended at once.
    case tooManyProcesses
  }

  public var ending: Ending
  /// Standard output and standard error in the order of arrival.
  public var output: CapturedOutput
  /// Where `Command.Capture.separate` asked for them.
  public var standardOutput: CapturedOutput?
  public var standardError: CapturedOutput?
  /// From its start to its end.
  public var seconds: Double
  /// From its start to the end of the last process that it left behind.
  public var secondsUntilGone: Double
  /// Processor time of the command and all its descendants.
  public var userSeconds: Double
  public var systemSeconds: Double
  /// Peak resident memory, in bytes, of the largest process among them.
  public var peakMemory: Int
  /// Processes that were still there when the command had ended; none of them lives now.
  public var leftovers: Int

  /// True for exit code 0.
  public var succeeded: Bool { ending == .exited(0) }
}

/// The beginning and the end of an output, byte for byte.
public struct CapturedOutput: Hashable, Sendable {
  public var head: [UInt8]
  public var tail: [UInt8]
  /// How many bytes between the two were not kept.
  public var omitted: Int

  public init(head: [UInt8] = [], tail: [UInt8] = [], omitted: Int = 0) {
    self.head = head
    self.tail = tail
    self.omitted = omitted
  }

  /// The whole output; nil where some of it was not kept.
  public var whole: [UInt8]? { omitted == 0 ? head + tail : nil }
}
