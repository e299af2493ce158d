import Platform
import YAMLTree

/// The rules for the text of a note: one short line in which nothing can be more than text.
///
/// Whatever a model, a file or a person wrote, what these rules leave cannot close a frame, hide a
/// character, name an address or open a block.
public enum NoteText {
  /// In Unicode scalars: a character of many marks is not short.
  public static let limit = 280

  /// Longer texts are cut before anything is looked at.
  private static let readLimit = 4096

  /// So often the rules are applied before all signs that they speak of go: parts nested in parts
  /// cost no more than others.
  private static let passLimit = 8

  /// The text as a note may have it; empty where nothing is left.
  public static func cleaned(_ text: String) -> String {
    var scalars = visible(text.unicodeScalars.prefix(readLimit))
    // What one rule takes away may bring parts together that another one takes: until all is still.
    var previous: [Unicode.Scalar] = []
    var passes = 0
    while scalars != previous {
      previous = scalars
      if passes == passLimit { scalars.removeAll { "<>`~:".unicodeScalars.contains($0) } }
      scalars = collapsed(withoutAddresses(withoutFences(withoutTags(scalars))))
      passes += 1
    }
    return string(collapsed(Array(scalars.prefix(limit))))
  }

  /// What a text breaks, in words; nil for one that may stand in a note as it is.
  public static func fault(in text: String) -> String? {
    if text.unicodeScalars.contains(where: isHidden) {
      return "holds control, invisible or bidirectional characters, or several lines"
    }
    if text.unicodeScalars.count > limit { return "has more than \(limit) characters" }
    let clean = cleaned(text)
    if clean.isEmpty { return "says nothing" }
    return clean == text ? nil : "holds a tag, a fence, an address or doubled spaces"
  }

  /// What a person might write instead of a text with a fault.
  public static func hint(for text: String) -> String {
    if text.unicodeScalars.count > limit {
      return "write one plain sentence of at most \(limit) characters"
    }
    let clean = cleaned(text)
    return clean.isEmpty
      ? "write one plain sentence" : "write one plain line: \(Quoted.text(clean))"
  }

  /// True where something in a text looks like a secret, which no request may hold.
  public static func holdsSecret(_ text: String) -> Bool {
    !SecretFinder.find(in: Array(text.utf8)).isEmpty
  }

  /// The text between quotes that nothing in it can close.
  static func quoted(_ text: String) -> String {
    // By scalars: a quote with a mark on it is another character, and closes all the same.
    "\"" + string(text.unicodeScalars.map { $0 == "\"" ? "'" : $0 }) + "\""
  }

  // MARK: Rules

  /// Characters that show nothing, or change how others show.
  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
    if Printable.isUnsafe(scalar) || scalar.properties.isDefaultIgnorableCodePoint { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return true
    default: return false
    }
  }

  private static func visible(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    text.compactMap { scalar in
      if scalar == "\n" || scalar == "\r" || scalar == "\t" { return " " }
      switch scalar.value {
      // Wide and small forms of the signs that make tags.
      case 0xFF1C, 0xFE64: return "<"
      case 0xFF1E, 0xFE65: return ">"
      case 0xFF40: return "`"
      default: break
      }
      if scalar.properties.isWhitespace { return " " }
      return isHidden(scalar) ? nil : scalar
    }
  }

  /// A `<` stays before a space or `=`, a `>` after a space, `-` or `=`: comparisons and arrows.
  /// What looks like a tag goes; other signs become brackets.
  private static func withoutTags(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var at = 0
    while at < text.count {
      let scalar = text[at]
      let next = at + 1 < text.count ? text[at + 1] : " "
      if scalar == "<", next != " ", next != "=" {
        if let end = endOfTag(text, at), next == "/" || !(result.last.map(isWord) ?? false) {
          at = end + 1
          continue
        }
        result.append("[")
      } else if scalar == ">" {
        let isPlain = result.last.map { $0 == " " || $0 == "-" || $0 == "=" } ?? false
        result.append(isPlain ? ">" : "]")
      } else {
        result.append(scalar)
      }
      at += 1
    }
    return result
  }

  private static func endOfTag(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
    var at = start + 1
    while at < text.count, at - start <= 100 {
      if text[at] == "<" { return nil }
      if text[at] == ">" { return at }
      at += 1
    }
    return nil
  }

  /// Takes away runs of three and more backticks or tildes.
  private static func withoutFences(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var at = 0
    while at < text.count {
      var end = at
      while end < text.count, text[end] == text[at] { end += 1 }
      if end - at < 3 || text[at] != "`" && text[at] != "~" { result += text[at..<end] }
      at = end
    }
    return result
  }

  /// Takes away what leads somewhere: from a scheme's first letter to the next space, and words
  /// that begin with `www.`.
  private static func withoutAddresses(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let word = Array(word)
      if !result.isEmpty || word.isEmpty { result.append(" ") }
      guard let end = startOfAddress(word) else {
        result += word
        continue
      }
      result += word[..<end]
    }
    return result
  }

  private static func startOfAddress(_ word: [Unicode.Scalar]) -> Int? {
    for at in word.indices {
      if word[at...].starts(with: "://".unicodeScalars) {
        var start = at
        while start > 0, isWord(word[start - 1]) || "+.-".unicodeScalars.contains(word[start - 1]) {
          start -= 1
        }
        return start
      }
      let isHost =
        word.count - at >= 4 && word[at + 3] == "."
        && word[at..<(at + 3)].allSatisfy { $0 == "w" || $0 == "W" }
      if isHost, at == 0 || !isWord(word[at - 1]) { return at }
    }
    return nil
  }

  private static func collapsed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in text where scalar != " " || result.last.map({ $0 != " " }) ?? false {
      result.append(scalar)
    }
    while result.last == " " { result.removeLast() }
    return result
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String {
    String(String.UnicodeScalarView(scalars))
  }
}

/// Whether two notes say nearly the same: their words, but for order, case and signs.
enum NoteLikeness {
  /// The share of words that two texts must have in common.
  private static let least = 0.7

  static func isTwin(_ a: String, _ b: String) -> Bool {
    let (first, second) = (words(a), words(b))
    if first == second { return true }
    // Of few words each one matters.
    guard min(first.count, second.count) >= 4 else { return false }
    let common = first.intersection(second).count
    return Double(common) >= least * Double(first.union(second).count)
  }

  private static func words(_ text: String) -> Set<String> {
    let separated = text.lowercased().split { !($0.isLetter || $0.isNumber) }
    return Set(separated.map(String.init))
  }
}
