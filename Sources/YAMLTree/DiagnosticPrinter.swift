import Platform

/// Writes diagnostics for a person, in the style of rustc and cargo.
///
/// No character of the text that could act on a terminal passes as it is.
public struct DiagnosticPrinter: Sendable {
  /// Whether escape codes for colours may be written.
  public let usesColor: Bool

  public init(usesColor: Bool = false) { self.usesColor = usesColor }

  /// The diagnostic on several lines, each with its newline:
  ///
  ///     hello.yaml:3:8: error[plain-colon]: a text without quotes has ': ' in it
  ///       |
  ///     3 |   run: echo a: b
  ///       |              ^
  ///       = help: put it in quotes: 'echo a: b'
  public func text(_ diagnostic: Diagnostic) -> String {
    var result = headline(diagnostic) + "\n"
    let gutter = diagnostic.mark.map { String($0.line) } ?? ""
    let margin = String(repeating: " ", count: gutter.count)
    if let mark = diagnostic.mark, !diagnostic.excerpt.isEmpty {
      let excerpt = ShownLine(
        diagnostic.excerpt, caret: diagnostic.caret ?? mark.column, width: diagnostic.width)
      let bar = paint(" |", .blue)
      result += margin + bar + "\n"
      result += paint(gutter, .blue) + bar + " " + excerpt.text + "\n"
      result +=
        margin + bar + " " + String(repeating: " ", count: excerpt.indentation)
        + paint(String(repeating: "^", count: excerpt.carets), color(of: diagnostic.severity))
        + "\n"
    }
    for note in diagnostic.notes {
      let place = note.mark.map { " (\(Self.place(diagnostic.file, $0)))" } ?? ""
      result += margin + paint(" = ", .blue) + "note: " + safe(note.message) + place + "\n"
    }
    if let hint = diagnostic.hint {
      // A correction of several lines, such as an edit to write instead, stays one.
      let lines = hint.split(separator: "\n", omittingEmptySubsequences: false)
      result += margin + paint(" = ", .blue) + paint("help: ", .green)
      result += lines.enumerated().map { index, line in
        (index == 0 ? safe(String(line)) : copied(line)) + "\n"
      }.joined(separator: margin + "   ")
    }
    return result
  }

  /// A line that is to be copied: its tabs stay what they are.
  private func copied(_ line: Substring) -> String {
    line.split(separator: "\t", omittingEmptySubsequences: false)
      .map { safe(String($0)) }.joined(separator: "\t")
  }

  /// The diagnostic on one line, without a newline: `file:line:column: error[rule]: message; help:
  /// correction`.
  public func line(_ diagnostic: Diagnostic) -> String {
    headline(diagnostic) + (diagnostic.hint.map { "; help: " + safe($0) } ?? "")
  }

  /// `2 errors, 1 warning`; notes are not counted. Nil where there is nothing to count.
  public static func summary(_ diagnostics: [Diagnostic]) -> String? {
    func count(_ severity: Diagnostic.Severity) -> String? {
      let count = diagnostics.count { $0.severity == severity }
      return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }
    let parts = [count(.error), count(.warning)].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private func headline(_ diagnostic: Diagnostic) -> String {
    Self.place(diagnostic.file, diagnostic.mark) + ": "
      + paint(
        "\(diagnostic.severity.rawValue)[\(diagnostic.rule)]", color(of: diagnostic.severity))
      + ": " + safe(diagnostic.message)
  }

  private static func place(_ file: String, _ mark: Mark?) -> String {
    Printable.escaped(file) + (mark.map { ":\($0.line):\($0.column)" } ?? "")
  }

  private func safe(_ text: String) -> String { Printable.escaped(text) }

  // MARK: Colours

  private enum Color: String {
    case red = "1;31"
    case yellow = "1;33"
    case green = "1;32"
    case blue = "1;34"
    case cyan = "1;36"
  }

  private func color(of severity: Diagnostic.Severity) -> Color {
    switch severity {
    case .error: .red
    case .warning: .yellow
    case .note: .cyan
    }
  }

  private func paint(_ text: String, _ color: Color) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// A source line as a terminal shows it, with the place of its carets.
struct ShownLine {
  private(set) var text = ""
  /// The cells before the first caret.
  private(set) var indentation = 0
  private(set) var carets = 1

  /// How many cells a tab goes to.
  private static let tabStop = 4

  /// `caret` and `width` count Unicode scalars; the caret from 1.
  init(_ line: String, caret: Int, width: Int) {
    var cells = 0
    var start: Int?
    var end: Int?
    for (offset, scalar) in line.unicodeScalars.enumerated() {
      if offset + 1 == caret { start = cells }
      if offset + 1 == caret + width { end = cells }
      let shown = Self.shown(scalar, at: cells)
      text += shown.text
      cells += shown.cells
    }
    // A mark may stand behind the last character.
    indentation = start ?? cells
    carets = max(1, (end ?? cells) - indentation)
  }

  private static func shown(_ scalar: Unicode.Scalar, at cell: Int) -> (text: String, cells: Int) {
    if scalar == "\t" {
      let count = tabStop - cell % tabStop
      return (String(repeating: " ", count: count), count)
    }
    if Printable.isUnsafe(scalar) {
      let text = Printable.escaped(String(scalar))
      return (text, text.count)
    }
    return (String(scalar), cells(of: scalar))
  }

  /// How many cells a terminal gives a character: none to a combining one, two to a wide one.
  private static func cells(of scalar: Unicode.Scalar) -> Int {
    guard scalar.value >= 0x300 else { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
