import Platform

/// Rows under a head, in columns that line up; where a terminal is too narrow the columns that
/// matter least are left out.
package struct Table {
  package struct Column {
    package var title: String
    /// Numbers end at the same place.
    var isNumeric = false
    /// The highest is the first to be left out; 0 always stays.
    var rank = 0

    package init(title: String, isNumeric: Bool = false, rank: Int = 0) {
      self.title = title
      self.isNumeric = isNumeric
      self.rank = rank
    }
  }

  package struct Cell {
    var text: String
    var meaning: Style.Meaning?

    package init(_ text: String, _ meaning: Style.Meaning? = nil) {
      self.text = Printable.escaped(text)
      self.meaning = meaning
    }
  }

  package var columns: [Column]
  package var rows: [[Cell]] = []

  package init(columns: [Column]) { self.columns = columns }

  /// The table, each line with its line end.
  package func text(_ style: Style, width: Int?) -> String {
    var kept = Array(columns.indices)
    let widths = columns.indices.map { column in
      rows.map { Columns.count($0[column].text) }.max().map {
        max($0, Columns.count(columns[column].title))
      } ?? Columns.count(columns[column].title)
    }
    func total() -> Int { kept.reduce(0) { $0 + widths[$1] } + 2 * (kept.count - 1) }
    while let width, total() > width,
      let worst = kept.filter({ columns[$0].rank > 0 }).max(by: {
        columns[$0].rank < columns[$1].rank
      })
    {
      kept.removeAll { $0 == worst }
    }
    let head = kept.map { Cell(columns[$0].title, .faint) }
    return ([head] + rows.map { row in kept.map { row[$0] } }).map { cells in
      line(cells, kept, widths, style)
    }.joined()
  }

  private func line(_ cells: [Cell], _ kept: [Int], _ widths: [Int], _ style: Style) -> String {
    var line = ""
    for (place, (cell, column)) in zip(cells, kept).enumerated() {
      let padding = String(repeating: " ", count: widths[column] - Columns.count(cell.text))
      let shown = cell.meaning.map { style($0, cell.text) } ?? cell.text
      if place > 0 { line += "  " }
      if columns[column].isNumeric {
        line += padding + shown
      } else {
        line += place == cells.count - 1 ? shown : shown + padding
      }
    }
    return line + "\n"
  }
}
