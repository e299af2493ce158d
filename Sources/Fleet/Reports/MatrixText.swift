import Platform
public import Reporting

/// The matrix for a person: a line for each group, those who are in it below.
public struct MatrixText {
  let style: Style
  let showsChanges: Bool

  /// `showsChanges` prints each distinct change, once.
  public init(_ style: Style, showsChanges: Bool = true) {
    self.style = style
    self.showsChanges = showsChanges
  }

  public func text(_ matrix: Matrix) -> String {
    let head = matrix.kind == .plan ? "fleet plan" : "fleet"
    var text = style(.strong, head) + " \(Printable.escaped(matrix.manifest))"
    text += style(.faint, " (\(Printable.escaped(matrix.file)))") + "\n"
    for group in matrix.groups { text += section(group, matrix) }
    return text + style(.faint, String(repeating: "─", count: 60)) + "\n" + sum(matrix) + "\n"
  }

  private func section(_ group: Matrix.Group, _ matrix: Matrix) -> String {
    let look = Self.look(of: group.state)
    var text = "\n" + style(look.meaning, look.symbol) + " "
    text += style(.strong, Printable.escaped(group.title)) + "\n"
    if let cells = group.rows.first?.cells, !cells.isEmpty {
      for cell in cells {
        let meaning: Style.Meaning =
          cell.isRed ? .bad : group.steps.contains(cell.step) ? .odd : .faint
        text += "    " + style(meaning, Printable.escaped("\(cell.step)  \(cell.outcome)")) + "\n"
      }
    }
    let hasDetails = group.rows.contains { $0.detail != nil || $0.push != nil || $0.tokens > 0 }
    if hasDetails {
      for row in group.rows { text += "  " + line(row) + "\n" }
    } else {
      text += wrapped(group.rows.map(\.repository))
    }
    guard showsChanges else { return text }
    for (change, count) in group.changes {
      guard let diff = matrix.changes[change] else { continue }
      if group.changes.count > 1 {
        text +=
          "    "
          + style(.faint, "in \(Phrases.count(count, "repository", plural: "repositories")):")
        text += "\n"
      }
      text += indented(diff)
    }
    return text
  }

  private func line(_ row: Matrix.Row) -> String {
    var parts = [row.detail, row.push].compactMap { $0 }
    if row.tokens > 0 {
      parts.append(
        Phrases.count(row.tokens, "token") + (row.usd > 0 ? " (\(Phrases.money(row.usd)))" : ""))
    }
    let rest =
      parts.isEmpty ? "" : style(.faint, "  " + Printable.escaped(parts.joined(separator: " · ")))
    return Printable.escaped(row.repository) + rest
  }

  private func wrapped(_ names: [String]) -> String {
    var text = ""
    var line = " "
    for name in names.map(Printable.escaped) {
      if line.utf8.count + name.utf8.count > 98, line != " " {
        text += line + "\n"
        line = " "
      }
      line += " " + name
    }
    return text + line + "\n"
  }

  private func indented(_ diff: String) -> String {
    var text = ""
    for line in diff.utf8.split(separator: 0x0A) {
      let line = String(Substring(line))
      let meaning: Style.Meaning =
        line.hasPrefix("+") ? .added : line.hasPrefix("-") ? .removed : .faint
      text += "    " + style(meaning, line) + "\n"
    }
    return text
  }

  /// The last line: how many, how they stand, what it cost.
  func sum(_ matrix: Matrix) -> String {
    let count = Phrases.count(matrix.rows.count, "repository", plural: "repositories")
    var parts = ["\(count): \(Printable.escaped(matrix.summary))"]
    if matrix.kind != .plan { parts.append(MatrixSums(matrix).text) }
    return parts.joined(separator: " · ")
  }

  static func look(of state: Matrix.State) -> (symbol: String, meaning: Style.Meaning) {
    switch state {
    case .planned: ("~", .news)
    case .passed, .repaired: ("✓", .good)
    case .unchanged: ("=", .good)
    case .waiting, .running: ("…", .news)
    case .failed, .stalled, .cancelled: ("✗", .bad)
    case .refused: ("!", .odd)
    case .unselected, .skipped: ("-", .faint)
    }
  }
}

/// What a fleet cost, the share that needed no model first.
struct MatrixSums {
  let done: Int
  let withoutModel: Int
  let tokens: Int
  let usd: Double

  init(_ matrix: Matrix) {
    let ended = matrix.rows.filter {
      [.passed, .repaired, .unchanged, .failed, .stalled].contains($0.state)
    }
    done = ended.count
    withoutModel = ended.count { !$0.needsModel }
    tokens = matrix.tokens
    usd = matrix.usd
  }

  /// `48 of 50 needed no model (96 %) · 1,240 tokens ($0.0021)`.
  var text: String {
    let share = done == 0 ? 100 : withoutModel * 100 / done
    return "\(withoutModel) of \(done) needed no model (\(share) %) · "
      + Phrases.count(tokens, "token") + (usd > 0 ? " (\(Phrases.money(usd)))" : "")
  }
}
