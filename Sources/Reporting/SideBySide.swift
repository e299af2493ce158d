import Planning

/// A file's change as a table: what it was on the left, what it is on the right.
struct SideBySide {
  /// A line of one side, with its number.
  struct Cell: Equatable {
    var number: Int
    var text: String
  }

  /// Equal lines stand beside each other, and so do those that replace each other.
  struct Row: Equatable {
    var old: Cell?
    var new: Cell?
    var isChange: Bool
  }

  /// One list of rows for each part of the file that changed.
  private(set) var parts: [[Row]] = []
  private(set) var added = 0
  private(set) var removed = 0

  init(from old: [UInt8], to new: [UInt8]) {
    let text = UnifiedDiff.hunks(from: old, to: new)
    var numbers = (old: 0, new: 0)
    var gone: [Cell] = []
    var come: [Cell] = []
    func flush(_ parts: inout [[Row]]) {
      for index in 0..<max(gone.count, come.count) {
        parts[parts.count - 1].append(
          Row(
            old: index < gone.count ? gone[index] : nil,
            new: index < come.count ? come[index] : nil, isChange: true))
      }
      gone = []
      come = []
    }
    // Split by bytes: a carriage return and a newline are one Character.
    for piece in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      let line = String(Substring(piece))
      let rest = String(line.dropFirst())
      switch line.utf8.first {
      case UInt8(ascii: "@"):
        if !parts.isEmpty { flush(&parts) }
        parts.append([])
        numbers = Self.starts(of: line)
      case UInt8(ascii: "-"):
        if !come.isEmpty { flush(&parts) }
        gone.append(Cell(number: numbers.old, text: rest))
        numbers.old += 1
        removed += 1
      case UInt8(ascii: "+"):
        come.append(Cell(number: numbers.new, text: rest))
        numbers.new += 1
        added += 1
      case UInt8(ascii: " "):
        flush(&parts)
        parts[parts.count - 1].append(
          Row(
            old: Cell(number: numbers.old, text: rest),
            new: Cell(number: numbers.new, text: rest), isChange: false))
        numbers.old += 1
        numbers.new += 1
      default: break  // "\ No newline at end of file"
      }
    }
    if !parts.isEmpty { flush(&parts) }
  }

  /// The first lines that `@@ -3,4 +5,6 @@` names.
  private static func starts(of header: String) -> (old: Int, new: Int) {
    let numbers = header.split { !"0123456789,".contains($0) }.compactMap { range in
      range.split(separator: ",").first.flatMap { Int($0) }
    }
    return (numbers.first ?? 0, numbers.dropFirst().first ?? 0)
  }
}
