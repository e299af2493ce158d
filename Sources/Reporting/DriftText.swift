public import Platform

/// `mtor stats --drift`: what the architect's bytes had to become.
public enum DriftText {
  /// The kinds as a table, the last place of each below it.
  public static func text(_ drift: RepairDrift, _ style: Style, width: Int?) -> String {
    if drift.rows.isEmpty { return "no repair has changed a byte of a manifest\n" }
    var text = Phrases.count(drift.repairs, "repair") + " changed "
    text += Phrases.count(drift.places, "place") + "\n\n"
    text += TableText.text(
      [
        .init("what"), .init("places", isNumeric: true),
        .init("runs", isNumeric: true, rank: 1), .init("files", rank: 2),
      ],
      drift.rows.map { row in
        [
          row.kind.rawValue, Phrases.number(row.places), Phrases.number(row.runs),
          row.endings.prefix(3).joined(separator: " "),
        ]
      }, style, width: width)
    for row in drift.rows {
      text += "\n\(row.kind.rawValue), last in \(Printable.escaped(row.path)), run \(row.run)\n"
      if let before = row.before { text += style(.removed, "  - \(before)") + "\n" }
      if let after = row.after { text += style(.added, "  + \(after)") + "\n" }
    }
    return text
  }

  /// The same as JSON.
  public static func json(_ drift: RepairDrift) -> JSON {
    [
      "ok": true, "repairs": .integer(drift.repairs), "places": .integer(drift.places),
      "kinds": .array(
        drift.rows.map { row in
          [
            "kind": .string(row.kind.rawValue), "places": .integer(row.places),
            "runs": .integer(row.runs), "files": .array(row.endings.map(JSON.string)),
            "last": [
              "run": .string(row.run), "step": JSON(row.step), "path": .string(row.path),
              "before": JSON(row.before), "after": JSON(row.after),
            ],
          ]
        }),
    ]
  }
}
