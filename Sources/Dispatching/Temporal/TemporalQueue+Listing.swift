public import Platform
import Synchronization

extension TemporalQueue {
  static func query(batch: String?) -> String {
    let all = "ActivityType = '\(activity)'"
    return batch.map { "\(all) AND ActivityId STARTS_WITH '\($0).'" } ?? all
  }

  /// What a list says of a task: enough to know whether to ask for it.
  struct Entry: Sendable {
    var id: String
    var run: String
  }

  /// The tasks that a query finds, each once, with its newest run.
  func list(_ query: String) throws(QueueError) -> [Entry] {
    var entries: [Entry] = []
    var seen: Set<String> = []
    var token = ""
    // As many pages as no honest server has.
    for _ in 0..<1000 {
      let page = try page(query, size: 1000, after: token)
      entries += page.entries.filter { seen.insert($0.id).inserted }
      token = page.next
      if token.isEmpty { return entries }
    }
    throw client.stranger("with a list that has no end")
  }

  /// One page of a list, and what names the next one; empty: there is none.
  func page(
    _ query: String, size: Int, after token: String
  ) throws(QueueError) -> (entries: [Entry], next: String) {
    let answer: JSON
    do throws(TemporalClient.Failure) {
      var words = [("query", query), ("pageSize", String(size))]
      if !token.isEmpty { words.append(("nextPageToken", token)) }
      answer = try client.get("/activities", words, seconds: 30)
    } catch { throw error.error }
    // An empty list is left out of the answer; anything else in its place is no list.
    let list = answer["executions"] ?? .array([])
    guard let executions = list == .null ? [] : list.array else {
      throw client.stranger("with something else than a list of activities")
    }
    let entries = executions.compactMap { entry -> Entry? in
      // Others may have activities there too: mtor's have a name that it could have given, and what
      // goes into an address is such a name.
      guard let id = entry["activityId"]?.string, Self.isName(id) else { return nil }
      return Entry(id: id, run: entry["runId"]?.string ?? "")
    }
    return (entries, answer["nextPageToken"]?.string ?? "")
  }

  private static func isName(_ id: String) -> Bool {
    (1...256).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
      }
  }

  public func tasks(batch: String?) throws(QueueError) -> [TaskStatus] {
    if let batch, !Self.isName(batch) { return [] }
    var entries = try list(Self.query(batch: batch))
    let known = Set(entries.map(\.id))
    for (id, run) in dispatched where batch == nil || id.batch == batch {
      if !known.contains(id.text) { entries.append(Entry(id: id.text, run: run)) }
    }
    // A list may not have the newest run yet: what this value put in is asked for until that very
    // run has ended.
    let own = Dictionary(uniqueKeysWithValues: dispatched.map { ($0.key.text, $0.value) })
    let isOld = { (entry: Entry) in
      self.ended[entry.run] != nil && own[entry.id, default: entry.run] == entry.run
    }
    let old = entries.filter(isOld).compactMap { ended[$0.run] }
    let ids = entries.filter { !isOld($0) }.map(\.id)
    let found = Mutex<[TemporalTask]>([])
    let fault = Mutex<QueueError?>(nil)
    let client = client
    // Each is asked for by name: what a list says may be old.
    Parallel.forEach(below: ids.count, jobs: 8) { index in
      do throws(TemporalClient.Failure) {
        let json = try client.get(
          "/activities/\(ids[index])",
          ["includeOutcome", "includeHeartbeatDetails", "includeLastFailure"].map { ($0, "true") })
        if let task = TemporalTask(json, server: client.server) {
          found.withLock { $0.append(task) }
        }
        return true
      } catch {
        // Its time on the server was over between the list and this.
        if error.kind == .absent { return true }
        let error = error.error
        fault.withLock { $0 = $0 ?? error }
        return false
      }
    }
    if let error = fault.withLock({ $0 }) { throw error }
    let new = found.withLock { $0 }
    for task in new where task.status.state.isEnd { ended[task.run] = task.status }
    return (old + new.map(\.status)).filter { batch == nil || $0.id.batch == batch }
      .sorted { ($0.created, $0.id.text) < ($1.created, $1.id.text) }
  }

  public func counts(queue: String) throws(QueueError) -> QueueCounts {
    guard Self.isName(queue) else {
      throw QueueError(
        .cannot, "'\(Printable.escaped(queue))' cannot name a queue",
        hint: "use letters, digits, '.', '_' and '-'")
    }
    let answer: JSON
    do throws(TemporalClient.Failure) {
      answer = try client.get(
        "/activity-count",
        [
          (
            "query",
            "ActivityType = '\(Self.activity)' AND TaskQueue = '\(server.taskQueue(queue))' "
              + "GROUP BY ExecutionStatus"
          )
        ])
    } catch { throw error.error }
    var counts = QueueCounts(states: [:], stuck: 0)
    counts.open = 0
    for group in answer["groups"]?.array ?? [] {
      let count = group["count"]?.string.flatMap { Int($0) } ?? group["count"]?.integer ?? 0
      switch Self.value(group["groupValues"]?.array?.first) {
      case "Running": counts.open? += count
      case "Paused": counts.stuck += count
      case "Completed": counts.states[.passed, default: 0] += count
      case "Canceled", "Terminated": counts.states[.cancelled, default: 0] += count
      default: counts.states[.failed, default: 0] += count
      }
    }
    return counts
  }

  /// The text in a group's value: JSON in base64.
  private static func value(_ json: JSON?) -> String? {
    if let text = json?.string { return text }
    guard let data = json?["data"]?.string else { return nil }
    return TemporalOrder.json(base64: data).string
  }

  public func report(of id: TaskId) throws(QueueError) -> JSON? { try task(id.text)?.report }
}
