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
    let came = BootClock().now
    var beat = TemporalBeat(Self.json(task.details))
    let attempt = max(1, task.attempt - beat.back)
    // Asked before anything is read: what is lost while it is read has an end too.
    if attempt > Retry.attempts { return try refused(task, Retry.lost.inVain(nil)) }
    let order: TemporalOrder
    switch read(task) {
    case .success(let value): order = value
    case .failure(let why): return try refused(task, "not admitted: \(why.reason)")
    }
    beat.progress = TaskProgress()
    // A first attempt has cost nothing yet but what came before its dispatch.
    if beat.spent == AttemptEnd.Spent() { beat.spent = order.spent }
    let grant = Self.grant(order.share, wish.allowance, beat.spent)
    let tree = records.read(order)
    beat.tree = tree
    var lease = Lease(
      token: leaseToken(run: task.run, attempt: task.attempt), order: order.order,
      generation: order.generation, attempt: attempt, timeout: task.heartbeat,
      predecessor: predecessor(task, order), tree: tree, grant: grant, foundations: [])
    lease.sign = came
    current = Current(
      lease: lease, task: order, token: TemporalOrder.base64(task.token), run: task.run,
      attempt: task.attempt, beat: beat,
      reserved: AttemptEnd.Spent(tokens: grant?.tokens ?? 0, usd: grant?.usd ?? 0), turn: nil)
    return try waitForTurn(lease)
  }

  /// Why a task is refused for good; one sentence.
  private struct Refusal: Error { let reason: String }

  /// A task that mtor dispatched. A large one takes a slow machine longer to read than a short
  /// heartbeat is, so that the signs of life begin here.
  private func read(_ task: ActivityTask) -> Result<TemporalOrder, Refusal> {
    if task.type != Self.activity {
      return .failure(
        Refusal(reason: "this worker does activities of the type '\(Self.activity)' alone"))
    }
    if !(0.5...86_400).contains(task.heartbeat) || task.run.isEmpty {
      return .failure(
        Refusal(reason: "a task needs a heartbeat timeout of half a second at least"))
    }
    let clock = BootClock()
    var last = clock.now
    let order = Aside.run {
      TemporalOrder(Self.json(task.input), id: task.id)
    } look: {
      guard Double(clock.now - last) / 1e9 > task.heartbeat / 3 else { return }
      last = clock.now
      do throws(TemporalClient.Failure) {
        // What an earlier attempt told is told again.
        _ = try client.beat(
          TemporalOrder.base64(task.token), Self.json(task.details),
          seconds: min(patience, task.heartbeat / 8))
      } catch {
        // Whether it is lost, cancelled or out of reach is told by the first of its own.
        return
      }
    }
    return order.map { .success($0) }
      ?? .failure(Refusal(reason: "its input is not what 'mtor dispatch' writes"))
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

  /// Waits until no other task of the repository works on this machine, with signs of life, of
  /// which the first reserves what the attempt may cost: nothing begins without it.
  private func waitForTurn(_ lease: Lease) throws(QueueError) -> Taking {
    let pulse = Pulse(self, lease, owesFirst: true)
    while pulse.look() {
      if Shutdown.isAsked { break }
      if !pulse.owesFirst {
        do throws(SystemError) {
          let turn = try RepositoryTurn(
            lease.order.work.place, folder: folder + "/turns", timeout: lease.timeout)
          if let turn {
            current?.turn = turn
            var lease = lease
            lease.sign = pulse.last
            return Taking(lease: lease)
          }
        } catch {
          return try ended(
            lease,
            AttemptEnd(.again(.storage, pause: nil), reason: "its turn cannot be taken: \(error)"))
        }
      }
      pulse.progress = TaskProgress(line: "waits for another task of its repository")
      poll(nil, 0, 200)
    }
    let id = lease.order.id.text
    switch pulse.state {
    case .cancelled: return try ended(lease, AttemptEnd(.ended(.cancelled)))
    case .beating, .stopped:
      return try ended(lease, AttemptEnd(.givenBack, reason: "the worker was told to end"))
    case .lost:
      return Taking(notes: ["\(id)  was lost before it began: no sign of life came in time"])
    case .mute(let why):
      return Taking(notes: ["\(id)  was lost before it began: \(why)"])
    }
  }

  /// Fails for good what is not even held.
  private func refused(_ task: ActivityTask, _ reason: String) throws(QueueError) -> Taking {
    let isTold = try refuse(TemporalOrder.base64(task.token), reason)
    return Taking(
      notes: [isTold ? "\(task.id)  failed: \(reason)" : Self.lost(task.id)])
  }

  private static func lost(_ id: String) -> String {
    "\(id)  was lost before it began: somebody else has it, or it is gone"
  }

  /// Ends an attempt before it has begun.
  private func ended(_ lease: Lease, _ end: AttemptEnd) throws(QueueError) -> Taking {
    let isTold = try finish(lease, end)
    let word =
      switch end.kind {
      case .ended(let state): state.rawValue
      case .again: "is tried again"
      case .givenBack: "is given back"
      }
    let id = lease.order.id.text
    return Taking(
      notes: [
        isTold
          ? "\(id)  \(word)" + (end.reason.map { ": \($0)" } ?? "")
          : Self.lost(id)
      ])
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
      let isCancelled = try client.beat(
        held.token, told.json, seconds: min(patience, Pulse.callLimit(lease)))
      if isCancelled { held.isCancelled = true }
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
        "/activities/\(lease.order.id.text)", [("runId", held.run)],
        seconds: min(patience, Pulse.callLimit(lease)))
    } catch {
      if error.kind == .absent { return .lost }
      throw error.error
    }
    // An answer that is no description tells nothing: a proxy may have given it.
    guard let attempt = answer["info"]?["attempt"]?.integer else {
      throw client.unreachable("it answers with what describes no task")
    }
    let phase = answer["info"]?["runState"]?.string ?? ""
    guard attempt == held.attempt else { return .lost }
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
    do throws(QueueError) { return try beat(lease, held.beat.progress) != .lost } catch {
      // It is kept here, and told by the next sign of life: whether one can be given is asked there.
      guard error.isPassing else { throw error }
      return true
    }
  }
}
