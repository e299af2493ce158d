import Platform

extension TemporalQueue {
  public func cancel(_ id: TaskId) throws(QueueError) -> TaskState? {
    guard let known = try task(id.text), known.facts.id == id else { return nil }
    if known.status.state.isEnd { return known.status.state }
    do throws(TemporalClient.Failure) {
      _ = try client.post(
        "/activities/\(id.text)/cancel",
        [
          "runId": .string(known.run), "identity": "mtor queue cancel",
          "requestId": .string("cancel-" + known.run), "reason": "mtor queue cancel",
        ])
    } catch {
      // It ended in between: what it came to is told.
      guard error.kind == .absent || error.kind == .refused else { throw error.error }
      return try task(id.text)?.status.state
    }
    return known.status.state
  }

  /// The server gives them up by itself.
  public func giveUpLost() throws(QueueError) -> [String] { [] }

  public func retry(_ id: TaskId) throws(QueueError) -> TaskState? {
    guard let json = try describe(id.text, ["includeInput"]),
      let known = TemporalTask(json, server: server), known.facts.id == id
    else { return nil }
    let state = known.status.state
    guard state.isEnd && !state.isGood else { return state }
    guard let input = json["input"]?.array?.first, var task = TemporalOrder(input, id: id.text)
    else {
      throw QueueError(
        .cannot, "the input of '\(id.text)' is not what 'mtor dispatch' writes",
        hint: "dispatch it again")
    }
    // The tree stays: what stands in it already is not done twice.
    task.before = TemporalOrder.Before(run: known.run, attempt: known.attempt)
    task.spent = AttemptEnd.Spent(tokens: known.status.tokens, usd: known.status.usd)
    dispatched[id] = try start(task, again: false, retries: 1) ?? ""
    return state
  }

  /// Asks for a task as workers do, of a queue that has none: the gRPC service answers.
  public func checkWorkers() throws(QueueError) {
    do throws(TemporalClient.Failure) {
      _ = try client.poll(server.queue + "-.doctor", identity: "mtor doctor", seconds: 3)
    } catch { throw error.error }
  }

  /// What this engine cannot hold is told before anything is begun; the rate is the server's own.
  public func check(_ wish: LeaseWish) throws(QueueError) {
    if wish.running != nil {
      throw QueueError(
        .cannot, "Temporal cannot limit how many tasks of the queue '\(wish.queue)' run at a time",
        hint: "leave out 'running' of 'dispatch.queues', and start as many slots as may run")
    }
    _ = try counts(queue: wish.queue)
    guard let limit = wish.perMinute else { return }
    do throws(TemporalClient.Failure) {
      _ = try client.post(
        "/task-queues/\(server.taskQueue(wish.queue))/update-config",
        [
          "identity": .string(wish.worker), "taskQueueType": "TASK_QUEUE_TYPE_ACTIVITY",
          "updateQueueRateLimit": [
            "rateLimit": ["requestsPerSecond": .number(Double(limit) / 60)],
            "reason": "per_minute of mtor's configuration",
          ],
        ])
    } catch { throw error.error }
  }

  public func pause(_ scope: PauseScope, _ isPaused: Bool) throws(QueueError) {
    throw QueueError(
      .cannot, "Temporal holds no pause of a whole queue or batch",
      hint: "end the workers (SIGTERM drains them, what waits stays), or pause single activities "
        + "in Temporal's own pages")
  }

  public func pauses() throws(QueueError) -> [PauseScope] { [] }

  public func remove(batch: String) throws(QueueError) -> [RemovedTask] {
    throw QueueError(
      .cannot, "Temporal forgets a batch when the retention of its namespace is over, not before",
      hint: "'mtor queue show TASK' names a task's tree: git worktree remove TREE")
  }
}
