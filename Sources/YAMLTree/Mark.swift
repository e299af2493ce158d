/// A place in a text: a line and a column, both from 1, the column in Unicode scalars.
///
/// In eight bytes, since every value of a document has three of them.
public struct Mark: Hashable, Sendable, Comparable {
  private let storedLine: UInt32
  private let storedColumn: UInt32

  public var line: Int { Int(storedLine) }
  public var column: Int { Int(storedColumn) }

  public init(line: Int, column: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
  }

  public static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}
