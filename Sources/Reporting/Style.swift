/// Colours by meaning; without colour every text stays as it is.
public struct Style: Sendable {
  /// What a text means to the eye.
  public enum Meaning: String, Sendable {
    case good = "1;32"
    case bad = "1;31"
    case odd = "1;33"
    case news = "1;36"
    case strong = "1"
    case faint = "2"
    case added = "32"
    case removed = "31"
    case place = "36"
  }

  public let isColored: Bool

  public init(isColored: Bool) { self.isColored = isColored }

  /// The text in the colour of its meaning.
  public func callAsFunction(_ meaning: Meaning, _ text: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(meaning.rawValue)m\(text)\u{1B}[0m" : text
  }
}
