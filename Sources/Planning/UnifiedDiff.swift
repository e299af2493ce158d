import Platform
import YAMLTree

/// The difference of two files as people read it: git's headers, three lines of context.
///
/// Everything is safe to print: control characters are escaped, what is no text is only named.
public enum UnifiedDiff {
  /// What a step's files change, moved ones with what is edited in them.
  public static func text(of step: PlannedStep) -> String {
    var sources: [RelativePath: PlannedFile] = [:]
    for file in step.files where file.movedTo != nil { sources[file.path] = file }
    return step.files.map { file in
      text(of: file, source: file.movedFrom.flatMap { sources[$0] })
    }.joined()
  }

  /// What a planned file changes; empty where nothing does, and for the source of a move, which
  /// is shown with its target.
  ///
  /// Contents must be kept (`PlanOptions.keepsReplaced`); where one is not, that is said.
  public static func text(of file: PlannedFile, source: PlannedFile? = nil) -> String {
    switch file.action {
    case .unchanged, .skipped, .unknown: return ""
    default: if file.movedTo != nil { return "" }
    }
    let before = source?.before ?? (file.movedFrom == nil ? file.before : file.after)
    let old = file.movedFrom ?? file.path
    var lines: [String] = []
    if file.movedFrom != nil, !file.before.isAbsent {
      // What a move takes the place of goes first.
      lines += ["diff --git a/\(file.path) b/\(file.path)"]
      lines += ["deleted file mode \(mode(file.before) ?? "100644")"]
      lines += body(from: content(file.before), to: content(.absent), file.path, file.path)
    }
    lines.append("diff --git a/\(old) b/\(file.path)")
    lines += header(of: file, before)
    lines += body(from: content(before), to: content(file.after), old, file.path)
    return lines.map { $0 + "\n" }.joined()
  }

  /// The hunks that turn one text into the other, each line ended; empty where they are equal.
  public static func hunks(from old: [UInt8], to new: [UInt8], context: Int = 3) -> String {
    hunkLines(old, new, context).map { $0 + "\n" }.joined()
  }

  // MARK: Headers

  private static func header(of file: PlannedFile, _ before: FileState) -> [String] {
    var lines: [String] = []
    let (before, after) = (mode(before), mode(file.after))
    if let before, let after {
      if before != after { lines += ["old mode \(before)", "new mode \(after)"] }
    } else if let after {
      lines.append("new file mode \(after)")
    } else if let before {
      lines.append("deleted file mode \(before)")
    }
    if let from = file.movedFrom { lines += ["rename from \(from)", "rename to \(file.path)"] }
    return lines
  }

  /// The mode as git has it, or the exact bits where they are none of git's.
  private static func mode(_ state: FileState) -> String? {
    switch state {
    case .absent: return nil
    case .symlink: return "120000"
    case .regular(let file):
      guard let mode = file.mode else { return file.isExecutable == true ? "100755" : "100644" }
      let digits = String(mode & 0o7777, radix: 8)
      return "100" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
  }

  // MARK: Bodies

  private enum Content {
    case absent
    case bytes([UInt8])
    case notKept
  }

  private static func content(_ state: FileState) -> Content {
    switch state {
    case .absent: .absent
    case .symlink(let target): .bytes(Array(target.utf8))
    case .regular(let file): file.content.map { .bytes($0.decoded()) } ?? .notKept
    }
  }

  private static func body(
    from old: Content, to new: Content, _ oldPath: RelativePath, _ newPath: RelativePath
  ) -> [String] {
    var (oldName, newName) = ("a/\(oldPath)", "b/\(newPath)")
    var (oldBytes, newBytes): ([UInt8], [UInt8]) = ([], [])
    switch old {
    case .absent: oldName = "/dev/null"
    case .bytes(let bytes): oldBytes = bytes
    case .notKept: return notKept(new)
    }
    switch new {
    case .absent: newName = "/dev/null"
    case .bytes(let bytes): newBytes = bytes
    case .notKept: return notKept(old)
    }
    if oldBytes == newBytes { return [] }
    if isBinary(oldBytes) || isBinary(newBytes) {
      return ["Binary files \(oldName) and \(newName) differ"]
    }
    return ["--- \(oldName)", "+++ \(newName)"] + hunkLines(oldBytes, newBytes, 3)
  }

  /// A mode alone needs no contents.
  private static func notKept(_ other: Content) -> [String] {
    if case .notKept = other { return [] }
    return ["(the contents are not shown)"]
  }

  /// A NUL among the first 8,000 bytes, as git decides it.
  private static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }

  private static func hunkLines(_ old: [UInt8], _ new: [UInt8], _ context: Int) -> [String] {
    let oldLines = split(old)
    let newLines = split(new)
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    func number(_ line: ArraySlice<UInt8>) -> Int {
      if let number = numbers[line] { return number }
      numbers[line] = numbers.count
      return numbers.count - 1
    }
    let diff = LineDiff(old: oldLines.map(number), new: newLines.map(number))
    var lines: [String] = []
    for hunk in Hunk.all(of: diff, context: context) {
      lines.append("@@ -\(span(hunk.old)) +\(span(hunk.new)) @@")
      var (i, j) = (hunk.old.lowerBound, hunk.new.lowerBound)
      while i < hunk.old.upperBound || j < hunk.new.upperBound {
        if i < hunk.old.upperBound, diff.isRemoved[i] {
          append("-", oldLines[i], to: &lines)
          i += 1
        } else if j < hunk.new.upperBound, diff.isAdded[j] {
          append("+", newLines[j], to: &lines)
          j += 1
        } else {
          append(" ", newLines[j], to: &lines)
          i += 1
          j += 1
        }
      }
    }
    return lines
  }

  /// Lines with their newline.
  private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
      lines.append(bytes[start..<end])
      start = end
    }
    return lines
  }

  private static func append(
    _ sign: String, _ line: ArraySlice<UInt8>, to lines: inout [String]
  ) {
    if line.last == 0x0A {
      lines.append(sign + Printable.output(line.dropLast()))
    } else {
      lines.append(sign + Printable.output(line))
      lines.append("\\ No newline at end of file")
    }
  }

  /// `line,count`, the count left out where it is 1; an empty span begins after its line.
  private static func span(_ range: Range<Int>) -> String {
    if range.isEmpty { return "\(range.lowerBound),0" }
    return range.count == 1
      ? "\(range.lowerBound + 1)" : "\(range.lowerBound + 1),\(range.count)"
  }

  /// Changes that are near one another, with the lines around them.
  private struct Hunk {
    var old: Range<Int>
    var new: Range<Int>

    static func all(of diff: LineDiff, context: Int) -> [Hunk] {
      var hunks: [Hunk] = []
      var (i, j) = (0, 0)
      let (n, m) = (diff.isRemoved.count, diff.isAdded.count)
      while i < n || j < m {
        let (start, startNew) = (i, j)
        while i < n, diff.isRemoved[i] { i += 1 }
        while j < m, diff.isAdded[j] { j += 1 }
        guard i > start || j > startNew else {
          i += 1
          j += 1
          continue
        }
        let low = max(0, start - min(context, start, startNew))
        let lowNew = startNew - (start - low)
        let after = min(context, n - i, m - j)
        if let last = hunks.last, last.old.upperBound >= low {
          hunks[hunks.count - 1].old = last.old.lowerBound..<(i + after)
          hunks[hunks.count - 1].new = last.new.lowerBound..<(j + after)
        } else {
          hunks.append(Hunk(old: low..<(i + after), new: lowNew..<(j + after)))
        }
      }
      return hunks
    }
  }
}
