import Glibc
public import Manifests
import Platform
import Transport

/// The queue of many machines: a Temporal server, of which each task is a standalone activity.
///
/// The server keeps the order, gives it out, watches the signs of life and gives a lost attempt to
/// another worker. Its token decides who may tell the end.
public final class TemporalQueue: Queue {
  static let activity = "mtor.apply"

  let client: TemporalClient
  var server: TemporalServer { client.server }
  /// Seconds without a sign of life after which a dispatched task's worker counts as lost.
  let heartbeat: Double
  /// Where this machine keeps what belongs to tasks of this server.
  let folder: String
  /// How long one call about a running task may take, in seconds: short against its heartbeat.
  let patience: Double
  /// The attempt that is under way: a value serves one slot.
  var current: Current?
  /// What a batch's budget gives each task of the dispatch that is under way.
  var shares: (batch: String, share: Allowance)?
  /// Batches that were looked at before something was put into them.
  var checked: Set<String> = []
  /// Tasks that this value has put in, with their runs, empty where another put them in before:
  /// lists may lag behind, and these are asked for by name.
  var dispatched: [TaskId: String] = [:]
  /// What has ended does not change, and is not asked for again: by its run.
  var ended: [String: TaskStatus] = [:]

  /// An attempt that this worker has.
  struct Current {
    let lease: Lease
    let task: TemporalOrder
    /// As the calls want it.
    let token: String
    let run: String
    /// As the server counts.
    let attempt: Int
    var beat: TemporalBeat
    /// What this attempt may cost, in `beat.spent` from its beginning.
    let reserved: AttemptEnd.Spent
    var turn: RepositoryTurn?
    var isCancelled = false
    /// True where its end was told and no answer came.
    var mayHaveEnded = false
    var looked: Int64 = 0
  }

  /// Opens the queue; throws where no Temporal answers, or one that has no standalone activities.
  ///
  /// `folder` is where dispatching keeps its things; `patience` is in milliseconds.
  public convenience init(
    _ configuration: TemporalConfiguration, heartbeat: Double, folder: String,
    patience: Int = 10_000
  ) throws(QueueError) {
    try self.init(
      TemporalClient(server: TemporalServer(configuration), carrier: Network()),
      heartbeat: heartbeat, folder: Self.folder(below: folder, configuration), patience: patience)
  }

  init(
    _ client: TemporalClient, heartbeat: Double, folder: String, patience: Int
  ) throws(QueueError) {
    self.client = client
    self.heartbeat = heartbeat
    self.folder = folder
    self.patience = Double(patience) / 1000
    do throws(TemporalClient.Failure) {
      let answer = try client.get("")
      guard answer["namespaceInfo"]?.object != nil else {
        throw TemporalClient.Failure(kind: .error, error: client.stranger("with another page"))
      }
      guard answer["namespaceInfo"]?["capabilities"]?["standaloneActivities"]?.bool == true else {
        throw TemporalClient.Failure(
          kind: .error,
          error: QueueError(
            .cannot, "Temporal at \(client.server.name) has no standalone activities",
            hint: "mtor needs Temporal server 1.31 or newer; a newer one may have them turned off: "
              + "'activity.enableStandalone' of its dynamic configuration"))
      }
    } catch { throw error.error }
  }

  /// The folder of one server and namespace: two of them may know tasks of the same name.
  static func folder(below folder: String, _ configuration: TemporalConfiguration) -> String {
    let told = "\(configuration.address)\0\(configuration.namespace)"
    return "\(folder)/temporal-\(Digest(of: Array(told.utf8)).hex.prefix(8))"
  }

  var records: TreeRecords { TreeRecords(folder: folder + "/records") }

  /// A task as the server has it; nil where there is none. The answer for one id is the truth,
  /// whatever lists say.
  func task(_ id: String, run: String? = nil) throws(QueueError) -> TemporalTask? {
    guard let json = try describe(id, run: run) else { return nil }
    guard let task = TemporalTask(json, server: server) else {
      throw QueueError(
        .cannot, "'\(id)' is an activity of Temporal that no 'mtor dispatch' made",
        hint: "choose another --task")
    }
    return task
  }

  /// The first task of a batch that a list has; nil where it has none.
  func firstTask(of batch: String) throws(QueueError) -> TemporalTask? {
    var token = ""
    repeat {
      // Nearly always the first of them is one.
      let page = try page(Self.query(batch: batch), size: 5, after: token)
      for entry in page.entries {
        guard let json = try describe(entry.id), let task = TemporalTask(json, server: server),
          task.facts.id.batch == batch
        else { continue }
        return task
      }
      token = page.next
    } while !token.isEmpty
    return nil
  }

  /// The tasks of a query that mtor dispatched.
  func tasks(_ query: String) throws(QueueError) -> [TemporalTask] {
    var tasks: [TemporalTask] = []
    for entry in try list(query) {
      guard let json = try describe(entry.id) else { continue }
      if let task = TemporalTask(json, server: server) { tasks.append(task) }
    }
    return tasks
  }

  func describe(
    _ id: String, run: String? = nil, _ more: [String] = []
  ) throws(QueueError) -> JSON? {
    do throws(TemporalClient.Failure) {
      let wishes = ["includeOutcome", "includeHeartbeatDetails", "includeLastFailure"] + more
      return try client.get(
        "/activities/\(id)",
        wishes.map { ($0, "true") } + (run.map { [("runId", $0)] } ?? []))
    } catch {
      if error.kind == .absent { return nil }
      throw error.error
    }
  }

  /// The name of an attempt in the environment of its processes.
  func leaseToken(run: String, attempt: Int) -> String {
    Digest(of: Array("\(server.name)\0\(server.namespace)\0\(run)\0\(attempt)".utf8)).hex
  }
}
