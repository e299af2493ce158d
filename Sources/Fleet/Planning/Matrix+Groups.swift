public import Platform
import Reporting

extension Matrix {
  /// Repositories with the same outcome.
  public struct Group: Sendable {
    /// `41 identical`, `6 differ in step 3`, `3 refused: dirty`.
    public var title: String
    public var state: State
    public var reason: String?
    /// The steps in which it is unlike the largest group.
    public var steps: [String]
    public var rows: [Row]
    /// The distinct changes, each with how many of the rows have it, the most common first.
    public var changes: [(change: Digest, count: Int)]
  }

  private struct Key: Hashable {
    var state: State
    var reason: String?
    var cells: [Cell]
    var change: Digest?
  }

  /// The groups: the largest good one first, then what differs from it, then what is red, then
  /// what was left out. Takes time linear in the number of repositories.
  public var groups: [Group] {
    var order: [Key] = []
    var rows: [Key: [Row]] = [:]
    for row in self.rows {
      // What cannot be worked on is one group for each reason, whatever else is told of it.
      let key = Key(
        state: row.state, reason: row.state.isGood ? nil : row.reason,
        cells: row.cellsThatCount, change: row.state.isGood ? row.change : nil)
      if rows[key] == nil { order.append(key) }
      rows[key, default: []].append(row)
    }
    let main = order.filter(\.state.isGood).max { rows[$0]?.count ?? 0 < rows[$1]?.count ?? 0 }
    let usual = main.flatMap { rows[$0] }.map(Self.usualCells) ?? []
    let groups = order.map { group($0, rows[$0] ?? [], main: main, usual) }
    return groups.enumerated().sorted { one, two in
      let (a, b) = (Self.rank(one.element), Self.rank(two.element))
      if a != b { return a < b }
      let (x, y) = (one.element.rows.count, two.element.rows.count)
      return x != y ? x > y : one.offset < two.offset
    }.map(\.element)
  }

  private static func rank(_ group: Group) -> Int {
    switch group.state {
    case .planned, .passed, .repaired, .unchanged: group.steps.isEmpty ? 0 : 1
    case .running, .waiting: 2
    case .failed, .stalled, .cancelled: 3
    case .refused: 4
    case .unselected, .skipped: 5
    }
  }

  /// The cells that most rows have: a task that was taken up again after a kill found its files
  /// landed, and tells them otherwise.
  private static func usualCells(_ rows: [Row]) -> [Cell] {
    var counts: [[Cell]: Int] = [:]
    var best: (cells: [Cell], count: Int) = ([], 0)
    for row in rows {
      let cells = row.cells.map(\.comparable)
      let count = counts[cells, default: 0] + 1
      counts[cells] = count
      if count > best.count { best = (cells, count) }
    }
    return best.cells
  }

  /// `usual` are the cells of the largest good group.
  private func group(_ key: Key, _ rows: [Row], main: Key?, _ usual: [Cell]) -> Group {
    var steps: [String] = []
    if key.state.isGood, main != nil, key != main {
      let cells = Self.usualCells(rows)
      let others = Dictionary(usual.map { ($0.step, $0) }) { first, _ in first }
      // Where one of them came to it as the usual ones did, it is no difference of the group.
      let own = rows.reduce(into: Set<Cell>()) { $0.formUnion($1.cells.map(\.comparable)) }
      steps = cells.filter { others[$0.step].map(own.contains) != true }.map(\.step)
      let named = Set(cells.map(\.step))
      steps += usual.map(\.step).filter { !named.contains($0) }
    }
    var counts: [Digest: Int] = [:]
    for row in rows { if let change = row.change { counts[change, default: 0] += 1 } }
    return Group(
      title: title(key, rows, steps, isMain: key == main), state: key.state, reason: key.reason,
      steps: steps, rows: rows,
      changes: counts.map { (change: $0.key, count: $0.value) }.sorted {
        $0.count != $1.count ? $0.count > $1.count : $0.change < $1.change
      })
  }

  private func title(_ key: Key, _ rows: [Row], _ steps: [String], isMain: Bool) -> String {
    let count = rows.count
    let reason = key.reason.map { ": \($0)" } ?? ""
    let red = key.cells.first(where: \.isRed).map { " in step \($0.step)" } ?? ""
    switch key.state {
    case .planned, .passed, .repaired, .unchanged:
      let word = key.state == .planned || key.state == .passed ? "" : " \(key.state.rawValue)"
      if isMain { return "\(count) identical\(word.isEmpty ? "" : ":\(word)")" }
      let verb = count == 1 ? "differs" : "differ"
      if key.state == .unchanged { return "\(count) unchanged" }
      if steps.isEmpty { return "\(count)\(word.isEmpty ? " \(verb)" : word)" }
      let list = steps.prefix(3).joined(separator: ", ") + (steps.count > 3 ? ", …" : "")
      return word.isEmpty
        ? "\(count) \(verb) in step \(list)" : "\(count)\(word) (\(verb) in step \(list))"
    case .unselected: return "\(count) not selected\(reason)"
    default: return "\(count) \(key.state.rawValue)\(red)\(reason)"
    }
  }

  /// `41 identical, 6 differ in step 3, 3 refused: dirty`.
  public var summary: String { groups.map(\.title).joined(separator: ", ") }

  public var tokens: Int { Phrases.sum(rows.map(\.tokens)) }
  public var usd: Double { rows.reduce(0) { $0 + $1.usd } }
}

extension Matrix.Row {
  /// What has to be the same in a group: of what is committed its change says all, and of what is
  /// red the step and the command that failed, so that the steps only have to be the same ones.
  fileprivate var cellsThatCount: [Matrix.Cell] {
    if state == .refused { return [] }
    if state.isGood && change == nil { return cells.map(\.comparable) }
    return cells.map { cell in
      Matrix.Cell(step: cell.step, outcome: "", digest: Digest(of: []), isRed: cell.isRed)
    }
  }
}

extension Matrix.Cell {
  /// Without the words for how it came to be: what stands there in the end is compared.
  fileprivate var comparable: Matrix.Cell {
    Matrix.Cell(step: step, outcome: "", digest: digest, isRed: isRed)
  }
}
