import Platform

/// The outcomes as a person reads them, and as a program does.
struct Table {
  let outcomes: [Outcome]
  let machine: [(name: String, value: String)]

  var text: String {
    var lines = machine.map { "\(Self.padded($0.name, 10)) \($0.value)" } + [""]
    lines.append(
      Self.padded("row", 14) + Self.padded("goal", 12) + Self.padded("figure", 10)
        + Self.padded("least-most", 14) + "verdict")
    for outcome in outcomes {
      let row = outcome.row
      var line = Self.padded(row.name, 14) + Self.padded(Self.goal(row), 12)
      if let median = outcome.median, let least = outcome.least, let most = outcome.most {
        line += Self.padded(Self.number(median), 10)
        line += Self.padded("\(Self.number(least))-\(Self.number(most))", 14)
        line += outcome.isReached == true ? "reached" : "missed"
        if !outcome.remark.isEmpty { line += ", \(outcome.remark)" }
      } else {
        line += Self.padded("-", 10) + Self.padded("-", 14) + (outcome.failure ?? "not measured")
      }
      lines += [line, "  " + row.title]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: JSON {
    [
      "machine": .object(machine.map { JSON.Member($0.name, .string($0.value)) }),
      "rows": .array(outcomes.map(Self.json)),
    ]
  }

  private static func json(_ outcome: Outcome) -> JSON {
    [
      "name": .string(outcome.row.name), "title": .string(outcome.row.title),
      "goal": .string(goal(outcome.row)),
      "median": outcome.median.map { .number($0) } ?? .null,
      "least": outcome.least.map { .number($0) } ?? .null,
      "most": outcome.most.map { .number($0) } ?? .null,
      "reached": outcome.isReached.map(JSON.bool) ?? .null,
      "remark": .string(outcome.remark), "failure": JSON(outcome.failure),
      "samples": .array(
        outcome.samples.map { ["mtor": .number($0.mtor), "peer": .number($0.peer)] }),
    ]
  }

  private static func goal(_ row: Row) -> String {
    switch row.goal {
    case .ratio(let bound): "<= \(number(bound)) x"
    case .limit(let bound, let unit): "<= \(number(bound)) \(unit)"
    }
  }

  /// Three digits that count.
  static func number(_ value: Double) -> String {
    if value >= 100 { return "\(Int(value.rounded()))" }
    let scale = value >= 10 ? 10.0 : 100.0
    return "\((value * scale).rounded() / scale)"
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
