/// Where secrets stand in a text: by the maintained rules, and by our own for what those lack.
enum SecretFinder {
  /// The first bytes of the prefixes of our own rules.
  private static let beginnings: [Bool] = {
    var result = [Bool](repeating: false, count: 256)
    for rule in SecretRules.all { result[Int(rule.prefix.utf8.first ?? 0)] = true }
    return result
  }()

  /// The ranges of secrets, which may overlap; bytes must be UTF-8.
  static func find(in bytes: [UInt8]) -> [Range<Int>] {
    var result = MaintainedRules.find(in: bytes) + keyBlocks(bytes)
    for index in bytes.indices where beginnings[Int(bytes[index])] {
      // A token begins where no word goes on.
      if index > 0, SecretRules.Characters.alphanumerics.contains(bytes[index - 1]) { continue }
      for rule in SecretRules.all where bytes[index] == rule.prefix.utf8.first {
        if let range = match(rule, at: index, in: bytes) {
          result.append(range)
          break
        }
      }
    }
    for line in bytes.linesWithEnds {
      if let range = assignment(line) { result.append(range) }
      if let range = password(inURL: line) { result.append(range) }
    }
    return result
  }

  private static func match(
    _ rule: SecretRules.Rule, at index: Int, in bytes: [UInt8]
  ) -> Range<Int>? {
    let prefix = Array(rule.prefix.utf8)
    guard bytes[index...].starts(with: prefix) else { return nil }
    let start = index + prefix.count
    let end = bytes[start...].firstIndex { !rule.characters.contains($0) } ?? bytes.endIndex
    guard end - start >= rule.length else { return nil }
    // A made-up word with dashes is no token: tokens have digits.
    guard bytes[start..<end].contains(where: { (0x30...0x39).contains($0) }) else { return nil }
    return index..<end
  }

  /// The lines between BEGIN … PRIVATE KEY and its END; before an END whose BEGIN was cut away, all
  /// that may be of a key.
  private static func keyBlocks(_ bytes: [UInt8]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var open: Int?
    /// Where the lines begin that may be of a key, up to the one before.
    var encoded: Int?
    for line in bytes.linesWithEnds {
      defer { encoded = isEncoded(line) ? encoded ?? line.startIndex : nil }
      let text = line.text
      if text.holds("-----BEGIN "), text.holds("PRIVATE KEY") {
        open = line.endIndex
      } else if let start = open, text.holds("-----END ") {
        if start < line.startIndex { result.append(start..<line.startIndex) }
        open = nil
      } else if let start = encoded, text.holds("-----END "), text.holds("PRIVATE KEY") {
        result.append(start..<line.startIndex)
      }
    }
    if let open, open < bytes.count { result.append(open..<bytes.count) }
    return result
  }

  /// True for a line of base64, whatever a diff or a log writes in front of it.
  private static func isEncoded(_ line: ArraySlice<UInt8>) -> Bool {
    let text = line.drop { " \t+-|>".utf8.contains($0) }
    let digits = text.prefix {
      SecretRules.Characters.alphanumerics.contains($0) || "+/=".utf8.contains($0)
    }
    return !digits.isEmpty && text[digits.endIndex...].allSatisfy { $0 == 0x0A || $0 == 0x0D }
  }

  /// The literal behind `NAME = "…"`, `NAME: …` or `NAME=…` where the name speaks of a secret.
  private static func assignment(_ line: ArraySlice<UInt8>) -> Range<Int>? {
    guard line.count < 2000,
      let mark = line.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") })
    else { return nil }
    let name = line[..<mark].text.lowercased()
    guard SecretRules.names.contains(where: name.holds) else { return nil }
    let start = line[(mark + 1)...].firstIndex { !" \t\"'`=:".utf8.contains($0) } ?? line.endIndex
    let end = line[start...].firstIndex { "\"'` \t\r\n,;)".utf8.contains($0) } ?? line.endIndex
    let value = line[start..<end]
    let isLiteral =
      value.count >= 12 && value.allSatisfy { (0x21...0x7E).contains($0) }
      && !value.contains { "()[]{}$<>".utf8.contains($0) }
      && value.contains { (0x30...0x39).contains($0) }
      && value.contains { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    return isLiteral ? start..<end : nil
  }

  /// The password of `scheme://user:password@host`.
  private static func password(inURL line: ArraySlice<UInt8>) -> Range<Int>? {
    guard line.count < 2000 else { return nil }
    let bytes = Array(line)
    guard let scheme = bytes.indices.first(where: { bytes[$0...].starts(with: "://".utf8) })
    else { return nil }
    let rest = bytes[(scheme + 3)...]
    let end = rest.firstIndex { "/ \t\"'`\r\n?#".utf8.contains($0) } ?? rest.endIndex
    guard let at = rest[..<end].lastIndex(of: UInt8(ascii: "@")),
      let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":")), at - colon > 3
    else { return nil }
    let offset = line.startIndex
    return (offset + colon + 1)..<(offset + at)
  }
}
