import Platform

/// A table of words and numbers, as verbs print their results.
public enum TableText {
  /// One column.
  public struct Column: Sendable {
    public var title: String
    public var isNumeric: Bool
    /// The highest is the first to be left out of a narrow terminal; 0 always stays.
    public var rank: Int

    public init(_ title: String, isNumeric: Bool = false, rank: Int = 0) {
      self.title = title
      self.isNumeric = isNumeric
      self.rank = rank
    }
  }

  /// The table under its head. The last text of a row is cut where the terminal ends.
  public static func text(
    _ columns: [Column], _ rows: [[String]], _ style: Style, width: Int?
  ) -> String {
    var table = Table(
      columns: columns.map { .init(title: $0.title, isNumeric: $0.isNumeric, rank: $0.rank) })
    let others = columns.indices.dropLast().reduce(0) { sum, column in
      let widths = rows.map { Columns.count($0[column]) } + [Columns.count(columns[column].title)]
      return sum + 2 + (widths.max() ?? 0)
    }
    let room = width.map { max(24, $0 - others) } ?? .max
    table.rows = rows.map { row in
      row.enumerated().map { index, text in
        Table.Cell(
          index == columns.count - 1 ? Columns.cut(Printable.escaped(text), to: room) : text)
      }
    }
    return table.text(style, width: width)
  }
}
