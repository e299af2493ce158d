import Platform
import YAMLTree

/// The parts of a unified diff, one for each file, found without judging whether they apply.
///
/// Hunks are counted by their headers, so that a removed line `-- x`, which looks like the header
/// of a file, is none.
public struct DiffSections {
  /// What a diff says about one file.
  public struct Section: Sendable {
    /// The path before; nil for a new file.
    public var oldPath: String?
    /// The path after; nil for a deleted file.
    public var newPath: String?
    public var isNew = false
    public var isDeleted = false
    public var isRename = false
    public var isCopy = false
    /// Modes in git's words, such as `100755`.
    public var oldMode: String?
    public var newMode: String?
    /// True for content that is not given as lines.
    public var isBinary = false
    public var hasHunks = false
    /// Its bytes in the text, and the line they begin at, from 1.
    public var range: Range<Int>
    public var line: Int

    /// The path that an entry of a manifest would name.
    public var path: String? { newPath ?? oldPath }
  }

  public private(set) var sections: [Section] = []
  /// Lines that belong to no section and are not blank: a commit's message, a signature.
  public private(set) var otherLines: [Int] = []
  public private(set) var faults: [Finding] = []

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var line = 1
  /// What the last `diff --git` line has before its names.
  private var prefixes: (old: String, new: String)?
  /// True once such a line was there: what stands between is prose, such as a commit's message.
  private var isGit = false
  /// True while the headers of a section that `diff --git` opened are read.
  private var isInHeaders = false
  /// The header's line of the hunk that has just ended, until something else than blanks follows.
  private var endedHunk: Int?
  private var isBehindBlank = false

  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
    while position < bytes.endIndex { readLine() }
    close()
    for section in sections where section.path == nil {
      faults.append(
        Finding(
          .error, "diff-path", "this part of the diff names no file", line: section.line,
          hint: "a part begins with 'diff --git' or with '--- a/FILE' and '+++ b/FILE'"))
    }
  }

  // MARK: Lines

  private func lineEnd(from start: Int) -> Int {
    bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
  }

  private mutating func next() {
    position = min(lineEnd(from: position) + 1, bytes.endIndex)
    line += 1
  }

  /// The line's text without its line end.
  private func text(at start: Int) -> String {
    var slice = bytes[start..<lineEnd(from: start)]
    if slice.last == 0x0D { slice.removeLast() }
    return String(decoding: slice, as: UTF8.self)
  }

  private func starts(_ start: Int, _ prefix: String) -> Bool {
    bytes[start...].starts(with: prefix.utf8)
  }

  private mutating func readLine() {
    if starts(position, "diff --git ") {
      open()
      isInHeaders = true
      let paths = GitPath.pair(String(text(at: position).dropFirst(11)))
      update { section in (section.oldPath, section.newPath) = (paths?.old, paths?.new) }
      prefixes = paths?.prefixes
      isGit = true
      next()
    } else if starts(position, "--- "), starts(afterLine(position), "+++ ") {
      if !isInHeaders {
        open()
        prefixes = nil
      }
      readNames()
    } else if starts(position, "@@ -"), !sections.isEmpty {
      readHunk()
    } else if isInHeaders {
      readHeader(text(at: position))
      next()
    } else {
      refuseSurplus()
      noteOther()
      next()
    }
  }

  /// Reports a line behind a hunk that seems to be one more of its lines, or another hunk.
  private mutating func refuseSurplus() {
    guard let header = endedHunk else { return }
    let text = text(at: position)
    if text.allSatisfy({ $0 == " " || $0 == "\t" }) {
      isBehindBlank = true
      return
    }
    if Self.isSignature(text) { return }
    endedHunk = nil
    if text.hasPrefix("@@") {
      faults.append(
        Finding(
          .error, "diff-hunk", "the header of this hunk cannot be read", line: line,
          hint: "write '@@ -START,COUNT +START,COUNT @@'"))
    } else if Self.isOfHunk(text, isBehindBlank: isBehindBlank) {
      faults.append(
        Finding(
          .error, "diff-hunk", "the hunk of line \(header) has more lines than its header says",
          line: line, hint: "correct the counts in its '@@ … @@' line, or leave this line out"))
    }
  }

  private func afterLine(_ start: Int) -> Int { min(lineEnd(from: start) + 1, bytes.endIndex) }

  private mutating func noteOther() {
    let text = text(at: position)
    if !text.allSatisfy({ $0 == " " || $0 == "\t" }), !text.hasPrefix("\\ No newline") {
      close()
      otherLines.append(line)
      if !isGit, let lost = Self.lost(text, next: self.text(at: afterLine(position))) {
        faults.append(
          Finding(
            .error, "import-cannot", "\(lost) '\(Excerpt.short(text))'", line: line,
            hint: "make the diff by git, or of text files only: diff -ruN"))
      }
    }
  }

  private mutating func open() {
    close()
    endedHunk = nil
    sections.append(Section(range: position..<position, line: line))
    isOpen = true
  }

  /// True while lines belong to the last section.
  private var isOpen = false

  private mutating func close() {
    guard isOpen, let last = sections.indices.last else { return }
    sections[last].range = sections[last].range.lowerBound..<position
    isOpen = false
    isInHeaders = false
  }

  private mutating func update(_ change: (inout Section) -> Void) {
    guard let last = sections.indices.last else { return }
    change(&sections[last])
  }

  // MARK: Parts of a section

  private mutating func readNames() {
    let old = String(text(at: position).dropFirst(4))
    next()
    let new = String(text(at: position).dropFirst(4))
    next()
    isInHeaders = false
    var names = GitPath.stripped(GitPath.name(old), GitPath.name(new), prefixes)
    let hunk = String(text(at: position).dropFirst(3))
    if GitPath.isNeverThere(old, span: hunk, sign: "-") { names.old = nil }
    if GitPath.isNeverThere(new, span: hunk, sign: "+") { names.new = nil }
    update { section in
      // What a rename says is said without prefixes.
      if section.isRename || section.isCopy { return }
      section.oldPath = names.old
      section.newPath = names.new
      if names.old == nil { section.isNew = true }
      if names.new == nil { section.isDeleted = true }
    }
  }

  private mutating func readHeader(_ text: String) {
    func rest(_ prefix: String) -> String? {
      text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
    if let mode = rest("new file mode ") {
      update {
        $0.isNew = true
        $0.newMode = mode
        $0.oldPath = nil
      }
    } else if let mode = rest("deleted file mode ") {
      update {
        $0.isDeleted = true
        $0.oldMode = mode
        $0.newPath = nil
      }
    } else if let mode = rest("old mode ") {
      update { $0.oldMode = mode }
    } else if let mode = rest("new mode ") {
      update { $0.newMode = mode }
    } else if let name = rest("rename from ") {
      update {
        $0.isRename = true
        $0.oldPath = GitPath.unquoted(name)
      }
    } else if let name = rest("rename to ") {
      update {
        $0.isRename = true
        $0.newPath = GitPath.unquoted(name)
      }
    } else if let name = rest("copy from ") {
      update {
        $0.isCopy = true
        $0.oldPath = GitPath.unquoted(name)
      }
    } else if let name = rest("copy to ") {
      update {
        $0.isCopy = true
        $0.newPath = GitPath.unquoted(name)
      }
    } else if text.hasPrefix("GIT binary patch") || text.hasPrefix("Binary files ") {
      update { $0.isBinary = true }
    }
  }

  private mutating func readHunk() {
    isInHeaders = false
    guard isOpen, var (old, new) = Self.counts(text(at: position)) else {
      faults.append(
        Finding(
          .error, "diff-hunk", "the header of this hunk cannot be read", line: line,
          hint: "write '@@ -START,COUNT +START,COUNT @@'"))
      next()
      return
    }
    update { $0.hasHunks = true }
    endedHunk = nil
    let header = line
    next()
    while old > 0 || new > 0, position < bytes.endIndex {
      switch bytes[position] {
      case UInt8(ascii: "-"): old -= 1
      case UInt8(ascii: "+"): new -= 1
      case UInt8(ascii: " "), 0x0A, 0x0D:
        old -= 1
        new -= 1
      case UInt8(ascii: "\\"): break
      default:
        old = 0
        new = -1
      }
      if old < 0 || new < 0 { break }
      next()
    }
    if old != 0 || new != 0 {
      faults.append(
        Finding(
          .error, "diff-hunk", "the hunk has fewer or more lines than its header says",
          line: header, hint: "correct the counts in its '@@ … @@' line"))
      return
    }
    if position < bytes.endIndex, bytes[position] == UInt8(ascii: "\\") { next() }
    (endedHunk, isBehindBlank) = (header, false)
  }
}
