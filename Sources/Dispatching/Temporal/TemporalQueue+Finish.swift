import Platform

extension TemporalQueue {
  public func finish(_ lease: Lease, _ end: AttemptEnd) throws(QueueError) -> Bool {
    guard let held = current, held.lease.token == lease.token else { return false }
    let reserved = end.spent.isKnown ? AttemptEnd.Spent() : held.reserved
    var spent = held.beat.spent
    spent.tokens += max(end.spent.tokens, reserved.tokens)
    spent.usd += max(end.spent.usd, reserved.usd)
    do throws(TemporalClient.Failure) {
      switch end.kind {
      case .ended(.cancelled): try cancel(held, end, spent)
      case .ended(let state) where state.isGood:
        _ = try client.post(
          "/activity-complete",
          [
            "taskToken": .string(held.token), "identity": "mtor",
            "result": [Self.details(held, end, state, spent)],
          ])
      case .ended(let state):
        try fail(
          held.token, end.reason ?? "\(state.rawValue)", type: state,
          Self.details(held, end, state, spent))
      case _ where held.isCancelled: try cancel(held, end, spent)
      case .again(let why, _) where lease.attempt >= Retry.attempts:
        let reason = why.inVain(end.reason)
        var last = end
        last.reason = reason
        try fail(
          held.token, reason, type: .failed, Self.details(held, last, .failed, spent))
      case .again(let why, let pause):
        try again(
          held, end.reason ?? why.rawValue,
          after: max(Retry.pause(after: lease.attempt), pause ?? 0), spent, isBack: false)
      case .givenBack:
        try again(held, end.reason ?? "given back", after: end.rest, spent, isBack: true)
      }
    } catch {
      switch error.kind {
      case .absent:
        let isMine = error.isRepeated || held.mayHaveEnded ? try hasEnded(held, end) : false
        current = nil
        return isMine
      case .refused where end.report != nil:
        // An end without its report is more than an attempt that is begun again for it.
        var bare = end
        bare.report = nil
        bare.reason = "its report was refused: \(error.error.message)"
        return try finish(lease, bare)
      default:
        // It may have been done, and only its answer was lost.
        current?.mayHaveEnded = true
        throw error.error
      }
    }
    current = nil
    return true
  }

  /// True where an earlier try of the same call was done, and only its answer was lost.
  private func hasEnded(_ held: Current, _ end: AttemptEnd) throws(QueueError) -> Bool {
    guard let task = try task(held.lease.order.id.text, run: held.run) else { return false }
    if case .ended(let state) = end.kind {
      return task.attempt == held.attempt && task.status.state == state
    }
    // The last attempt fails where others are told to be repeated.
    if task.status.state.isEnd { return task.attempt == held.attempt }
    return task.attempt == held.attempt + 1 && task.lastFailure == Self.again
  }

  /// The type of a failure after which the server gives the task out again.
  private static let again = "again"

  /// What an end carries: the run's report, and what people want to know of it.
  private static func details(
    _ held: Current, _ end: AttemptEnd, _ state: TaskState, _ spent: AttemptEnd.Spent
  ) -> JSON {
    [
      "state": .string(state.rawValue), "reason": JSON(end.reason), "commit": JSON(end.commit),
      "run": JSON(end.report?["run"]?.string), "tree": TemporalBeat.json(held.beat.tree),
      "spent": ["tokens": .integer(spent.tokens), "usd": .number(spent.usd)],
      "report": end.report ?? .null,
    ]
  }

  private func cancel(
    _ held: Current, _ end: AttemptEnd, _ spent: AttemptEnd.Spent
  ) throws(TemporalClient.Failure) {
    _ = try client.post(
      "/activity-resolve-as-canceled",
      [
        "taskToken": .string(held.token), "identity": "mtor",
        "details": [Self.details(held, end, .cancelled, spent)],
      ])
  }

  /// Fails for good: red in Temporal's own lists too.
  private func fail(
    _ token: String, _ reason: String, type: TaskState, _ details: JSON?
  ) throws(TemporalClient.Failure) {
    var info: [JSON.Member] = [
      .init("type", .string(type.rawValue)), .init("nonRetryable", true),
    ]
    if let details { info.append(.init("details", [details])) }
    _ = try client.post(
      "/activity-fail",
      [
        "taskToken": .string(token), "identity": "mtor",
        "failure": [
          "message": .string(reason), "source": "mtor",
          "applicationFailureInfo": .object(info),
        ],
      ])
  }

  /// The same for what was never held; false where somebody else has it, or it is gone.
  func refuse(_ token: String, _ reason: String) throws(QueueError) -> Bool {
    do throws(TemporalClient.Failure) {
      try fail(token, reason, type: .failed, nil)
      return true
    } catch {
      if error.kind != .absent { throw error.error }
      return false
    }
  }

  /// Fails so that the server gives the task out again.
  private func again(
    _ held: Current, _ reason: String, after seconds: Double, _ spent: AttemptEnd.Spent,
    isBack: Bool
  ) throws(TemporalClient.Failure) {
    var beat = held.beat
    beat.spent = spent
    beat.progress = TaskProgress()
    if isBack { beat.back += 1 }
    _ = try client.post(
      "/activity-fail",
      [
        "taskToken": .string(held.token), "identity": "mtor", "lastHeartbeatDetails": [beat.json],
        "failure": [
          "message": .string(reason), "source": "mtor",
          "applicationFailureInfo": [
            "type": .string(Self.again), "nonRetryable": false,
            // Nothing at all would mean the server's own pause.
            "nextRetryDelay": Self.span(max(seconds, 0.05)),
          ],
        ],
      ])
  }
}
