import Platform

/// A task as the server describes it.
struct TemporalTask {
  let run: String
  let facts: TemporalOrder.Facts
  let status: TaskStatus
  /// As the server counts, given back ones included.
  let attempt: Int
  /// The type of the failure of the attempt before, where it told one.
  let lastFailure: String?
  /// The report, where the task has ended and one was asked for.
  let report: JSON?

  /// Reads a description; nil where mtor did not dispatch what it is of.
  init?(_ json: JSON, server: TemporalServer) {
    guard let info = json["info"], let run = info["runId"]?.string,
      let facts = info["header"]?["fields"]?["mtor"].flatMap(TemporalOrder.Facts.init),
      facts.id.text == info["activityId"]?.string
    else { return nil }
    self.run = run
    self.facts = facts
    attempt = max(1, info["attempt"]?.integer ?? 1)
    let ending = Ending(json["outcome"], status: info["status"]?.string ?? "")
    let beat = TemporalBeat(info["heartbeatDetails"]?.array?.first ?? .null)
    let phase = info["runState"]?.string ?? ""
    let isCancelled = phase.hasSuffix("_CANCEL_REQUESTED")
    let runs = phase.hasSuffix("_STARTED") || isCancelled
    let isPaused = phase.hasSuffix("_PAUSED") || phase.hasSuffix("_PAUSE_REQUESTED")
    let state = ending.state ?? (runs ? .running : .queued)
    let hasBegun = info["lastStartedTime"]?.string != nil
    let begun = state == .queued ? attempt - 1 : hasBegun ? attempt : 0
    let failure = info["lastFailure"]
    lastFailure = failure?["applicationFailureInfo"]?["type"]?.string
    var status = TaskStatus(
      id: facts.id, state: state, queue: server.queueName(info["taskQueue"]?.string ?? ""),
      priority: facts.priority, manifest: Printable.escaped(facts.manifest),
      repository: facts.repository, after: [], attempt: max(0, begun - beat.back),
      reason: nil, isStuck: state == .queued && isPaused,
      progress: state == .running ? beat.progress : TaskProgress(),
      worker: info["lastWorkerIdentity"]?.string.map { Printable.escaped($0) },
      tree: ending.tree ?? beat.tree, commit: ending.commit, run: ending.run,
      tokens: ending.spent?.tokens ?? beat.spent.tokens, usd: ending.spent?.usd ?? beat.spent.usd,
      created: Self.time(info["scheduleTime"]) ?? 0, started: Self.time(info["lastStartedTime"]),
      ended: Self.time(info["closeTime"]),
      due: Self.time(info["nextAttemptScheduleTime"]) ?? Self.time(info["executionTime"]) ?? 0)
    status.reason =
      switch state {
      case .queued where isPaused: "is paused in Temporal"
      case .queued where begun > 0: Self.reason(failure, attempt: status.attempt)
      case .queued where status.due > Clock.now: "not before \(Clock.timestamp(status.due))"
      case .queued: nil
      case .running: isCancelled ? "is being cancelled" : nil
      default: ending.reason
      }
    self.status = status
    report = ending.report
  }

  /// Why the attempt before did not end the task.
  private static func reason(_ failure: JSON?, attempt: Int) -> String? {
    if failure?["timeoutFailureInfo"] != nil { return "the worker of attempt \(attempt) was lost" }
    return failure?["message"]?.string.map { Printable.escaped(String($0.prefix(1000))) }
  }

  /// `2026-01-31T03:00:00.123456789Z` in nanoseconds since 1970.
  static func time(_ json: JSON?) -> Int64? {
    guard let text = json?.string, text.utf8.last == UInt8(ascii: "Z") else { return nil }
    let whole = text.prefix { $0 != "." && $0 != "Z" }
    guard let moment = Clock.moment(whole + "Z", now: 0), moment > 0 else { return nil }
    var fraction: Int64 = 0
    var place: Int64 = 100_000_000
    for byte in text.utf8.dropFirst(whole.utf8.count + 1) where (0x30...0x39).contains(byte) {
      fraction += Int64(byte - 0x30) * place
      place /= 10
    }
    return moment + fraction
  }

  /// How a task ended.
  private struct Ending {
    var state: TaskState?
    var reason: String?
    var commit: String?
    var run: String?
    var tree: TaskTree?
    var spent: AttemptEnd.Spent?
    var report: JSON?

    init(_ outcome: JSON?, status: String) {
      let failure = outcome?["failure"]
      var details: JSON?
      switch status {
      case "ACTIVITY_EXECUTION_STATUS_COMPLETED":
        details = outcome?["result"]?.array?.first
        state = details?["state"]?.string == TaskState.repaired.rawValue ? .repaired : .passed
      case "ACTIVITY_EXECUTION_STATUS_FAILED":
        let info = failure?["applicationFailureInfo"]
        details = info?["details"]?.array?.first
        state = info?["type"]?.string == TaskState.stalled.rawValue ? .stalled : .failed
        reason = failure?["message"]?.string.map { Printable.escaped(String($0.prefix(1000))) }
      case "ACTIVITY_EXECUTION_STATUS_CANCELED":
        details = failure?["canceledFailureInfo"]?["details"]?.array?.first
        state = .cancelled
      case "ACTIVITY_EXECUTION_STATUS_TERMINATED":
        state = .cancelled
        reason = "was terminated in Temporal"
      case "ACTIVITY_EXECUTION_STATUS_TIMED_OUT":
        state = .failed
        reason = "its time in Temporal was over"
      default: return
      }
      if outcome?["retryState"]?.string == "RETRY_STATE_CANCEL_REQUESTED" {
        (state, reason) = (.cancelled, nil)
      }
      guard let details, details.object != nil else { return }
      reason =
        details["reason"]?.string.map { Printable.escaped(String($0.prefix(1000))) } ?? reason
      commit = details["commit"]?.string.map { Printable.escaped($0) }
      run = details["run"]?.string.map { Printable.escaped($0) }
      tree = TemporalBeat.tree(details["tree"])
      spent = TemporalOrder.spent(details["spent"])
      report = details["report"].flatMap { $0.object == nil ? nil : $0 }
    }
  }
}
