import Events
import Glibc
import Platform
import Records

/// The ledger's rows against what happened: no recorded run is lost, none is invented.
struct LedgerTruth {
  let home: String
  /// What stood in the ledger before the run.
  let before: SeededLedger?

  /// What is wrong after a run that ended with `exit`; `isNew`: the tree has all that it wanted.
  func faults(exit: Int32, isNew: Bool, isTorn: Bool, messages: String) -> [String] {
    let path = home + "/" + SeededLedger.name
    let reports: [RunReport]
    do throws(LedgerError) {
      reports = try Self.reports(at: path)
    } catch {
      return ["\(error)"]
    }
    var wrong: [String] = []
    let known = before?.rows ?? [:]
    for (run, row) in known where reports.first(where: { $0.run == run })?.json.text() != row {
      wrong.append("the ledger has lost run \(run), or another text of it")
    }
    let news = reports.filter { known[$0.run] == nil }
    if news.count > 1 { wrong.append("the ledger has \(news.count) runs of one") }
    let row = news.first
    let isSaid = messages.contains("is not recorded") || messages.contains("is recorded in part")
    if let row {
      // A step is written when it has landed, so it is never of a tree that has nothing of it.
      if !isNew && row.steps.contains(where: { $0.outcome == .passed }) {
        wrong.append("the ledger says that a step landed which did not")
      }
      if let end = row.end {
        if end.exit == 0 && !isNew { wrong.append("the ledger says exit 0 of a tree that is old") }
        // A later fault, as of the terminal, may make an exit code worse, never better.
        if exit == 0 && end.exit != 0 { wrong.append("the ledger says exit \(end.exit), not 0") }
      } else if exit == 0 && !isSaid {
        wrong.append("the ledger has no end of a run that ended, and nobody said so")
      }
    } else if exit == 0 && !isSaid {
      wrong.append("the ledger has not the run, and nobody said so")
    }
    return wrong
  }

  static func reports(at path: String) throws(LedgerError) -> [RunReport] {
    guard let reader = try LedgerReader.open(at: path) else { return [] }
    var reports: [RunReport] = []
    for summary in try reader.summaries(limit: 100) {
      if let report = try reader.report(of: summary.run) { reports.append(report) }
    }
    return reports
  }
}

/// A ledger with a run in it, as files to be put into a home.
struct SeededLedger {
  static let name = "mtor/ledger.sqlite"
  static let files = [name, name + "-wal"]

  /// The runs, by id, as JSON.
  let rows: [String: String]
  let contents: [String: [UInt8]]

  /// What stands in a home now.
  init(home: String) {
    do throws(LedgerError) {
      let reports = try LedgerTruth.reports(at: home + "/" + Self.name)
      rows = Dictionary(uniqueKeysWithValues: reports.map { ($0.run, $0.json.text()) })
    } catch {
      stop("\(error)")
    }
    var contents: [String: [UInt8]] = [:]
    for name in Self.files { contents[name] = TreeScene.bytes(of: home + "/" + name) }
    self.contents = contents
    if rows.isEmpty || contents[Self.name] == nil { stop("apply leaves no row in the ledger") }
  }

  func put(into home: String) {
    mkdir(home + "/mtor", 0o700)
    for (name, bytes) in contents { TreeScene.put(bytes, home + "/" + name) }
  }
}
