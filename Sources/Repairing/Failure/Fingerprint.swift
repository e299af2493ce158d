/// A line without what differs between two runs of one failure.
enum Fingerprint {
  /// Paths become base names; addresses, digests, uuids, times, durations, process ids and line
  /// numbers become `#`; runs of space become one. Other numbers stay: they are the failure.
  ///
  /// Of a long line the rest is left out: `words` and `characters` say how much is kept.
  static func normalise(
    _ line: some StringProtocol, words: Int = 200, characters: Int = 400
  ) -> String {
    var result: [String] = []
    var previous = ""
    for word in line.split(whereSeparator: \.isWhitespace).prefix(words) {
      let normal = normalise(word: String(word), after: previous)
      result.append(normal)
      previous = word.lowercased()
    }
    return String(result.joined(separator: " ").prefix(characters))
  }

  private static func normalise(word: String, after previous: String) -> String {
    // `line 12`, `pid 4711`, `port 8080`, `took 12ms`: the word before says what the number is.
    let core = word.drop { "([{\"'#".contains($0) }
    if ["line", "lines", "pid", "process", "port", "thread", "took", "seed"].contains(previous),
      core.first?.isNumber ?? false
    {
      return word[..<core.startIndex] + "#" + core.drop { $0.isNumber || $0 == "." }
    }
    var pieces = ""
    var token = ""
    for character in word {
      if "\"'`()[]{}<>,;=".contains(character) {
        pieces += normalise(token: token)
        pieces.append(character)
        token = ""
      } else {
        token.append(character)
      }
    }
    return pieces + normalise(token: token)
  }

  private static func normalise(token: String) -> String {
    guard !token.isEmpty else { return token }
    var text = token[...]
    if text.contains("/") { text = baseName(text) }
    if isAddress(text) || isUUID(text) || isDigest(text) || isTime(text) || isDuration(text) {
      return "#"
    }
    return withoutLineNumbers(text)
  }

  private static func baseName(_ text: Substring) -> Substring {
    // A fraction or a division is no path.
    guard text.contains(where: \.isLetter) else { return text }
    return text.split(separator: "/").last ?? text
  }

  /// `a.py:12:3:` as `a.py:#:#:`.
  private static func withoutLineNumbers(_ text: Substring) -> String {
    guard text.contains(":"), text.contains(where: \.isLetter) else { return String(text) }
    return text.split(separator: ":", omittingEmptySubsequences: false).enumerated().map {
      index, part in
      index > 0 && !part.isEmpty && part.allSatisfy(\.isNumber) ? "#" : String(part)
    }.joined(separator: ":")
  }

  private static func isHex(_ text: Substring) -> Bool {
    text.allSatisfy { $0.isASCII && $0.isHexDigit }
  }

  private static func isAddress(_ text: Substring) -> Bool {
    text.hasPrefix("0x") && text.count > 4 && isHex(text.dropFirst(2))
  }

  private static func isUUID(_ text: Substring) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy(isHex)
  }

  private static func isDigest(_ text: Substring) -> Bool {
    text.count >= 12 && isHex(text) && text.contains(where: \.isNumber)
      && text.contains(where: \.isLetter)
  }

  /// `12:30:01`, `12:30:01.5`, `2026-01-31`, `2026-01-31T12:30:01Z`.
  private static func isTime(_ text: Substring) -> Bool {
    guard text.first?.isNumber ?? false else { return false }
    let plain = text.allSatisfy { $0.isNumber || ":.-+TZ".contains($0) }
    let colons = text.count { $0 == ":" }
    let dashes = text.count { $0 == "-" }
    return plain && (colons == 2 || (dashes >= 2 && text.count >= 10))
  }

  /// `0.12s`, `35ms`, `1m2s`.
  private static func isDuration(_ text: Substring) -> Bool {
    guard text.first?.isNumber ?? false else { return false }
    let unit = text.drop { $0.isNumber || $0 == "." }
    return ["s", "ms", "us", "µs", "ns", "s)", "sec", "secs", "seconds"].contains(String(unit))
  }
}
