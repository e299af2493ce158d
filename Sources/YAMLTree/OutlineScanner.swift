/// Walks the lines of a text once and makes its outline.
///
/// It follows the block structure only as far as it must: to know where a literal block begins
/// and ends, where a value is quoted or in brackets, and what a line may be. What a value means
/// is libyaml's to say; what this pass calls a fault is one in every YAML or in the subset.
struct OutlineScanner {
  let source: SourceText
  let bytes: [UInt8]
  let limits: Limits
  let diagnostics: Diagnostics
  var outline = Outline()

  /// The place of reading: an offset, its line, and where that line begins.
  var position = 0
  var line = 1
  var lineStart = 0

  /// The column of a key or dash whose value may stand on the next lines; 0 is the first.
  var pending: Int?
  /// The column of the key or dash of a plain text that the next line would continue, if it is
  /// indented more; that is not allowed.
  var plainParent: Int?
  /// Lines that characters were reported in: what else is wrong with them is a consequence.
  private let badLines: Set<Int>
  private var hasStartMark = false
  /// Up to here the source has been passed on or replaced.
  private var copied = 0
  /// True if no tree can be made of the text any more.
  var isHopeless = false
  var hasEnded = false

  /// The outline of a text; nil where the structure is beyond reading, which was reported.
  static func scan(
    _ source: SourceText, badLines: Set<Int>, _ limits: Limits, _ diagnostics: Diagnostics
  ) -> Outline? {
    var scanner = OutlineScanner(source, badLines, limits, diagnostics)
    while scanner.position < scanner.bytes.count, !scanner.hasEnded { scanner.scanLine() }
    scanner.passOn(to: scanner.hasEnded ? scanner.position : scanner.bytes.count)
    return scanner.isHopeless ? nil : scanner.outline
  }

  private init(
    _ source: SourceText, _ badLines: Set<Int>, _ limits: Limits, _ diagnostics: Diagnostics
  ) {
    self.source = source
    self.badLines = badLines
    outline.faultyLines = badLines.sorted()
    self.limits = limits
    self.diagnostics = diagnostics
    bytes = source.bytes
  }

  private mutating func scanLine() {
    var start = position
    while start < bytes.count, bytes[start] == Byte.space { start += 1 }
    guard start < bytes.count else {
      position = start
      return
    }
    switch bytes[start] {
    case Byte.newline:
      position = start
      nextLine()
    case Byte.tab:
      refuseTab(at: start)
      plainParent = nil
      skipLine()
      // What stands below it would be said to stand nowhere: one fault is enough.
      while isHopeless, position < bytes.count, !looksLikeStructure(at: skipBlanks(from: position))
      {
        skipLine()
      }
    case Byte.hash:
      plainParent = nil
      outline.commentLines += 1
      skipLine()
    case Byte.percent where start == lineStart && !outline.hasContent:
      fault(
        "directive", "a directive ('%…') stands before the document", at: start,
        hint: "leave it out")
      replace(lineStart..<lineEnd(from: start), by: nil)
      skipLine()
    default:
      if start == lineStart, let mark = documentMark(at: start) {
        scanMark(mark)
      } else {
        position = start
        scanEntry()
        outline.hasContent = true
      }
    }
  }

  // MARK: Document marks

  private enum DocumentMark { case start, end }

  /// `---` or `...` at a line's start, followed by white space or nothing.
  private func documentMark(at start: Int) -> DocumentMark? {
    guard start + 3 <= bytes.count else { return nil }
    let mark = bytes[start..<start + 3]
    guard isBlank(start + 3) else { return nil }
    if mark.allSatisfy({ $0 == Byte.dash }) { return .start }
    return mark.allSatisfy({ $0 == Byte.dot }) ? .end : nil
  }

  /// True if a document mark stands here, where a line begins.
  func isDocumentMark(at start: Int) -> Bool { documentMark(at: start) != nil }

  private mutating func scanMark(_ mark: DocumentMark) {
    let start = position
    let end = lineEnd(from: start)
    let rest = skipBlanks(from: start + 3)
    let hasText = rest < end && bytes[rest] != Byte.hash
    switch mark {
    case .start where outline.hasContent || hasStartMark:
      fault(
        "second-document", "a second document begins here", at: start, width: 3,
        hint: "write one document a file; several files may be given at once")
      passOn(to: start)
      hasEnded = true
    case .start:
      hasStartMark = true
      if hasText {
        fault(
          "text-after-mark", "text follows '---' on its line", at: rest,
          hint: "begin it on the next line")
        replace(rest..<end, by: nil)
        isHopeless = true
      }
      skipLine()
    case .end:
      if hasText {
        fault(
          "text-after-mark", "text follows '...' on its line", at: rest,
          hint: "nothing may follow the end mark")
      }
      outline.isWhole = end < bytes.count
      passOn(to: min(start + 3, end))
      position = end
      nextLine()
      refuseText()
      position = copied
      hasEnded = true
    }
  }

  /// Reports the first line after the end mark that is more than a comment.
  private mutating func refuseText() {
    while position < bytes.count {
      let start = skipBlanks(from: position)
      guard start < bytes.count else { return }
      if bytes[start] != Byte.newline, bytes[start] != Byte.hash {
        let isDocument = start == lineStart && documentMark(at: start) == .start
        fault(
          isDocument ? "second-document" : "text-after-mark",
          isDocument ? "a second document begins here" : "text follows the end mark '...'",
          at: start, hint: "nothing but comments may follow the end mark")
        return
      }
      skipLine()
    }
  }

  // MARK: Moving

  mutating func nextLine() {
    guard position < bytes.count else { return }
    position += 1
    line += 1
    lineStart = position
  }

  mutating func skipLine() {
    position = lineEnd(from: position)
    nextLine()
  }

  func lineEnd(from start: Int) -> Int { bytes.newline(from: start) ?? bytes.count }

  /// The first place from here on that is neither space nor tab.
  func skipBlanks(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] == Byte.space || bytes[end] == Byte.tab { end += 1 }
    return end
  }

  /// True for white space, a newline and the end of the text.
  func isBlank(_ offset: Int) -> Bool {
    guard offset < bytes.count else { return true }
    return bytes[offset] == Byte.space || bytes[offset] == Byte.newline
      || bytes[offset] == Byte.tab
  }

  // MARK: Reporting and replacing

  /// The mark of an offset in the current line.
  func mark(_ offset: Int) -> Mark {
    Mark(line: line, column: bytes[lineStart..<offset].columns + 1)
  }

  /// Reports a fault in the current line and remembers that the line is faulty.
  mutating func fault(
    _ rule: String, _ message: String, at offset: Int, width: Int = 1,
    notes: [Diagnostic.Note] = [], hint: String? = nil
  ) {
    guard !badLines.contains(line) else { return }
    diagnostics.error(rule, message, at: mark(offset), width: width, notes: notes, hint: hint)
    noteFault(line: line)
  }

  mutating func noteFault(line: Int) {
    if let last = outline.faultyLines.last, last >= line {
      if last > line, !outline.isFaulty(line: line) {
        outline.faultyLines.append(line)
        outline.faultyLines.sort()
      }
      return
    }
    outline.faultyLines.append(line)
  }

  /// Passes the source on to libyaml up to an offset.
  mutating func passOn(to offset: Int) {
    if offset > copied { outline.pieces.append(.source(copied..<offset)) }
    copied = max(copied, offset)
  }

  /// Gives libyaml something else than a part of the source; nil for nothing.
  mutating func replace(_ range: Range<Int>, by piece: PieceFeed.Piece?) {
    passOn(to: range.lowerBound)
    if let piece { outline.pieces.append(piece) }
    copied = max(copied, range.upperBound)
  }

  private mutating func refuseTab(at start: Int) {
    let rest = skipBlanks(from: start)
    if rest == bytes.count || bytes[rest] == Byte.newline || bytes[rest] == Byte.hash {
      fault(
        "tab-indent", "a tab stands on a line without text", at: start, hint: "remove the tab")
      replace(start..<rest, by: nil)
      return
    }
    fault(
      "tab-indent", "a tab stands in the indentation", at: start,
      hint: "indent by spaces, two for each level")
    isHopeless = true
  }
}

/// The bytes that have a meaning in the structure of a document.
enum Byte {
  static let tab: UInt8 = 0x09, newline: UInt8 = 0x0A, space: UInt8 = 0x20
  static let quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'")
  static let hash = UInt8(ascii: "#"), percent = UInt8(ascii: "%"), ampersand = UInt8(ascii: "&")
  static let star = UInt8(ascii: "*"), exclamation = UInt8(ascii: "!"), at = UInt8(ascii: "@")
  static let backtick = UInt8(ascii: "`"), dash = UInt8(ascii: "-"), dot = UInt8(ascii: ".")
  static let colon = UInt8(ascii: ":"), question = UInt8(ascii: "?"), comma = UInt8(ascii: ",")
  static let pipe = UInt8(ascii: "|"), greater = UInt8(ascii: ">"), plus = UInt8(ascii: "+")
  static let backslash = UInt8(ascii: "\\"), zero = UInt8(ascii: "0"), nine = UInt8(ascii: "9")
  static let openList = UInt8(ascii: "["), closeList = UInt8(ascii: "]")
  static let openMap = UInt8(ascii: "{"), closeMap = UInt8(ascii: "}")
}
