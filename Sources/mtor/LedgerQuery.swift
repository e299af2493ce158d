import Engine
import Events
import Platform
import Records

/// What the verbs that look ask the ledger; a ledger that is not there yet is an empty one.
struct LedgerQuery {
  private let root: String?
  private let path: String
  private let reader: LedgerReader?

  init(_ invocation: Invocation) throws(RunFailure) {
    let given = invocation.value(.root)
    root = try RootFolder.resolve(given, making: false)
    // Without one, what is asked of this tree would be answered for every tree.
    if root == nil, let given { throw RootFolder.missing(given) }
    guard let path = try ConfigurationFile.ledger(invocation) else {
      throw .system(
        message: "there is no ledger: \(StateHome.absence)",
        hint: "export HOME=~")
    }
    self.path = path
    reader = try Self.reading { () throws(LedgerError) in try LedgerReader.open(at: path) }
  }

  func summaries(
    ofEveryRoot: Bool, since: Int64? = nil, limit: Int
  ) throws(RunFailure) -> [RunSummary] {
    guard let reader else { return [] }
    return try Self.reading { () throws(LedgerError) in
      try reader.summaries(root: ofEveryRoot ? nil : root, since: since, limit: limit)
    }
  }

  /// The sums of the runs of every tree.
  func statistics(
    since: Int64?, by dimension: RunStatistics.Dimension?
  ) throws(RunFailure) -> RunStatistics {
    guard let reader else { return RunStatistics(total: .init(key: "all"), dimension: dimension) }
    return try Self.reading { () throws(LedgerError) in
      try reader.statistics(since: since, by: dimension)
    }
  }

  /// Hands over every report, the oldest first.
  func reports(since: Int64?, each: (RunReport) -> Void) throws(RunFailure) {
    try Self.reading { () throws(LedgerError) in try reader?.reports(since: since, each: each) }
  }

  /// The reports of runs by their very ids, of whatever tree; those that are not there are left out.
  func reports(of runs: [String]) throws(RunFailure) -> [RunReport] {
    var reports: [RunReport] = []
    for run in runs {
      let report = try Self.reading { () throws(LedgerError) in try reader?.report(of: run) }
      if let report { reports.append(report) }
    }
    return reports
  }

  /// What a run's repairs made of the declared bytes.
  func repairs(of run: String) throws(RunFailure) -> [RememberedRepair] {
    try Self.reading { () throws(LedgerError) in try reader?.repairs(of: run) ?? [] }
  }

  /// Every repair of every tree that was accepted since a moment, the oldest first.
  func repairs(since: Int64?) throws(RunFailure) -> [RememberedRepair] {
    try Self.reading { () throws(LedgerError) in try reader?.repairs(since: since) ?? [] }
  }

  /// What a run handed back where no repair helped, as Markdown.
  func handbacks(of run: String) throws(RunFailure) -> [String] {
    try Self.reading { () throws(LedgerError) in try reader?.handbacks(of: run) ?? [] }
  }

  /// Removes the runs from before a moment and says how many.
  func prune(before moment: Int64) throws(RunFailure) -> Int {
    try Self.reading { () throws(LedgerError) in
      try LedgerUpkeep.prune(at: path, before: moment)
    }
  }

  /// The report of the run that is meant by an id or its beginning; the newest without one.
  func report(of text: String?) throws(RunFailure) -> RunReport {
    let ids = try Self.reading { () throws(LedgerError) in
      try reader?.runs(meant: text ?? "last", root: root) ?? []
    }
    guard let id = ids.first else {
      let named = text.map { "there is no run '\(Printable.escaped($0))'" }
      throw .refused(
        message: named ?? "no run of this tree is in the ledger", details: [],
        hint: text == nil
          ? "mtor apply MANIFEST makes one; mtor log --all lists those of other trees"
          : "'mtor log' lists the runs")
    }
    guard ids.count == 1 else {
      throw .refused(
        message: "'\(Printable.escaped(text ?? ""))' begins the id of several runs", details: ids,
        hint: "write more of it")
    }
    let report = try Self.reading { () throws(LedgerError) in try reader?.report(of: id) }
    guard let report else {
      throw .refused(
        message: "the run '\(id)' is not in the ledger any more", details: [], hint: nil)
    }
    return report
  }

  private static func reading<Value>(
    _ body: () throws(LedgerError) -> Value
  ) throws(RunFailure) -> Value {
    do { return try body() } catch {
      throw .system(message: "the ledger cannot be read: \(error)", hint: error.hint)
    }
  }
}
