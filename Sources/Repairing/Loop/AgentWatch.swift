/// Follows a coding agent while it works, and says when it does not get on.
///
/// Used from the thread that runs the agent.
public final class AgentWatch {
  /// What the tree is called while it is as the agent found it.
  public static let untouched = ""

  public let pace: WorkerTrace.Pace
  private var trace: WorkerTrace
  private var tools: [ToolTrace.Event] = []
  /// What the rules have said so far, each rule once with its strongest word.
  public private(set) var verdicts: [StallVerdict] = []

  public init(pace: WorkerTrace.Pace = WorkerTrace.Pace()) {
    self.pace = pace
    trace = WorkerTrace(tree: Self.untouched, samples: [], pace: pace)
  }

  /// The verdict that ends the agent, if one does.
  public var stop: StallVerdict? { verdicts.first { $0.action == .stop } }

  /// Takes a look in; false where the agent shall be ended.
  public func look(_ sample: WorkerTrace.Sample) -> Bool {
    trace.samples.append(sample)
    for verdict in trace.verdicts() { note(verdict) }
    return stop == nil
  }

  /// Takes a line of output in, which may be an event of the agent's own stream.
  public func hear(_ line: [UInt8]) {
    let found = AgentEvents.read(line)
    guard !found.isEmpty else { return }
    tools += found
    for verdict in ToolTrace(tools).verdicts() { note(verdict) }
  }

  private func note(_ verdict: StallVerdict) {
    guard let index = verdicts.firstIndex(where: { $0.rule == verdict.rule }) else {
      return verdicts.append(verdict)
    }
    if verdicts[index].action != .stop { verdicts[index] = verdict }
  }
}
