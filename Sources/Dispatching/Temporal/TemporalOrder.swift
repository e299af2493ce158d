import Manifests
import Platform

/// An order as it travels through Temporal: what the worker gets as its input.
struct TemporalOrder: Sendable {
  var order: TaskOrder
  /// How often the task was dispatched, from 1.
  var generation: Int
  /// Drawn when the task was dispatched, and kept when it is retried: what a tree belongs to.
  var lineage: String
  /// What the task may cost of its batch's budget; nil where the batch has none.
  var share: Allowance?
  /// What earlier runs of the task have cost.
  var spent = AttemptEnd.Spent()
  /// The run and attempt before a retry, whose processes may still be there.
  var before: Before?

  struct Before: Sendable, Hashable {
    var run: String
    var attempt: Int
  }

  /// The most bytes of an input; the server takes a little less than 2 MiB in all.
  static let limit = 1_900_000

  var json: JSON {
    [
      "mtor": 1, "facts": facts, "lineage": .string(lineage),
      "spent": ["tokens": .integer(spent.tokens), "usd": .number(spent.usd)],
      "before": before.map { ["run": .string($0.run), "attempt": .integer($0.attempt)] } ?? .null,
      "work": order.work.json, "manifest": .string(Self.base64(order.work.manifestBytes)),
    ]
  }

  /// What lists show of a task: small, so that it can be asked for without the manifest.
  var facts: JSON {
    [
      "batch": .string(order.id.batch), "task": .string(order.id.task),
      "queue": .string(order.queue), "priority": .integer(order.priority),
      "manifest": .string(order.work.manifest), "repository": .string(order.work.repository),
      "request": .string(order.request.hex), "generation": .integer(generation),
      "share": share.map(Self.json) ?? .null,
    ]
  }

  init(_ order: TaskOrder, generation: Int, lineage: String) {
    self.order = order
    self.generation = generation
    self.lineage = lineage
  }

  /// Reads what `json` wrote, of a task of this id; nil where anything is of another kind.
  init?(_ json: JSON, id: String) {
    guard json["mtor"]?.integer == 1, let facts = json["facts"].flatMap(Facts.init),
      facts.id.text == id, let lineage = json["lineage"]?.string, Digest(hex: lineage) != nil,
      let text = json["manifest"]?.string, let work = json["work"]
    else { return nil }
    let bytes: [UInt8]
    do throws(Base64.Fault) { bytes = try Base64.decode(Array(text.utf8)) } catch { return nil }
    guard let work = TaskWork(work, bytes: bytes) else { return nil }
    order = TaskOrder(id: facts.id, work: work)
    order.queue = facts.queue
    order.priority = facts.priority
    generation = facts.generation
    self.lineage = lineage
    share = facts.share
    spent = Self.spent(json["spent"])
    if let run = json["before"]?["run"]?.string, let attempt = json["before"]?["attempt"]?.integer {
      before = Before(run: run, attempt: attempt)
    }
  }

  /// Bytes as text on one line.
  static func base64(_ bytes: [UInt8]) -> String {
    String(decoding: Base64.encoded(bytes).filter { $0 != 0x0A }, as: UTF8.self)
  }

  /// The JSON that stands in base64; null where there is none.
  static func json(base64 text: String) -> JSON {
    do { return try JSON(parsing: try Base64.decode(Array(text.utf8))) } catch { return .null }
  }

  static func json(_ allowance: Allowance) -> JSON {
    ["tokens": JSON(allowance.tokens), "usd": allowance.usd.map(JSON.number) ?? .null]
  }

  /// Costs, within what they can be.
  static func spent(_ json: JSON?) -> AttemptEnd.Spent {
    AttemptEnd.Spent(
      tokens: json?["tokens"]?.integer ?? 0, usd: json?["usd"]?.double ?? 0)
  }

  /// The facts as they were read.
  struct Facts: Sendable {
    var id: TaskId
    var queue: String
    var priority: Int
    var manifest: String
    var repository: String
    var request: String
    var generation: Int
    var share: Allowance?

    init?(_ json: JSON) {
      guard let batch = json["batch"]?.string, let task = json["task"]?.string,
        let queue = json["queue"]?.string, let priority = json["priority"]?.integer,
        let manifest = json["manifest"]?.string, let repository = json["repository"]?.string,
        let request = json["request"]?.string, let generation = json["generation"]?.integer,
        (1...1_000_000).contains(generation)
      else { return nil }
      do throws(TaskId.Fault) { id = try TaskId(batch: batch, task: task) } catch { return nil }
      self.queue = queue
      self.priority = priority
      self.manifest = manifest
      self.repository = repository
      self.request = request
      self.generation = generation
      if let share = json["share"], share.object != nil {
        self.share = Allowance(
          tokens: share["tokens"]?.integer.map { max(0, $0) },
          usd: share["usd"]?.double.map { $0.isFinite ? max(0, $0) : 0 })
      }
    }
  }
}
