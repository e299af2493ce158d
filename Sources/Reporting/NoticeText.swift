import Planning
import Platform
import YAMLTree

/// Diagnostics and conflicts in one shape: what is wrong, where, what to do.
enum NoticeText {
  static func text(of diagnostic: Diagnostic, _ style: Style) -> String {
    let meaning: Style.Meaning =
      switch diagnostic.severity {
      case .error: .bad
      case .warning: .odd
      case .note: .news
      }
    var text = head(
      diagnostic.severity.rawValue, diagnostic.rule, diagnostic.message, meaning, style)
    text += place(diagnostic.file, diagnostic.mark, style)
    if let hint = diagnostic.hint { text += help(hint, style) }
    return text
  }

  static func text(of conflict: Conflict, in file: String, _ style: Style) -> String {
    var text = head(
      "conflict", conflict.rule, "\(conflict.path): \(conflict.message)", .bad, style)
    text += place(file, conflict.mark, style)
    if let hint = conflict.hint { text += help(hint, style) }
    return text
  }

  private static func head(
    _ what: String, _ rule: String, _ message: String, _ meaning: Style.Meaning, _ style: Style
  ) -> String {
    style(meaning, "\(what)[\(rule)]") + ": " + style(.strong, Printable.escaped(message)) + "\n"
  }

  private static func place(_ file: String, _ mark: Mark?, _ style: Style) -> String {
    let position = mark.map { ":\($0.line):\($0.column)" } ?? ""
    return style(.place, "  --> ") + Printable.escaped(file) + position + "\n"
  }

  private static func help(_ hint: String, _ style: Style) -> String {
    style(.place, "   = ") + style(.strong, "help") + ": " + Printable.escaped(hint) + "\n"
  }
}
