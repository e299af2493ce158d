/// What single lines of a diff say.
extension DiffSections {
  /// The line above a mail's signature, whose space may be lost.
  static func isSignature(_ text: String) -> Bool { text == "-- " || text == "--" }

  /// Whether a line behind a hunk is one of its kind rather than text between files: behind a blank
  /// line prose may be indented, or a list.
  static func isOfHunk(_ text: String, isBehindBlank: Bool) -> Bool {
    switch text.first {
    case "+": true
    case "-" where isBehindBlank: !text.hasPrefix("--") && !isItem(text)
    case "-": true
    case " ": !isBehindBlank
    default: false
    }
  }

  /// `- ` and a word.
  private static func isItem(_ text: String) -> Bool {
    text.hasPrefix("- ") && !text.hasPrefix("-  ")
  }

  /// What a line of `diff -r` says of files that the diff does not hold; nil for other lines.
  static func lost(_ text: String, next: String) -> String? {
    if text.hasPrefix("Only in "), text.contains(": ") {
      return "the file itself is not in the diff:"
    }
    let differs = ["Binary files ", "Files ", "Symbolic links "]
    if text.hasSuffix(" differ"), text.contains(" and "),
      differs.contains(where: { text.hasPrefix($0) })
    {
      return "the change itself is not in the diff:"
    }
    // In whatever language it says what it does not show.
    if text.hasPrefix("diff -"), !next.hasPrefix("--- "), !next.hasPrefix("Binary files ") {
      return "no change follows the line"
    }
    return nil
  }

  /// The counts of `@@ -1,2 +3,4 @@`; one that is left out is 1.
  static func counts(_ header: String) -> (old: Int, new: Int)? {
    let parts = header.split(separator: " ", maxSplits: 3)
    guard parts.count >= 4, parts[0] == "@@", parts[1].hasPrefix("-"), parts[2].hasPrefix("+"),
      parts[3].hasPrefix("@@")
    else { return nil }
    func count(_ text: Substring) -> Int? {
      let numbers = text.dropFirst().split(separator: ",", omittingEmptySubsequences: false)
      guard (1...2).contains(numbers.count),
        numbers.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
        Int(numbers[0]) != nil
      else { return nil }
      return numbers.count == 1 ? 1 : Int(numbers[1])
    }
    guard let old = count(parts[1]), let new = count(parts[2]) else { return nil }
    return (old, new)
  }
}
