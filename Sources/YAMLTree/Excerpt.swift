import Platform

/// Texts of a document made fit for a message.
public enum Excerpt {
  /// The text safe to print, cut after 60 characters.
  public static func short(_ text: String) -> String {
    let short = text.unicodeScalars.prefix(60)
    let cut = short.endIndex < text.unicodeScalars.endIndex
    return Printable.escaped(String(short)) + (cut ? "…" : "")
  }
}
