import Glibc
import Platform

extension TemporalQueue {
  /// Waits for a task for as long as the wish has patience. What comes is held from here on: it is
  /// given back where this worker is to end, and waits for its repository's turn.
  public func take(_ wish: LeaseWish) throws(QueueError) -> Taking {
    current = nil
    let task: ActivityTask?
    do throws(TemporalClient.Failure) {
      task = try client.poll(
        server.taskQueue(wish.queue), identity: wish.worker, seconds: wish.patience)
    } catch { throw error.error }
    guard let task else { return Taking() }
    guard let order = try admitted(task) else { return Taking() }
    var beat = TemporalBeat(Self.json(task.details))
    let attempt = max(1, task.attempt - beat.back)
    beat.progress = TaskProgress()
    // A first attempt has cost nothing yet but what came before its dispatch.
    if beat.spent == AttemptEnd.Spent() { beat.spent = order.spent }
    let grant = Self.grant(order.share, wish.allowance, beat.spent)
    let tree = records.read(order)
    beat.tree = tree
    let held = Current(
      lease: Lease(
        token: leaseToken(run: task.run, attempt: task.attempt), order: order.order,
        generation: order.generation, attempt: attempt, timeout: task.heartbeat,
        predecessor: predecessor(task, order), tree: tree, grant: grant, foundations: []),
      task: order, token: TemporalOrder.base64(task.token), run: task.run, attempt: task.attempt,
      beat: beat,
      reserved: AttemptEnd.Spent(tokens: grant?.tokens ?? 0, usd: grant?.usd ?? 0), turn: nil)
    current = held
    if attempt > Retry.attempts {
      _ = try finish(
        held.lease, AttemptEnd(.ended(.failed), reason: Retry.lost.inVain(nil)))
      return Taking()
    }
    guard try waitForTurn(held) else { return Taking() }
    return Taking(lease: held.lease)
  }

  /// A task that mtor dispatched; what is none is refused for good.
  private func admitted(_ task: ActivityTask) throws(QueueError) -> TemporalOrder? {
    let why: String
    if task.type != Self.activity {
      why = "this worker does activities of the type '\(Self.activity)' alone"
    } else if !(0.5...86_400).contains(task.heartbeat) || task.run.isEmpty {
      why = "a task needs a heartbeat timeout of half a second at least"
    } else if let order = TemporalOrder(Self.json(task.input), id: task.id) {
      return order
    } else {
      why = "its input is not what 'mtor dispatch' writes"
    }
    try refuse(TemporalOrder.base64(task.token), "not admitted: \(why)")
    return nil
  }

  private static func json(_ bytes: [UInt8]) -> JSON {
    do throws(JSONError) { return try JSON(parsing: bytes) } catch { return .null }
  }

  /// What is left of the task's share; nil where its batch has no budget.
  private static func grant(
    _ share: Allowance?, _ wish: Allowance, _ spent: AttemptEnd.Spent
  ) -> Allowance? {
    share.map { share in
      Allowance(
        tokens: share.tokens.map { max(0, min($0 - min($0, spent.tokens), wish.tokens ?? $0)) },
        usd: share.usd.map { max(0, min($0 - spent.usd, wish.usd ?? $0)) })
    }
  }

  /// The attempt before this one, or the last one before the retry.
  private func predecessor(_ task: ActivityTask, _ order: TemporalOrder) -> String? {
    if task.attempt > 1 { return leaseToken(run: task.run, attempt: task.attempt - 1) }
    return order.before.map { leaseToken(run: $0.run, attempt: $0.attempt) }
  }

  /// Waits until no other task of the repository works on this machine, with signs of life; false
  /// where the task is this worker's no more.
  private func waitForTurn(_ held: Current) throws(QueueError) -> Bool {
    let pulse = Pulse(self, held.lease)
    // The first sign of life: it reserves what the attempt may cost.
    guard try beat(held.lease, TaskProgress()) != .lost else { return false }
    while true {
      if Shutdown.isAsked {
        _ = try finish(held.lease, AttemptEnd(.givenBack, reason: "the worker was told to end"))
        return false
      }
      let turn: RepositoryTurn?
      do throws(SystemError) {
        turn = try RepositoryTurn(
          held.lease.order.work.repository, folder: folder + "/turns",
          timeout: held.lease.timeout)
      } catch {
        _ = try finish(
          held.lease,
          AttemptEnd(.again(.storage, pause: nil), reason: "its turn cannot be taken: \(error)"))
        return false
      }
      if let turn {
        current?.turn = turn
        return true
      }
      pulse.progress = TaskProgress(line: "waits for another task of its repository")
      if !pulse.look() {
        if pulse.state == .cancelled {
          _ = try finish(held.lease, AttemptEnd(.ended(.cancelled)))
        }
        return false
      }
      poll(nil, 0, 200)
    }
  }

  public func beat(
    _ lease: Lease, _ progress: TaskProgress
  ) throws(QueueError) -> LeaseAnswer {
    guard var held = current, held.lease.token == lease.token else { return .lost }
    held.beat.progress = progress
    var told = held.beat
    told.spent.tokens += held.reserved.tokens
    told.spent.usd += held.reserved.usd
    do throws(TemporalClient.Failure) {
      let answer = try client.post(
        "/activity-heartbeat",
        ["taskToken": .string(held.token), "identity": "mtor", "details": [told.json]],
        seconds: patience, tries: 1)
      if answer["cancelRequested"]?.bool == true { held.isCancelled = true }
      current = held
      held.turn?.renew(timeout: lease.timeout)
      return held.isCancelled ? .cancel : .held
    } catch {
      if error.kind == .absent { return .lost }
      throw error.error
    }
  }

  /// Asks the server about twice in three seconds at most: between two answers the last one holds.
  public func look(_ lease: Lease) throws(QueueError) -> LeaseAnswer {
    guard let held = current, held.lease.token == lease.token else { return .lost }
    if held.isCancelled { return .cancel }
    if Clock.monotonic - held.looked < 700_000_000 { return .held }
    current?.looked = Clock.monotonic
    let answer: JSON
    do throws(TemporalClient.Failure) {
      answer = try client.get(
        "/activities/\(lease.order.id.text)", [("runId", held.run)], seconds: patience)
    } catch {
      if error.kind == .absent { return .lost }
      throw error.error
    }
    let phase = answer["info"]?["runState"]?.string ?? ""
    guard answer["info"]?["attempt"]?.integer == held.attempt else { return .lost }
    if phase.hasSuffix("_CANCEL_REQUESTED") {
      current?.isCancelled = true
      return .cancel
    }
    let isMine = ["_STARTED", "_PAUSE_REQUESTED", "_RESET_REQUESTED"].contains {
      phase.hasSuffix($0)
    }
    return isMine ? .held : .lost
  }

  public func record(_ tree: TaskTree, of lease: Lease) throws(QueueError) -> Bool {
    guard let held = current, held.lease.token == lease.token else { return false }
    do throws(SystemError) { try records.write(tree, of: held.task) } catch {
      throw QueueError(
        error.code == ENOSPC ? .full : .other, "where the tree is cannot be kept: \(error)")
    }
    current?.beat.tree = tree
    return try beat(lease, held.beat.progress) != .lost
  }
}
