/// What was seen of a working program from outside, for the rules to judge.
public struct WorkerTrace: Sendable {
  /// One look at it.
  public struct Sample: Hashable, Sendable {
    /// Seconds since its start.
    public var time: Double
    /// Bytes of output so far.
    public var output: Int
    public var tree: String
    /// Seconds of processor time so far.
    public var cpu: Double
    /// True while a model streams to it.
    public var isStreaming: Bool
    /// Set when it has ended.
    public var exit: Int?

    public init(
      time: Double, output: Int, tree: String, cpu: Double, isStreaming: Bool = false,
      exit: Int? = nil
    ) {
      self.time = time
      self.output = output
      self.tree = tree
      self.cpu = cpu
      self.isStreaming = isStreaming
      self.exit = exit
    }
  }

  /// The tree before it began.
  public var tree: String
  /// True for work that is meant to change nothing.
  public var onlyLooks: Bool
  public var samples: [Sample]
  public var pace: Pace

  /// How patient the rules are, in seconds.
  public struct Pace: Sendable, Hashable {
    /// Between two looks.
    public var interval: Double
    /// After this long a rule speaks, after that it ends the work.
    public var warning: Double
    public var end: Double

    public init(interval: Double = 10, warning: Double = 300, end: Double = 600) {
      self.interval = interval
      self.warning = warning
      self.end = end
    }
  }

  public init(
    tree: String, onlyLooks: Bool = false, samples: [Sample], pace: Pace = Pace()
  ) {
    self.tree = tree
    self.onlyLooks = onlyLooks
    self.samples = samples
    self.pace = pace
  }

  /// Bytes of output that make a monologue.
  private static let monologue = 5000

  public func verdicts() -> [StallVerdict] {
    var result: [StallVerdict] = []
    var quietSince = samples.first?.time ?? 0
    var previous: Sample?
    for sample in samples {
      if let previous, Self.isAlive(sample, since: previous) { quietSince = sample.time }
      result += production(sample)
      let silence = sample.time - quietSince
      if sample.exit == nil, silence >= pace.warning {
        result.append(
          StallVerdict(
            .silence, silence >= pace.end ? .stop : .nudge,
            "no output, no change and no work for \(Int(silence)) s"))
      }
      previous = sample
    }
    return result
  }

  private static func isAlive(_ sample: Sample, since previous: Sample) -> Bool {
    sample.isStreaming || sample.output != previous.output || sample.tree != previous.tree
      // A poll loop takes some time too: work is a tenth of the time that passed.
      || sample.cpu - previous.cpu > 0.1 * (sample.time - previous.time)
  }

  private func production(_ sample: Sample) -> [StallVerdict] {
    guard !onlyLooks, sample.tree == tree else { return [] }
    if sample.output >= Self.monologue {
      if sample.exit != nil || sample.time >= pace.end {
        return [
          StallVerdict(
            .workerMonologue, .stop, "\(sample.output) bytes were written and nothing was changed")
        ]
      }
      if sample.time >= pace.warning {
        return [
          StallVerdict(
            .workerMonologue, .nudge, "\(sample.output) bytes were written and nothing was changed")
        ]
      }
      return []
    }
    return sample.exit == nil
      ? [] : [StallVerdict(.builtNothing, .stop, "it ended and had changed nothing")]
  }
}

/// What an agent did with its tools, where its event stream tells.
public struct ToolTrace: Sendable {
  public struct Event: Hashable, Sendable {
    /// What it did, with its arguments; the first word is the tool.
    public var action: String
    /// What came of it.
    public var result: String
    public var isError: Bool

    public init(action: String, result: String, isError: Bool = false) {
      self.action = action
      self.result = result
      self.isError = isError
    }
  }

  public var events: [Event]

  public init(_ events: [Event]) { self.events = events }

  public func verdicts() -> [StallVerdict] {
    var result: [StallVerdict] = []
    var last: Event?
    var same = 0
    var read = Set<String>()
    var again = 0
    for event in events {
      same = event == last ? same + 1 : 1
      last = event
      if same >= 3 {
        result.append(
          StallVerdict(
            event.isError ? .repeatedError : .repetition, same == 3 ? .nudge : .stop,
            "\(same) times in a row: \(event.action)"))
      }
      guard event.action.hasPrefix("read ") else {
        // What was changed may be read again.
        if event.action.hasPrefix("edit ") || event.action.hasPrefix("write ") {
          read = []
          again = 0
        }
        continue
      }
      again = read.insert(event.action).inserted ? 0 : again + 1
      if again >= 3 {
        result.append(
          StallVerdict(
            .rereading, again == 3 ? .nudge : .stop, "read again without an edit: \(event.action)"))
      }
    }
    return result
  }
}
