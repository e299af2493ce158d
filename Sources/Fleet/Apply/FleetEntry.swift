import Platform

/// What is kept of one repository of a fleet.
struct FleetEntry: Sendable {
  var row: Matrix.Row
  /// The bare copy.
  var mirror: String
  /// Where the work began.
  var start: String
  /// The task in the queue, without its batch; empty for what never got there.
  var task: String
  /// The digest of all that decides what is done: manifest, parameters and the commit begun from.
  var request: String
  /// What failed, without what differs from one repository to the next; nil where nothing did.
  var failure: String?
  /// The branch that was made in the repository.
  var pushed: Pushed?
  /// Branches that were made elsewhere, before the fleet's file named another place.
  var pushedBefore: [Pushed] = []
  var isOpened = false
  /// True while its task is in the queue that other machines take from too.
  var isAway = false
  /// True where it has failed without a model, and none was asked yet: no end, though it is red.
  var awaitsRepair = false
  /// When it was put into the queue to be asked about, in nanoseconds since 1970; nil before.
  var askedAt: Int64?

  struct Pushed: Sendable, Hashable {
    var remote: String
    var branch: String
    var commit: String
    /// Where the branch was before, at this fleet's hand; nil where it was not there. Whoever is
    /// killed between this record and the push, or hears no answer to it, left it there.
    var from: String?

    fileprivate var json: JSON {
      [
        "remote": .string(remote), "branch": .string(branch), "commit": .string(commit),
        "from": JSON(from),
      ]
    }

    fileprivate init?(_ json: JSON) {
      guard let remote = json["remote"]?.string, let branch = json["branch"]?.string,
        let commit = json["commit"]?.string
      else { return nil }
      self.init(remote: remote, branch: branch, commit: commit, from: json["from"]?.string)
    }

    init(remote: String, branch: String, commit: String, from: String? = nil) {
      self.remote = remote
      self.branch = branch
      self.commit = commit
      self.from = from
    }

    /// True for the same commit at the same place.
    func isAt(_ other: Pushed) -> Bool {
      isPlace(of: other) && commit == other.commit
    }

    func isPlace(of other: Pushed) -> Bool {
      (remote, branch) == (other.remote, other.branch)
    }

    /// True for where this fleet may have left the branch.
    func mayBe(at now: String?) -> Bool { now == commit || now == from }
  }

  init(_ row: Matrix.Row) {
    self.row = row
    mirror = ""
    start = ""
    task = ""
    request = ""
  }

  /// True where a branch is known that is to be taken back.
  var hasPushed: Bool { pushed != nil || !pushedBefore.isEmpty }

  /// What is known of the same branch of the same repository.
  func pushedHere(_ place: Pushed) -> Pushed? {
    if let pushed, pushed.isPlace(of: place) { return pushed }
    return pushedBefore.last { $0.isPlace(of: place) }
  }

  /// Names the branch that is pushed next. One of another place stays known: undo has to find both.
  mutating func move(to next: Pushed, from now: String?) {
    if let pushed, !pushed.isPlace(of: next) {
      pushedBefore.append(pushed)
      isOpened = false
    }
    pushedBefore.removeAll { $0.isPlace(of: next) }
    pushed = next
    pushed?.from = now
  }

  /// True where nothing more happens by itself.
  var hasEnded: Bool { row.state != .waiting && row.state != .running && !awaitsRepair }

  /// True where a model was asked about it in vain.
  var isHopeless: Bool { row.state.isRed && !awaitsRepair && row.needsModel }

  /// The row as people see it: what is still to be repaired is not red yet.
  var shownRow: Matrix.Row {
    guard awaitsRepair, row.state.isRed else { return row }
    var row = row
    row.state = .waiting
    row.reason = "to be repaired"
    return row
  }
}

extension FleetEntry {
  var json: JSON {
    [
      "repository": .string(row.repository), "address": .string(row.address),
      "state": .string(row.state.rawValue), "reason": JSON(row.reason), "detail": JSON(row.detail),
      "base": JSON(row.base), "commit": JSON(row.commit), "push": JSON(row.push),
      "change": JSON(row.change?.hex), "tokens": .integer(row.tokens), "usd": .number(row.usd),
      "needed_llm": .bool(row.needsModel),
      "params": .object(
        row.params.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
      "steps": .array(
        row.cells.map { cell in
          [
            "id": .string(cell.step), "outcome": .string(cell.outcome),
            "digest": .string(cell.digest.hex), "red": .bool(cell.isRed),
          ]
        }),
      "mirror": .string(mirror), "start": .string(start), "task": .string(task),
      "request": .string(request), "failure": JSON(failure), "opened": .bool(isOpened),
      "away": .bool(isAway), "awaits_repair": .bool(awaitsRepair),
      "asked_at": askedAt.map { .integer(Int($0)) } ?? .null,
      "pushed": pushed?.json ?? .null,
      "pushed_before": .array(pushedBefore.map(\.json)),
    ]
  }

  /// Reads what `json` wrote; nil where it is something else.
  init?(_ json: JSON) {
    guard let name = json["repository"]?.string, let address = json["address"]?.string,
      let state = json["state"]?.string.flatMap(Matrix.State.init(rawValue:)),
      let mirror = json["mirror"]?.string, let start = json["start"]?.string,
      let task = json["task"]?.string, let request = json["request"]?.string
    else { return nil }
    var row = Matrix.Row(name, address, state, reason: json["reason"]?.string)
    row.detail = json["detail"]?.string
    row.base = json["base"]?.string
    row.commit = json["commit"]?.string
    row.push = json["push"]?.string
    row.change = json["change"]?.string.flatMap { Digest(hex: $0) }
    row.tokens = json["tokens"]?.integer ?? 0
    row.usd = json["usd"]?.double ?? 0
    row.needsModel = json["needed_llm"]?.bool ?? false
    for member in json["params"]?.object ?? [] { row.params[member.key] = member.value.string }
    for cell in json["steps"]?.array ?? [] {
      guard let step = cell["id"]?.string, let outcome = cell["outcome"]?.string,
        let digest = cell["digest"]?.string.flatMap({ Digest(hex: $0) })
      else { return nil }
      row.cells.append(
        Matrix.Cell(
          step: step, outcome: outcome, digest: digest, isRed: cell["red"]?.bool ?? false))
    }
    self.init(row)
    self.mirror = mirror
    self.start = start
    self.task = task
    self.request = request
    failure = json["failure"]?.string
    isOpened = json["opened"]?.bool ?? false
    isAway = json["away"]?.bool ?? false
    awaitsRepair = json["awaits_repair"]?.bool ?? false
    askedAt = json["asked_at"]?.integer.map { Int64($0) }
    pushed = json["pushed"].flatMap(Pushed.init)
    pushedBefore = (json["pushed_before"]?.array ?? []).compactMap(Pushed.init)
  }
}
