import Manifests
import Platform

extension TemporalQueue {
  public func dispatch(_ order: TaskOrder) throws(QueueError) -> DispatchAnswer {
    try check(order)
    dispatched[order.id] = ""
    // Somebody else may dispatch the same at the same time: then it is looked at again.
    for _ in 0..<5 {
      let known = try task(order.id.text)
      if let known, let answer = Self.refusal(of: order, known) {
        dispatched[order.id] = known.run
        return answer
      }
      var task = TemporalOrder(
        order, generation: (known?.facts.generation ?? 0) + 1, lineage: Self.newLineage())
      if let shares, shares.batch == order.id.batch { task.share = shares.share }
      if let known {
        task.spent = AttemptEnd.Spent(tokens: known.status.tokens, usd: known.status.usd)
      }
      if let run = try start(task, again: known?.status.state.isGood == true, retries: 0) {
        dispatched[order.id] = run
        return known.map { .beginsAgain(after: $0.status.state) } ?? .added
      }
    }
    throw QueueError(
      .busy, "'\(order.id.text)' is being dispatched by somebody else", hint: "try again")
  }

  /// What is answered without dispatching anything; nil where it can begin.
  private static func refusal(of order: TaskOrder, _ known: TemporalTask) -> DispatchAnswer? {
    let id = order.id.text
    let state = known.status.state
    guard known.facts.id == order.id else {
      return .refused(
        "'\(id)' is the name of a task of the batch '\(known.facts.id.batch)'",
        hint: "choose another --task")
    }
    if !state.isEnd {
      if known.facts.request == order.request.hex { return .isThere(state) }
      return .refused(
        "'\(id)' is \(state.rawValue) with another manifest",
        hint: "mtor queue cancel \(id), or choose another --task")
    }
    if state.isGood && !order.isAgain {
      return .refused(
        "'\(id)' has \(state == .repaired ? "been repaired" : "passed") already",
        hint: "--again begins it anew")
    }
    return nil
  }

  /// What this engine cannot do is an error before anything is put in.
  private func check(_ order: TaskOrder) throws(QueueError) {
    if let name = order.after.first {
      throw QueueError(
        .cannot, "Temporal cannot let a task wait for another (--after)",
        hint: "dispatch '\(Printable.escaped(name))' with --wait, then this one; "
          + "'queue: sqlite' can")
    }
    guard (-2...2).contains(order.priority) else {
      throw QueueError(
        .cannot, "Temporal knows five priorities, and \(order.priority) is none of them",
        hint: "write --priority N with N from -2 to 2")
    }
    guard shares?.batch != order.id.batch, checked.insert(order.id.batch).inserted else { return }
    // The first task tells it for all of the batch; 'a.b' is another batch than 'a'.
    let known = try firstTask(of: order.id.batch)
    if known?.facts.share != nil {
      checked.remove(order.id.batch)
      throw QueueError(
        .cannot,
        "the batch '\(order.id.batch)' has a budget, which Temporal divides among the tasks of "
          + "one dispatch", hint: "name another --batch")
    }
  }

  public func limit(
    batch: String, to allowance: Allowance, among orders: [TaskOrder]
  ) throws(QueueError) {
    guard !orders.isEmpty else {
      throw QueueError(
        .cannot, "Temporal divides a budget among tasks that are known, and here they are not",
        hint: "leave the budget out, or write 'queue: sqlite' in the configuration")
    }
    let count = orders.count
    let share = Allowance(
      tokens: allowance.tokens.map { $0 / count }, usd: allowance.usd.map { $0 / Double(count) })
    let ids = Set(orders.map(\.id.text))
    for known in try tasks(Self.query(batch: batch)) where known.facts.id.batch == batch {
      let isSame =
        ids.contains(known.facts.id.text)
        && (known.status.state.isEnd || known.facts.share == share)
      if !isSame {
        throw QueueError(
          .cannot,
          "the batch '\(batch)' has tasks already, and Temporal divides a budget among the tasks "
            + "of one dispatch", hint: "name another --batch")
      }
    }
    shares = (batch, share)
  }

  /// Asks the server for a new run and gives its name; nil where somebody else was faster, or it
  /// was begun already.
  func start(_ task: TemporalOrder, again: Bool, retries: Int) throws(QueueError) -> String? {
    let order = task.order
    let input = task.json
    let size = input.bytes().count
    guard size <= TemporalOrder.limit else {
      throw QueueError(
        .cannot,
        "'\(order.id.text)' is \(size) bytes with its manifest, and Temporal takes at most "
          + "\(TemporalOrder.limit)", hint: "split the manifest")
    }
    let told =
      "\(order.request.hex)\0\(task.generation)\0\(task.before?.run ?? "")\0\(retries)"
    var body: [JSON.Member] = [
      .init("requestId", .string(Digest(of: Array(told.utf8)).hex)),
      .init("identity", "mtor dispatch"),
      .init("activityType", ["name": .string(Self.activity)]),
      .init("taskQueue", ["name": .string(server.taskQueue(order.queue))]),
      // A month to wait and a week to run: a task that nobody wants any more ends by itself.
      .init("scheduleToCloseTimeout", "2592000s"), .init("startToCloseTimeout", "604800s"),
      .init("heartbeatTimeout", Self.span(heartbeat)),
      .init(
        "retryPolicy",
        [
          "initialInterval": "1s", "backoffCoefficient": 2, "maximumInterval": "60s",
          // The worker counts, since what is given back is no attempt.
          "maximumAttempts": 1000, "nonRetryableErrorTypes": ["failed", "stalled"],
        ]),
      .init("input", [input]), .init("header", ["fields": ["mtor": task.facts]]),
      .init(
        "userMetadata",
        ["summary": .string("\(order.work.manifest) for \(order.work.repository)")]),
      .init("priority", ["priorityKey": .integer(3 - order.priority)]),
      .init(
        "idReusePolicy",
        .string("ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE" + (again ? "" : "_FAILED_ONLY"))),
      .init("idConflictPolicy", "ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING"),
    ]
    let wait = Double(order.notBefore - Clock.now) / 1e9
    if order.notBefore > 0, wait > 0 { body.append(.init("startDelay", Self.span(wait))) }
    do throws(TemporalClient.Failure) {
      let answer = try client.post("/activities/\(order.id.text)", .object(body), seconds: 30)
      return answer["started"]?.bool == true ? answer["runId"]?.string ?? "" : nil
    } catch {
      if error.kind == .exists { return nil }
      throw error.error
    }
  }

  /// Seconds as the server reads them, to the millisecond.
  static func span(_ seconds: Double) -> JSON {
    let milliseconds = Int((min(max(seconds, 0), 1e9) * 1000).rounded(.up))
    let digits = String(milliseconds % 1000)
    let fraction = String(repeating: "0", count: 3 - digits.utf8.count) + digits
    return .string("\(milliseconds / 1000).\(fraction)s")
  }

  private static func newLineage() -> String {
    Digest(
      of: (0..<4).flatMap { _ in
        withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) }
      }
    ).hex
  }
}
