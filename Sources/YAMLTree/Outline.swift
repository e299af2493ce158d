/// What one pass over the lines of a text tells before libyaml sees it.
///
/// It finds the literal blocks, so that libyaml reads only the structure around them and their
/// bytes stay where they are; the comments after values; and the faults that libyaml would name
/// badly, or not at all, or only one of.
struct Outline {
  /// A literal block, or a long text in quotes, that libyaml does not see: `''` stands for it.
  struct Block {
    let style: Node.Style
    /// Where the `|` or the opening quote stands.
    let start: Mark
    /// Where it ends: the start of the first line after a block, behind the closing quote.
    let end: Mark
    let text: Text
  }

  /// How long a text in quotes may be, in bytes, that is still libyaml's to read: it holds such a
  /// text twice, and the tree would have it once more.
  static let longQuoted = 32 << 10
  /// How long a text without quotes may be, in bytes: as long as a command that Linux can start.
  static let longestPlain = 128 << 10

  /// What libyaml is given.
  var pieces: [PieceFeed.Piece] = []
  /// In the order of the text.
  var blocks: [Block] = []
  /// Comments that follow something on their line, in the order of the text.
  var comments: [Mark] = []
  /// How many lines hold nothing but a comment.
  var commentLines = 0
  /// Lines with a fault that was reported, ascending.
  var faultyLines: [Int] = []
  /// True if there is anything but comments and marks.
  var hasContent = false
  /// True if the end mark stands.
  var isWhole = false
  /// From each of these lines of the reduced text on, so many lines more were left out before it.
  private(set) var omissions: [(line: Int, total: Int)] = []

  /// Notes that so many line ends are left out, the last of them before a line of the source.
  mutating func omit(lines count: Int, through line: Int) {
    guard count > 0 else { return }
    let before = omissions.last?.total ?? 0
    omissions.append((line - count - before + 1, before + count))
  }

  /// The place in the source of a place in what libyaml was given.
  func original(_ mark: Mark) -> Mark {
    var low = 0
    var high = omissions.count
    while low < high {
      let middle = (low + high) / 2
      if omissions[middle].line <= mark.line { low = middle + 1 } else { high = middle }
    }
    return low == 0
      ? mark : Mark(line: mark.line + omissions[low - 1].total, column: mark.column)
  }

  /// The comment that follows a place on its line.
  func comment(after mark: Mark) -> Mark? {
    var low = 0
    var high = comments.count
    while low < high {
      let middle = (low + high) / 2
      if comments[middle] < mark { low = middle + 1 } else { high = middle }
    }
    guard low < comments.count, comments[low].line == mark.line else { return nil }
    return comments[low]
  }

  func isFaulty(line: Int) -> Bool {
    var low = 0
    var high = faultyLines.count
    while low < high {
      let middle = (low + high) / 2
      if faultyLines[middle] < line { low = middle + 1 } else { high = middle }
    }
    return low < faultyLines.count && faultyLines[low] == line
  }

  /// The outline that leaves nothing out: libyaml reads everything itself.
  static func whole(_ source: SourceText) -> Outline {
    var outline = Outline()
    outline.pieces = [.source(0..<source.bytes.count)]
    return outline
  }
}
